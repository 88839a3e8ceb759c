-- One row a fee line that ever counts at a setting: its placement, part, purse, full-year cost and the days on which it counts.
SELECT f.placement_id, f.component, f.funder, f.full_year_gbp::DOUBLE AS full_year_gbp, f.first_day, f.last_day
FROM mart_fee AS f
JOIN mart_placement AS p ON p.placement_id = f.placement_id
WHERE p.urn = $urn
ORDER BY f.placement_id, f.component, f.funder, f.first_day;
