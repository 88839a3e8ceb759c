-- One row a ledger line of transport, told by the words of cost centre, narrative or supplier.
SELECT paid_on, narrative, net_gbp::DOUBLE AS net_gbp
FROM stg_payment
WHERE regexp_matches(lower(concat_ws(' ', cost_centre, narrative, supplier_name)), '\btransport\b')
ORDER BY paid_on, transaction_id;
