-- One row a ledger line; credits are negative.
CREATE OR REPLACE VIEW stg_payment AS
SELECT transaction_id, paid_on, supplier_name, supplier_no, net_gbp, narrative, cost_centre, urn, placement_id, credits_transaction_id
FROM raw_payments
WHERE is_current;
