-- One row a month without any payment, between the first and the last month of the ledger.
SELECT g.month::DATE AS month
FROM (SELECT unnest(generate_series(min(month)::TIMESTAMP, max(month)::TIMESTAMP, INTERVAL 1 MONTH)) AS month FROM mart_payment) AS g
WHERE g.month::DATE NOT IN (SELECT month FROM mart_payment)
ORDER BY g.month;
