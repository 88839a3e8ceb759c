-- One row a placement; last_day is the leaving date, or the end of time while it runs.
CREATE OR REPLACE VIEW stg_placement AS
SELECT placement_id, child_id, urn, entry_date, leaving_date, coalesce(leaving_date, DATE '9999-12-31') AS last_day, leaving_reason,
    coalesce(rank, '1') AS rank, residence, CASE residence WHEN 'day' THEN 'day' ELSE 'residential' END AS residence_group,
    named_by, purchase_type, contract_id
FROM raw_placements
WHERE is_current;
