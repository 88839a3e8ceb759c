-- One row a ledger line, in order of payment: what it says, the setting it was paid to, and the days of the placement it names.
SELECT m.transaction_id, m.paid_on, m.net_gbp, m.narrative, t.cost_centre, m.supplier_name, m.urn, coalesce(m.setting_name, m.urn) AS setting_name, m.match_kind, m.placement_id,
    t.credits_transaction_id
FROM mart_payment AS m
JOIN stg_payment AS t ON t.transaction_id = m.transaction_id
ORDER BY m.paid_on, m.transaction_id;
