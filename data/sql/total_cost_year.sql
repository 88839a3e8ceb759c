-- One row a kind of year (FY, AY) × year × dimension × value: what read_cost_by answers without filters, and the standing to the vehicles by the
-- other reading of the threshold (compliance_other). A page opens on these; sums, placements, children and years of place are those of the rows below.
CREATE OR REPLACE TABLE total_cost_year AS
WITH other AS (
    SELECT placement_id, compliance, max(CASE WHEN compliance NOT IN ('below_threshold', 'unexplained') THEN compliance
        WHEN other_compared_gbp < threshold_gbp THEN 'below_threshold' ELSE 'unexplained' END) AS compliance_other
    FROM mart_compliance
    GROUP BY ALL
),
line AS (
    SELECT c.*, p.child_id, p.primary_need AS need, p.residence_group, p.setting_type, p.urn AS setting,
        coalesce(p.provider_group, 'not_recorded') AS provider_group, coalesce(p.area, 'not_recorded') AS area,
        coalesce(p.purchase_type, 'not_recorded') AS purchase_type, coalesce(o.compliance_other, c.compliance) AS compliance_other,
        CASE c.year_kind WHEN 'FY' THEN date_diff('day', make_date(c.year, 4, 1), make_date(c.year + 1, 4, 1))
            ELSE date_diff('day', make_date(c.year, 9, 1), make_date(c.year + 1, 9, 1)) END AS days_of_year
    FROM mart_placement_cost AS c
    JOIN mart_placement AS p ON p.placement_id = c.placement_id
    LEFT JOIN other AS o ON o.placement_id = c.placement_id AND o.compliance = c.compliance
),
phased AS (
    SELECT year_kind, year, placement_id, child_id, need, residence_group, setting_type, setting, provider_group, area, purchase_type, phase, compliance,
        compliance_other, sum(part_year_gbp) AS cost_gbp, sum(fye_gbp) AS fye_gbp, max(days_open / days_of_year) AS place_years
    FROM line
    GROUP BY ALL
),
placed AS (
    SELECT * EXCLUDE (phase, compliance, compliance_other, cost_gbp, fye_gbp, place_years), sum(cost_gbp) AS cost_gbp, sum(fye_gbp) AS fye_gbp,
        sum(place_years) AS place_years
    FROM phased
    GROUP BY ALL
),
of_placement AS (
    SELECT year_kind, year,
        CASE WHEN grouping(need) = 0 THEN 'need' WHEN grouping(residence_group) = 0 THEN 'residence_group'
            WHEN grouping(setting_type) = 0 THEN 'setting_type' WHEN grouping(setting) = 0 THEN 'setting' WHEN grouping(provider_group) = 0 THEN 'provider_group'
            WHEN grouping(area) = 0 THEN 'area' WHEN grouping(purchase_type) = 0 THEN 'purchase_type' ELSE 'total' END AS dimension,
        coalesce(need, residence_group, setting_type, setting, provider_group, area, purchase_type, 'total') AS value,
        sum(cost_gbp) AS cost_gbp, sum(fye_gbp) AS fye_gbp, count(*) AS placements, count(DISTINCT child_id) AS children, sum(place_years) AS place_years
    FROM placed
    GROUP BY GROUPING SETS ((year_kind, year), (year_kind, year, need), (year_kind, year, residence_group), (year_kind, year, setting_type),
        (year_kind, year, setting), (year_kind, year, provider_group), (year_kind, year, area), (year_kind, year, purchase_type))
),
of_days AS (
    SELECT year_kind, year, dimension, value, sum(cost_gbp) AS cost_gbp, sum(fye_gbp) AS fye_gbp, count(DISTINCT placement_id) AS placements,
        count(DISTINCT child_id) AS children, sum(place_years) AS place_years
    FROM (
        SELECT *, unnest(['phase', 'compliance', 'compliance_other']) AS dimension, unnest([phase, compliance, compliance_other]) AS value
        FROM phased
    )
    GROUP BY ALL
),
of_line AS (
    SELECT year_kind, year, dimension, value, sum(cost_gbp) AS cost_gbp, sum(fye_gbp) AS fye_gbp, count(DISTINCT placement_id) AS placements,
        count(DISTINCT child_id) AS children, sum(place_years) AS place_years
    FROM (
        SELECT year_kind, year, placement_id, child_id, phase, compliance,
            CASE WHEN grouping(component) = 0 THEN 'component' ELSE 'funder' END AS dimension, coalesce(component, funder) AS value,
            sum(part_year_gbp) AS cost_gbp, sum(fye_gbp) AS fye_gbp, max(days_open / days_of_year) AS place_years
        FROM line
        GROUP BY GROUPING SETS ((year_kind, year, placement_id, child_id, phase, compliance, component), (year_kind, year, placement_id, child_id, phase, compliance, funder))
    )
    GROUP BY ALL
)
SELECT year_kind, year, dimension, value, cost_gbp::DECIMAL(18, 2) AS cost_gbp, fye_gbp::DECIMAL(18, 2) AS fye_gbp, placements, children, place_years
FROM (SELECT * FROM of_placement UNION ALL SELECT * FROM of_days UNION ALL SELECT * FROM of_line)
ORDER BY year_kind, dimension, year, value;
