-- One row an academic year × component at a setting: part-year cost, years of place and placements.
SELECT c.year, c.component, sum(c.part_year_gbp)::DOUBLE AS cost_gbp, count(DISTINCT c.placement_id) AS placements,
    sum(c.days_open) FILTER (first_line) / date_diff('day', make_date(c.year, 9, 1), make_date(c.year + 1, 9, 1)) AS place_years
FROM (
    SELECT c.*, row_number() OVER (PARTITION BY c.placement_id, c.year, c.component ORDER BY c.funder) = 1 AS first_line
    FROM mart_placement_cost AS c
    JOIN mart_placement AS p ON p.placement_id = c.placement_id
    WHERE p.urn = $urn AND c.year_kind = 'AY'
) AS c
GROUP BY c.year, c.component
ORDER BY c.year, cost_gbp DESC;
