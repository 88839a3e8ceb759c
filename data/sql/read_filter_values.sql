-- One row a filter × value that occurs in the costs or, for settings, in the ledger: its label and its cost over all financial years.
WITH cost AS (
    SELECT p.primary_need, c.phase, p.residence_group, p.area, p.setting_type, p.urn, p.provider_group, c.component, c.funder, p.purchase_type,
        c.part_year_gbp
    FROM mart_placement_cost AS c
    JOIN mart_placement AS p ON p.placement_id = c.placement_id
    WHERE c.year_kind = 'FY'
    UNION ALL BY NAME
    SELECT DISTINCT urn, setting_type, provider_group FROM mart_payment WHERE urn IS NOT NULL AND setting_type IS NOT NULL
),
summed AS (
    SELECT
        CASE
            WHEN grouping(primary_need) = 0 THEN 'need'
            WHEN grouping(phase) = 0 THEN 'phase'
            WHEN grouping(residence_group) = 0 THEN 'residence_group'
            WHEN grouping(area) = 0 THEN 'area'
            WHEN grouping(setting_type) = 0 THEN 'setting_type'
            WHEN grouping(urn) = 0 THEN 'urn'
            WHEN grouping(provider_group) = 0 THEN 'provider_group'
            WHEN grouping(component) = 0 THEN 'component'
            WHEN grouping(funder) = 0 THEN 'funder'
            ELSE 'purchase_type'
        END AS dimension,
        coalesce(primary_need, phase, residence_group, area, setting_type, urn, provider_group, component, funder, purchase_type, 'not_recorded') AS value,
        sum(part_year_gbp) AS cost_gbp, count(part_year_gbp) AS lines
    FROM cost
    GROUP BY GROUPING SETS (
        (primary_need), (phase), (residence_group), (area), (setting_type), (urn), (provider_group), (component), (funder), (purchase_type)
    )
)
SELECT v.dimension, v.value, coalesce(l.label, s.setting_name, v.value) AS label, v.cost_gbp::DOUBLE AS cost_gbp
FROM summed AS v
LEFT JOIN ref_labels AS l ON l.dimension IN (v.dimension, 'any') AND l.value = v.value
LEFT JOIN stg_setting AS s ON v.dimension = 'urn' AND s.urn = v.value
WHERE v.lines > 0 OR v.dimension IN ('setting_type', 'urn', 'provider_group')
ORDER BY v.dimension, v.cost_gbp DESC NULLS LAST, v.value;
