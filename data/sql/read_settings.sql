-- One row a setting: its register entry, placements open on $as_at with their full-year cost, placements ever, whether it is a member
-- of a vehicle that runs that day, and block places under contracts that run that day.
WITH fee AS (
    SELECT placement_id, sum(full_year_gbp) AS fye_gbp
    FROM mart_fee
    WHERE first_day <= $as_at::DATE AND last_day >= $as_at::DATE
    GROUP BY placement_id
),
placed AS (
    SELECT p.urn, count(*) AS placements_ever,
        count(*) FILTER (p.entry_date <= $as_at::DATE AND p.last_day >= $as_at::DATE) AS placements,
        count(DISTINCT p.child_id) FILTER (p.entry_date <= $as_at::DATE AND p.last_day >= $as_at::DATE) AS children,
        sum(f.fye_gbp) AS fye_gbp
    FROM stg_placement AS p
    LEFT JOIN fee AS f ON f.placement_id = p.placement_id
    GROUP BY p.urn
),
member AS (
    SELECT DISTINCT urn FROM mart_membership WHERE status = 'admitted' AND $as_at::DATE BETWEEN first_day AND last_day
),
block AS (
    SELECT urn, sum(guaranteed_places) AS block_places
    FROM stg_contract
    WHERE kind IN ('block', 'flexi_block') AND starts <= $as_at::DATE AND ends >= $as_at::DATE
    GROUP BY urn
)
SELECT s.*, coalesce(p.placements, 0) AS placements, coalesce(p.children, 0) AS children, coalesce(p.fye_gbp, 0)::DOUBLE AS fye_gbp,
    coalesce(p.placements_ever, 0) AS placements_ever, m.urn IS NOT NULL AS on_vehicle, coalesce(b.block_places, 0)::INT AS block_places
FROM stg_setting AS s
LEFT JOIN placed AS p ON p.urn = s.urn
LEFT JOIN member AS m ON m.urn = s.urn
LEFT JOIN block AS b ON b.urn = s.urn
ORDER BY placements DESC, s.setting_name, s.urn;
