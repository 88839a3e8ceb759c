-- One row a filter × value that occurs in the costs or, for settings, in the ledger: its label and its cost over all financial years.
WITH paid AS (
    SELECT DISTINCT unnest(['urn', 'setting_type', 'provider_group']) AS dimension, unnest([urn, setting_type, coalesce(provider_group, 'not_recorded')]) AS value
    FROM total_spend_month
    WHERE setting_type IS NOT NULL
),
summed AS (
    SELECT dimension, value, sum(cost_gbp) AS cost_gbp
    FROM (
        SELECT CASE dimension WHEN 'setting' THEN 'urn' ELSE dimension END AS dimension, value, cost_gbp
        FROM total_cost_year
        WHERE year_kind = 'FY' AND dimension NOT IN ('total', 'compliance_other')
        UNION ALL
        SELECT dimension, value, NULL FROM paid
    )
    GROUP BY ALL
)
SELECT v.dimension, v.value, coalesce(l.label, s.setting_name, v.value) AS label, v.cost_gbp::DOUBLE AS cost_gbp
FROM summed AS v
LEFT JOIN ref_labels AS l ON l.dimension IN (v.dimension, 'any') AND l.value = v.value
LEFT JOIN stg_setting AS s ON v.dimension = 'urn' AND s.urn = v.value
ORDER BY v.dimension, v.cost_gbp DESC NULLS LAST, v.value;
