-- One row a need × phase × residence of the placements open at a setting on $as_at, with their full-year cost.
WITH fee AS (
    SELECT placement_id, sum(full_year_gbp) AS fye_gbp
    FROM mart_fee
    WHERE first_day <= $as_at::DATE AND last_day >= $as_at::DATE
    GROUP BY placement_id
),
aged AS (
    SELECT p.placement_id, p.primary_need, p.residence_group,
        academic_age_on(p.birth_month, $as_at::DATE) AS academic_age
    FROM mart_placement AS p
    WHERE p.urn = $urn AND p.entry_date <= $as_at::DATE AND coalesce(p.leaving_date, DATE '9999-12-31') >= $as_at::DATE
)
SELECT a.primary_need, phase_of(a.academic_age) AS phase,
    a.residence_group, count(*) AS placements, coalesce(sum(f.fye_gbp), 0)::DOUBLE AS fye_gbp
FROM aged AS a
LEFT JOIN fee AS f ON f.placement_id = a.placement_id
GROUP BY ALL
ORDER BY placements DESC, a.primary_need, phase, a.residence_group;
