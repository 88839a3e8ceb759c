-- One row a purse of financial year $fy with a budget in force: the newest entered.
SELECT purse, amount_gbp::DOUBLE AS amount_gbp, note, recorded_by, recorded_at
FROM budget
WHERE financial_year = $fy AND undone_at IS NULL
QUALIFY row_number() OVER (PARTITION BY purse ORDER BY number DESC) = 1
ORDER BY purse;
