-- One row a record in force of what came of a payment, oldest first, with the setting of the payment, and whether the payment is still loaded.
SELECT r.number, r.transaction_id, r.outcome, r.amount_gbp::DOUBLE AS amount_gbp, r.on_day, r.note, r.recorded_by, r.recorded_at, m.urn, m.setting_name,
    m.transaction_id IS NOT NULL AS is_loaded
FROM recovery AS r
LEFT JOIN mart_payment AS m ON m.transaction_id = r.transaction_id
WHERE r.undone_at IS NULL
ORDER BY r.number;
