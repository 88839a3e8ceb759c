-- One row a child with a plan; need is UNK where not recorded, area groups the home district (ref_areas), and academic age is the academic
-- year less birth_ay.
CREATE OR REPLACE VIEW stg_plan AS
SELECT p.child_id, p.birth_month, birth_ay_of(p.birth_month) AS birth_ay,
    coalesce(p.primary_need, 'UNK') AS primary_need, p.secondary_need, p.support_band, p.one_to_one_hours_week, p.therapy_hours_year,
    p.home_district, a.area, p.home_easting, p.home_northing, p.plan_start, p.plan_ceased, p.cease_reason
FROM raw_plans AS p
LEFT JOIN ref_areas AS a ON lower(a.district) = lower(p.home_district)
WHERE p.is_current;
