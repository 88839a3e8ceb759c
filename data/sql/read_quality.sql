-- One row a question of data quality at $as_at: its code, the records it concerns, and their £ where they have any.
WITH typical AS (
    SELECT f.component, f.unit, p.residence, median(f.amount_gbp) AS middle_gbp
    FROM stg_fee AS f JOIN stg_placement AS p USING (placement_id)
    GROUP BY ALL
    HAVING count(*) >= 30
),
open_now AS (
    SELECT * FROM stg_placement WHERE entry_date <= $as_at AND last_day >= $as_at
)
SELECT 'plans_need_not_recorded' AS code, count(*) AS records, CAST(NULL AS DOUBLE) AS gbp FROM stg_plan WHERE coalesce(primary_need, 'UNK') = 'UNK'
UNION ALL
SELECT 'plans_band_not_recorded', count(*), NULL FROM stg_plan AS n WHERE n.support_band IS NULL AND n.child_id IN (SELECT child_id FROM open_now)
UNION ALL
SELECT 'plans_district_not_recorded', count(*), NULL FROM stg_plan AS n WHERE n.home_district IS NULL AND n.child_id IN (SELECT child_id FROM open_now)
UNION ALL
SELECT 'plans_ceased_placement_open', count(*), NULL FROM open_now JOIN stg_plan AS n USING (child_id) WHERE n.plan_ceased < $as_at
UNION ALL
SELECT 'fees_outlying', count(*), sum(f.amount_gbp)
FROM stg_fee AS f JOIN stg_placement AS p USING (placement_id) JOIN typical AS t USING (component, unit, residence)
WHERE f.amount_gbp > 10 * t.middle_gbp
UNION ALL
SELECT 'fees_outside_placement', count(*), NULL
FROM stg_fee AS f JOIN stg_placement AS p USING (placement_id)
WHERE f.valid_from > p.last_day OR f.last_day < p.entry_date
UNION ALL
SELECT 'fees_beyond_leaving', count(*), NULL
FROM stg_fee AS f JOIN stg_placement AS p USING (placement_id)
WHERE p.leaving_date IS NOT NULL AND f.last_day > p.last_day AND f.valid_from <= p.last_day
UNION ALL
SELECT 'fees_overlapping', count(*), NULL
FROM (
    SELECT last_day, lead(valid_from) OVER (PARTITION BY placement_id, component, funder ORDER BY valid_from) AS next_from FROM stg_fee
)
WHERE next_from <= last_day
UNION ALL
SELECT 'placements_open_without_fee', count(*), NULL
FROM open_now AS p JOIN stg_setting AS s USING (urn)
WHERE s.setting_type IN ('ISS', 'NMSS', 'SPI')
    AND NOT EXISTS (
        SELECT 1 FROM stg_fee AS f
        WHERE f.placement_id = p.placement_id AND f.component <> 'transport' AND f.valid_from <= $as_at AND f.last_day >= $as_at
    )
UNION ALL
SELECT 'placements_rank2_overlap', count(*), NULL
FROM stg_placement AS b
WHERE b.rank = '2' AND EXISTS (
    SELECT 1 FROM stg_placement AS a
    WHERE a.child_id = b.child_id AND a.rank = '1' AND a.entry_date <= b.last_day AND a.last_day >= b.entry_date
)
UNION ALL
SELECT 'placements_setting_closed', count(*), NULL
FROM stg_placement AS p JOIN stg_setting AS s USING (urn)
WHERE s.closed < least(p.last_day, $as_at) AND s.closed >= p.entry_date
UNION ALL
SELECT 'payments_unmatched', count(*), CAST(sum(net_gbp) AS DOUBLE) FROM mart_payment WHERE match_kind = 'unmatched'
UNION ALL
SELECT 'payments_no_setting', count(*), CAST(sum(net_gbp) AS DOUBLE) FROM mart_payment WHERE match_kind = 'confirmed' AND urn IS NULL
UNION ALL
SELECT 'payments_matched_automatically', count(*), CAST(sum(net_gbp) AS DOUBLE) FROM mart_payment WHERE match_kind = 'automatic'
UNION ALL
SELECT 'payments_twice', coalesce(sum(n - 1), 0), CAST(sum((n - 1) * net_gbp) AS DOUBLE)
FROM (
    SELECT net_gbp, count(*) AS n FROM mart_payment WHERE net_gbp > 0 AND placement_id IS NOT NULL
    GROUP BY supplier_name, paid_on, net_gbp, placement_id, coalesce(narrative, '') HAVING count(*) > 1
)
UNION ALL
SELECT 'credits_without_invoice', count(*), CAST(sum(net_gbp) AS DOUBLE) FROM stg_payment WHERE net_gbp < 0 AND credits_transaction_id IS NULL;
