-- One row a placement detail of a SEN2 census, as the return gave it; a return sent again replaces its rows.
CREATE OR REPLACE VIEW stg_sen2 AS
SELECT census_year, la, child_id, birth_month, coalesce(primary_need, 'UNK') AS primary_need, secondary_need, plan_start, urn, sen_setting,
    coalesce(rank, '1') AS rank, entry_date, leaving_date, coalesce(residence, 'day') AS residence
FROM raw_sen2
WHERE is_current;
