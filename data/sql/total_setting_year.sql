-- One row a kind of year (FY, AY) × year × setting × standing to the vehicles: part-year cost, and the part of it that the education budget pays to the
-- setting (funder education, without transport).
CREATE OR REPLACE TABLE total_setting_year AS
SELECT c.year_kind, c.year, p.urn, c.compliance, sum(c.part_year_gbp)::DECIMAL(18, 2) AS cost_gbp,
    coalesce(sum(c.part_year_gbp) FILTER (c.component <> 'transport' AND c.funder = 'education'), 0)::DECIMAL(18, 2) AS payable_gbp
FROM mart_placement_cost AS c
JOIN mart_placement AS p ON p.placement_id = c.placement_id
GROUP BY ALL
ORDER BY ALL;
