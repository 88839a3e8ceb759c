-- One row a placement open and priced on $as_at, with the need, phase and residence that are commonest at setting $urn among such placements.
WITH placed AS (
    SELECT placement_id, urn, setting_name, primary_need, residence_group,
        phase_of(age) AS phase
    FROM (
        SELECT *, academic_age_on(birth_month, $as_at::DATE) AS age
        FROM mart_placement
        WHERE entry_date <= $as_at::DATE AND coalesce(leaving_date, DATE '9999-12-31') >= $as_at::DATE
            AND placement_id IN (
                SELECT placement_id
                FROM mart_fee
                WHERE first_day <= $as_at::DATE AND last_day >= $as_at::DATE AND component <> 'transport' AND funder <> 'dfe_place'
            )
    )
),
commonest AS (
    SELECT primary_need, phase, residence_group
    FROM placed
    WHERE urn = $urn
    GROUP BY ALL
    ORDER BY count(*) DESC, primary_need, phase, residence_group
    LIMIT 1
)
SELECT p.*
FROM placed AS p
JOIN commonest USING (primary_need, phase, residence_group)
ORDER BY p.placement_id;
