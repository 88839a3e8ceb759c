-- One row: the last day that loaded fees cover (a line without an end covers every day), or today if earlier (in a past state its day); empty without fees.
SELECT least(max(last_day), current_date, (SELECT day FROM meta_known)) AS as_at
FROM stg_fee
HAVING count(*) > 0;
