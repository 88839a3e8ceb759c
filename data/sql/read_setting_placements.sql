-- One row a placement open at a setting on $as_at, with its full-year cost. Child level.
WITH fee AS (
    SELECT placement_id, sum(full_year_gbp) AS fye_gbp
    FROM mart_fee
    WHERE first_day <= $as_at::DATE AND last_day >= $as_at::DATE
    GROUP BY placement_id
),
aged AS (
    SELECT p.*, academic_age_on(p.birth_month, $as_at::DATE) AS academic_age
    FROM mart_placement AS p
    WHERE p.urn = $urn AND p.entry_date <= $as_at::DATE AND coalesce(p.leaving_date, DATE '9999-12-31') >= $as_at::DATE
)
SELECT a.placement_id, a.child_id, a.primary_need, a.support_band, a.academic_age,
    phase_of(a.academic_age) AS phase,
    a.residence, a.area, a.named_by, a.purchase_type, a.entry_date, coalesce(f.fye_gbp, 0)::DOUBLE AS fye_gbp
FROM aged AS a
LEFT JOIN fee AS f ON f.placement_id = a.placement_id
ORDER BY fye_gbp DESC, a.placement_id;
