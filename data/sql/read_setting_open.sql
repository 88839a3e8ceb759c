-- One row a placement open at a setting on $as_at: need, academic age, phase, residence, home, contract and what its transport costs a year.
WITH transport AS (
    SELECT placement_id, sum(full_year_gbp)::DOUBLE AS transport_gbp
    FROM mart_fee
    WHERE component = 'transport' AND first_day <= $as_at::DATE AND last_day >= $as_at::DATE
    GROUP BY placement_id
),
aged AS (
    SELECT *, academic_age_on(birth_month, $as_at::DATE) AS academic_age
    FROM mart_placement
    WHERE urn = $urn AND entry_date <= $as_at::DATE AND coalesce(leaving_date, DATE '9999-12-31') >= $as_at::DATE
)
SELECT a.primary_need, a.academic_age, phase_of(a.academic_age) AS phase,
    a.residence, a.residence_group, a.home_district, a.home_easting, a.home_northing, a.contract_id, t.transport_gbp
FROM aged AS a
LEFT JOIN transport AS t ON t.placement_id = a.placement_id
ORDER BY a.placement_id;
