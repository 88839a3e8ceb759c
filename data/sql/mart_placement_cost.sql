-- One row a placement × kind of year (FY, AY) × year × component × funder: part-year cost, full-year equivalent on the year's last day,
-- days the placement was open in the year, and the child's phase on the last of them.
CREATE OR REPLACE TABLE mart_placement_cost AS
WITH grouped AS (
    SELECT placement_id, component, funder, fy, ay, grouping(ay) = 1 AS by_fy, sum(cost_gbp) AS part_year_gbp
    FROM stg_priced_month
    GROUP BY GROUPING SETS ((placement_id, component, funder, fy, in_fy), (placement_id, component, funder, ay, in_ay))
    HAVING coalesce(in_fy, in_ay)
),
part_year AS (
    SELECT placement_id, component, funder, CASE WHEN by_fy THEN 'FY' ELSE 'AY' END AS year_kind, coalesce(fy, ay) AS year, part_year_gbp,
        CASE WHEN by_fy THEN make_date(fy, 4, 1) ELSE make_date(ay, 9, 1) END AS starts,
        CASE WHEN by_fy THEN make_date(fy + 1, 3, 31) ELSE make_date(ay + 1, 8, 31) END AS ends
    FROM grouped
),
full_year AS (
    SELECT y.placement_id, y.component, y.funder, y.year_kind, y.year, sum(f.full_year_gbp) AS fye_gbp
    FROM part_year AS y
    JOIN stg_priced_fee AS f ON f.placement_id = y.placement_id AND f.component = y.component AND f.funder = y.funder
    WHERE f.first_day <= y.ends AND f.last_day >= y.ends
    GROUP BY ALL
),
placed AS (
    SELECT y.*, p.child_id, greatest(y.starts, p.entry_date) AS first_open, least(y.ends, p.last_day) AS last_open
    FROM part_year AS y
    JOIN stg_placement AS p ON p.placement_id = y.placement_id
),
aged AS (
    SELECT p.*, year(last_open) - (month(last_open) < 9)::INT - left(n.birth_month, 4)::INT - (right(n.birth_month, 2)::INT > 8)::INT AS academic_age
    FROM placed AS p
    JOIN stg_plan AS n ON n.child_id = p.child_id
)
SELECT a.placement_id, a.year_kind, a.year, a.component, a.funder, a.part_year_gbp::DECIMAL(18, 2) AS part_year_gbp,
    coalesce(f.fye_gbp, 0)::DECIMAL(18, 2) AS fye_gbp, date_diff('day', a.first_open, a.last_open) + 1 AS days_open,
    CASE WHEN a.academic_age <= 10 THEN 'primary' WHEN a.academic_age <= 15 THEN 'secondary' ELSE 'post16' END AS phase
FROM aged AS a
LEFT JOIN full_year AS f USING (placement_id, component, funder, year_kind, year)
ORDER BY a.year_kind, a.year, a.placement_id, a.component, a.funder;
