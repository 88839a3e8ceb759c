-- One row a setting with fee lines that hold on $as_at (transport and DfE place lines apart): how VAT is recorded on them, since when its core fees
-- hold, and what an older core line that still runs beside a newer one of the same placement and purse adds.
WITH line AS (
    SELECT p.urn, p.placement_id, f.component, f.funder, f.vat_gbp, f.amount_gbp, f.full_year_gbp, f.first_day
    FROM mart_fee AS f
    JOIN mart_placement AS p ON p.placement_id = f.placement_id
    WHERE f.first_day <= $as_at::DATE AND f.last_day >= $as_at::DATE AND f.component <> 'transport' AND f.funder <> 'dfe_place'
),
ranked AS (
    SELECT *, component = 'core' AND row_number() OVER (PARTITION BY placement_id, component, funder ORDER BY first_day DESC) > 1 AS is_older
    FROM line
)
SELECT urn, count(*) AS lines, count(vat_gbp) AS vat_recorded, count(*) FILTER (vat_gbp > 0) AS vat_charged,
    sum(full_year_gbp)::DOUBLE AS lines_gbp, coalesce(sum(full_year_gbp) FILTER (vat_gbp IS NULL), 0)::DOUBLE AS vat_unknown_gbp,
    coalesce(sum(full_year_gbp) FILTER (vat_gbp = 0), 0)::DOUBLE AS vat_nil_gbp,
    median(epoch(first_day::TIMESTAMP)) FILTER (component = 'core' AND NOT is_older) / 86400 AS core_from_days,
    count(DISTINCT placement_id) FILTER (is_older) AS doubled, coalesce(sum(full_year_gbp) FILTER (is_older), 0)::DOUBLE AS doubled_gbp
FROM ranked
GROUP BY urn
ORDER BY urn;
