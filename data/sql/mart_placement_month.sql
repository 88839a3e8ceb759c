-- One row a placement × month × component × funder: part-year cost, to the penny; in_fy and in_ay say whether the month belongs to a year of each kind
-- that is worked out.
CREATE OR REPLACE TABLE mart_placement_month AS
SELECT placement_id, month, fy, ay, in_fy, in_ay, component, funder, sum(cost_gbp)::DECIMAL(18, 2) AS cost_gbp
FROM int_priced_month
GROUP BY ALL
ORDER BY month, placement_id, component, funder;
