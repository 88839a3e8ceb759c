-- One row a setting with a placement that has a benchmark cost on $as_at: what might explain that its cost differs. Its placements and cost (as
-- read_snapshot has them), DfE place funding put in (assumed) or on a fee line (recorded), one-to-one of children whose plan records no hours (unseen);
-- of fee lines but transport and place funding how VAT stands on them, since when core fees hold, and older core lines that run beside newer ones.
WITH line AS (
    SELECT p.urn, p.setting_type, p.placement_id, p.one_to_one_hours_week, f.component, f.funder, f.vat_gbp, f.full_year_gbp, f.first_day,
        f.component <> 'transport' AND f.funder <> 'dfe_place' AS is_priced,
        f.component = 'core' AND f.funder <> 'dfe_place'
            AND row_number() OVER (PARTITION BY p.placement_id, f.component, f.funder ORDER BY f.first_day DESC) > 1 AS is_older
    FROM mart_fee AS f
    JOIN mart_placement AS p ON p.placement_id = f.placement_id
    WHERE f.first_day <= $as_at::DATE AND f.last_day >= $as_at::DATE
),
placed AS (
    SELECT l.placement_id, l.urn, l.setting_type, sum(l.full_year_gbp) FILTER (l.component <> 'transport') AS gbp,
        coalesce(sum(l.full_year_gbp) FILTER (l.component = 'one_to_one'), 0) AS one_to_one_gbp, coalesce(any_value(l.one_to_one_hours_week), 0) > 0 AS has_hours,
        count(*) FILTER (l.funder = 'dfe_place') > 0 AS is_recorded
    FROM line AS l
    GROUP BY ALL
    HAVING count(*) FILTER (l.is_priced) > 0
),
setting AS (
    SELECT p.urn, any_value(p.setting_type) AS setting_type, count(*) AS n,
        sum(p.gbp + CASE WHEN p.is_recorded THEN 0 ELSE coalesce(g.gbp, 0) END)::DOUBLE AS actual_gbp,
        coalesce(sum(g.gbp) FILTER (NOT p.is_recorded), 0)::DOUBLE AS place_funding_gbp, count(g.gbp) FILTER (NOT p.is_recorded) AS assumed,
        count(*) FILTER (p.is_recorded) AS recorded, sum(p.one_to_one_gbp)::DOUBLE AS one_to_one_gbp,
        count(*) FILTER (p.one_to_one_gbp > 0 AND NOT p.has_hours) AS unseen,
        coalesce(sum(p.one_to_one_gbp) FILTER (NOT p.has_hours), 0)::DOUBLE AS unseen_gbp
    FROM placed AS p
    LEFT JOIN place_funding_on($as_at::DATE) AS g ON g.setting_type = p.setting_type
    GROUP BY p.urn
),
lines AS (
    SELECT urn, count(*) AS lines, count(vat_gbp) AS vat_recorded, sum(full_year_gbp)::DOUBLE AS lines_gbp,
        coalesce(sum(full_year_gbp) FILTER (vat_gbp IS NULL), 0)::DOUBLE AS vat_unknown_gbp,
        coalesce(sum(full_year_gbp) FILTER (vat_gbp > 0), 0)::DOUBLE AS vat_charged_gbp,
        median(epoch(first_day::TIMESTAMP)) FILTER (component = 'core' AND NOT is_older) / 86400 AS core_from_days,
        count(DISTINCT placement_id) FILTER (is_older) AS doubled, coalesce(sum(full_year_gbp) FILTER (is_older), 0)::DOUBLE AS doubled_gbp
    FROM line
    WHERE is_priced
    GROUP BY urn
)
SELECT s.*, l.* EXCLUDE (urn)
FROM setting AS s
JOIN lines AS l ON l.urn = s.urn
ORDER BY s.urn;
