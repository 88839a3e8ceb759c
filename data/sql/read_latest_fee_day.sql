-- One row: the last day that loaded fees cover (a line without an end covers every day), or today if earlier; empty without fees.
SELECT least(max(last_day), current_date) AS as_at
FROM stg_fee
HAVING count(*) > 0;
