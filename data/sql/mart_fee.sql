-- One row a fee line that ever counts: its full-year cost, and the days on which it is valid and its placement open.
CREATE OR REPLACE TABLE mart_fee AS
SELECT *
FROM stg_priced_fee
ORDER BY last_day;
