-- One row a month × purse: part-year cost by agreement (transport of the education funder is its own purse).
SELECT month, fy, purse_of(funder, component) AS purse,
    sum(part_year_gbp)::DOUBLE AS cost_gbp
FROM mart_cost_month
GROUP BY ALL
ORDER BY month, purse;
