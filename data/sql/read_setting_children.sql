-- One row a need × phase × residence of the placements open at a setting on $as_at, with their full-year cost.
WITH fee AS (
    SELECT placement_id, sum(full_year_gbp) AS fye_gbp
    FROM mart_fee
    WHERE first_day <= $as_at::DATE AND last_day >= $as_at::DATE
    GROUP BY placement_id
),
aged AS (
    SELECT p.placement_id, p.primary_need, p.residence_group,
        year($as_at::DATE) - (month($as_at::DATE) < 9)::INT - left(p.birth_month, 4)::INT - (right(p.birth_month, 2)::INT > 8)::INT AS academic_age
    FROM mart_placement AS p
    WHERE p.urn = $urn AND p.entry_date <= $as_at::DATE AND coalesce(p.leaving_date, DATE '9999-12-31') >= $as_at::DATE
)
SELECT a.primary_need, CASE WHEN a.academic_age <= 10 THEN 'primary' WHEN a.academic_age <= 15 THEN 'secondary' ELSE 'post16' END AS phase,
    a.residence_group, count(*) AS placements, coalesce(sum(f.fye_gbp), 0)::DOUBLE AS fye_gbp
FROM aged AS a
LEFT JOIN fee AS f ON f.placement_id = a.placement_id
GROUP BY ALL
ORDER BY placements DESC, a.primary_need, phase, a.residence_group;
