-- One row a filter × value that occurs in the costs or, for settings, in the ledger: its label and its cost over all financial years.
WITH line AS (
    SELECT placement_id, phase, compliance, component, funder, part_year_gbp FROM mart_placement_cost WHERE year_kind = 'FY'
),
placed AS (
    SELECT p.primary_need, p.residence_group, p.area, p.setting_type, p.urn, p.provider_group, p.purchase_type, c.cost_gbp
    FROM (SELECT placement_id, sum(part_year_gbp) AS cost_gbp FROM line GROUP BY placement_id) AS c
    JOIN mart_placement AS p ON p.placement_id = c.placement_id
    UNION ALL BY NAME
    SELECT DISTINCT urn, setting_type, provider_group FROM mart_payment WHERE setting_type IS NOT NULL
),
summed AS (
    SELECT
        CASE
            WHEN grouping(primary_need) = 0 THEN 'need'
            WHEN grouping(residence_group) = 0 THEN 'residence_group'
            WHEN grouping(area) = 0 THEN 'area'
            WHEN grouping(setting_type) = 0 THEN 'setting_type'
            WHEN grouping(urn) = 0 THEN 'urn'
            WHEN grouping(provider_group) = 0 THEN 'provider_group'
            ELSE 'purchase_type'
        END AS dimension,
        coalesce(primary_need, residence_group, area, setting_type, urn, provider_group, purchase_type, 'not_recorded') AS value,
        sum(cost_gbp) AS cost_gbp
    FROM placed
    GROUP BY GROUPING SETS ((primary_need), (residence_group), (area), (setting_type), (urn), (provider_group), (purchase_type))
    UNION ALL
    SELECT
        CASE WHEN grouping(phase) = 0 THEN 'phase' WHEN grouping(component) = 0 THEN 'component' WHEN grouping(funder) = 0 THEN 'funder'
            ELSE 'compliance' END AS dimension,
        coalesce(phase, component, funder, compliance) AS value, sum(part_year_gbp) AS cost_gbp
    FROM line
    GROUP BY GROUPING SETS ((phase), (component), (funder), (compliance))
)
SELECT v.dimension, v.value, coalesce(l.label, s.setting_name, v.value) AS label, v.cost_gbp::DOUBLE AS cost_gbp
FROM summed AS v
LEFT JOIN ref_labels AS l ON l.dimension IN (v.dimension, 'any') AND l.value = v.value
LEFT JOIN stg_setting AS s ON v.dimension = 'urn' AND s.urn = v.value
WHERE v.cost_gbp IS NOT NULL OR v.dimension IN ('setting_type', 'urn', 'provider_group')
ORDER BY v.dimension, v.cost_gbp DESC NULLS LAST, v.value;
