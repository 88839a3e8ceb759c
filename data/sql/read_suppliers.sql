-- One row a supplier name of payments that name neither setting nor placement: payments, £ net of recoverable VAT, first and last day of payment.
SELECT
    supplier_name,
    count(*) AS payments,
    CAST(sum(net_gbp) AS DOUBLE) AS gbp,
    min(paid_on) AS first_paid,
    max(paid_on) AS last_paid
FROM stg_payment
WHERE urn IS NULL AND placement_id IS NULL
GROUP BY supplier_name
ORDER BY supplier_name;
