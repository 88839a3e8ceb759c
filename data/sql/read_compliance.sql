-- One row a year × standing to the purchasing vehicles, of the years up to $year: part-year cost, spend, placements ever in the year, and full-year cost
-- and placements open on $as_at (repeated in each year). cost_other_gbp is cost by the other reading of the threshold. Costs add up to the year's cost,
-- spend to the year's ledger, to the penny.
WITH cost AS (
    SELECT year, value AS compliance, cost_gbp, placements
    FROM total_cost_year
    WHERE year_kind = $year_kind AND dimension = 'compliance' AND year <= $year
),
cost_other AS (
    SELECT year, value AS compliance, cost_gbp AS cost_other_gbp
    FROM total_cost_year
    WHERE year_kind = $year_kind AND dimension = 'compliance_other' AND year <= $year
),
spend AS (
    SELECT CASE $year_kind WHEN 'FY' THEN fy ELSE ay END AS year, compliance, sum(spend_gbp) AS spend_gbp
    FROM total_spend_month
    WHERE CASE $year_kind WHEN 'FY' THEN fy ELSE ay END <= $year
    GROUP BY ALL
),
on_day AS (
    SELECT s.compliance, count(DISTINCT s.placement_id) AS open_placements, sum(f.full_year_gbp) AS fye_gbp
    FROM mart_compliance AS s
    LEFT JOIN mart_fee AS f ON f.placement_id = s.placement_id AND f.first_day <= $as_at::DATE AND f.last_day >= $as_at::DATE
    WHERE $as_at::DATE BETWEEN s.first_day AND s.last_day
    GROUP BY ALL
),
line AS (SELECT year, compliance FROM cost UNION SELECT year, compliance FROM cost_other UNION SELECT year, compliance FROM spend)
SELECT n.year, n.compliance, coalesce(l.label, n.compliance) AS label, coalesce(c.cost_gbp, 0)::DOUBLE AS cost_gbp, coalesce(t.spend_gbp, 0)::DOUBLE AS spend_gbp,
    coalesce(c.placements, 0) AS placements, coalesce(o.cost_other_gbp, 0)::DOUBLE AS cost_other_gbp,
    coalesce(d.open_placements, 0) AS open_placements, coalesce(d.fye_gbp, 0)::DOUBLE AS fye_gbp
FROM line AS n
LEFT JOIN cost AS c ON c.year = n.year AND c.compliance = n.compliance
LEFT JOIN cost_other AS o ON o.year = n.year AND o.compliance = n.compliance
LEFT JOIN spend AS t ON t.year = n.year AND t.compliance = n.compliance
LEFT JOIN on_day AS d ON d.compliance = n.compliance
LEFT JOIN ref_labels AS l ON l.dimension = 'compliance' AND l.value = n.compliance
ORDER BY n.year, list_position(['on_vehicle', 'off_vehicle_with_ground', 'below_threshold', 'unexplained', 'not_bought', 'places_differ', 'not_matched'], n.compliance);
