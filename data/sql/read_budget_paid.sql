-- One row a month × purse of the ledger: what was paid less what came back. The purse is told by the words of cost centre, narrative and supplier:
-- transport; money in from health or social care; else what was paid to a known setting is the high needs block's, and the rest is in no purse.
SELECT m.month, m.fy,
    CASE
        WHEN m.net_gbp < 0 AND regexp_matches(w.words, '\b(icb|nhs|health|integrated care)\b') THEN 'health'
        WHEN m.net_gbp < 0 AND regexp_matches(w.words, '\b(social care|social services|looked after|cic)\b') THEN 'social_care'
        WHEN regexp_matches(w.words, '\btransport\b') THEN 'transport'
        WHEN m.urn IS NOT NULL THEN 'high_needs'
        ELSE 'no_purse'
    END AS purse,
    sum(m.net_gbp)::DOUBLE AS paid_gbp, count(*) AS payments
FROM mart_payment AS m
JOIN (
    SELECT transaction_id, lower(concat_ws(' ', cost_centre, narrative, supplier_name)) AS words FROM stg_payment
) AS w ON w.transaction_id = m.transaction_id
GROUP BY ALL
ORDER BY m.month, purse;
