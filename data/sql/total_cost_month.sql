-- One row a month × dimension × value: what read_cost_trend answers without filters.
CREATE OR REPLACE TABLE total_cost_month AS
WITH line AS (
    SELECT c.month, c.fy, c.ay, c.primary_need AS need, c.phase, c.residence_group, s.setting_type, c.urn AS setting,
        coalesce(s.provider_group, 'not_recorded') AS provider_group, coalesce(c.area, 'not_recorded') AS area, c.funder, c.component,
        coalesce(c.purchase_type, 'not_recorded') AS purchase_type, c.compliance, c.part_year_gbp
    FROM mart_cost_month AS c
    JOIN stg_setting AS s ON s.urn = c.urn
)
SELECT month, fy, ay,
    CASE WHEN grouping(need) = 0 THEN 'need' WHEN grouping(phase) = 0 THEN 'phase' WHEN grouping(residence_group) = 0 THEN 'residence_group'
        WHEN grouping(setting_type) = 0 THEN 'setting_type' WHEN grouping(setting) = 0 THEN 'setting' WHEN grouping(provider_group) = 0 THEN 'provider_group'
        WHEN grouping(area) = 0 THEN 'area' WHEN grouping(funder) = 0 THEN 'funder' WHEN grouping(component) = 0 THEN 'component'
        WHEN grouping(purchase_type) = 0 THEN 'purchase_type' WHEN grouping(compliance) = 0 THEN 'compliance' ELSE 'total' END AS dimension,
    coalesce(need, phase, residence_group, setting_type, setting, provider_group, area, funder, component, purchase_type, compliance, 'total') AS value,
    sum(part_year_gbp)::DECIMAL(18, 2) AS cost_gbp
FROM line
GROUP BY GROUPING SETS ((month, fy, ay), (month, fy, ay, need), (month, fy, ay, phase), (month, fy, ay, residence_group), (month, fy, ay, setting_type),
    (month, fy, ay, setting), (month, fy, ay, provider_group), (month, fy, ay, area), (month, fy, ay, funder), (month, fy, ay, component),
    (month, fy, ay, purchase_type), (month, fy, ay, compliance))
ORDER BY dimension, month, value;
