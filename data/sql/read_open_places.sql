-- One row a setting × phase × area with independent or non-maintained placements open on $as_at: placements and full-year cost that day.
WITH fee AS (
    SELECT placement_id, sum(full_year_gbp) AS fye_gbp
    FROM mart_fee
    WHERE first_day <= $as_at::DATE AND last_day >= $as_at::DATE
    GROUP BY placement_id
),
placed AS (
    SELECT placement_id, urn, area, academic_age_on(birth_month, $as_at::DATE) AS age
    FROM mart_placement
    WHERE setting_type IN ('ISS', 'NMSS') AND entry_date <= $as_at::DATE AND coalesce(leaving_date, DATE '9999-12-31') >= $as_at::DATE
)
SELECT p.urn, phase_of(p.age) AS phase, p.area, count(*) AS placements,
    coalesce(sum(f.fye_gbp), 0)::DOUBLE AS fye_gbp
FROM placed AS p
LEFT JOIN fee AS f ON f.placement_id = p.placement_id
GROUP BY ALL
ORDER BY ALL;
