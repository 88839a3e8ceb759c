-- One row a supplier name of payments that name neither setting nor placement: payments, £ net of recoverable VAT, first and last day of payment,
-- and the narratives of its payments (some) as one text, in which a town or a postcode may stand.
SELECT
    supplier_name,
    count(*) AS payments,
    CAST(sum(net_gbp) AS DOUBLE) AS gbp,
    min(paid_on) AS first_paid,
    max(paid_on) AS last_paid,
    array_to_string(list_sort(list_distinct(list(narrative)))[:20], ' ; ') AS narrative
FROM stg_payment
WHERE urn IS NULL AND placement_id IS NULL
GROUP BY supplier_name
ORDER BY supplier_name;
