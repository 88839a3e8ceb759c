-- One row a way of matching in a year: payments, suppliers and their net amount.
SELECT match_kind, count(*) AS payments, count(DISTINCT supplier_name) AS suppliers, sum(net_gbp)::DOUBLE AS spend_gbp
FROM mart_payment
WHERE $year = CASE $year_kind WHEN 'FY' THEN fy ELSE ay END
GROUP BY match_kind
ORDER BY spend_gbp DESC;
