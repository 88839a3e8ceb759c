-- One row a measure × academic year at a setting: children, numerator, denominator and their ratio (null where the denominator is 0).
SELECT measure, year(period_start) - (month(period_start) < 9)::INT AS year, count(DISTINCT child_id) AS children, sum(numerator) AS numerator,
    sum(denominator) AS denominator, sum(numerator) / nullif(sum(denominator), 0) AS rate
FROM stg_outcome
WHERE urn = $urn
GROUP BY ALL
ORDER BY measure, year;
