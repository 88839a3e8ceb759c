-- One row a fee line: placement × component × funder × first day; last_day is the end of time while it runs.
CREATE OR REPLACE VIEW stg_fee AS
SELECT placement_id, component, amount_gbp, vat_gbp, unit, coalesce(funder, 'education') AS funder, valid_from, valid_to,
    coalesce(valid_to, DATE '9999-12-31') AS last_day
FROM raw_fees
WHERE is_current;
