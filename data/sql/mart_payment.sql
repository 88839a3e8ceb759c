-- One row a payment, with the setting it was paid to and how that is known: given in the ledger, by its placement, confirmed by a person (who
-- may also say "no setting"; on the name, or on another spelling of its supplier number), proposed as safe (automatic), or unmatched.
CREATE OR REPLACE TABLE mart_payment AS
WITH proposed AS (
    SELECT supplier_name, any_value(urn) AS urn FROM supplier_proposal WHERE automatic AND urn IS NOT NULL GROUP BY supplier_name
),
matched AS (
    SELECT t.*, coalesce(t.urn, p.urn, CASE WHEN c.supplier_name IS NULL THEN a.urn ELSE c.urn END) AS paid_urn,
        CASE
            WHEN t.urn IS NOT NULL THEN 'given'
            WHEN p.urn IS NOT NULL THEN 'placement'
            WHEN c.supplier_name IS NOT NULL THEN 'confirmed'
            WHEN a.urn IS NOT NULL THEN 'automatic'
            ELSE 'unmatched'
        END AS match_kind
    FROM stg_payment AS t
    LEFT JOIN stg_placement AS p ON p.placement_id = t.placement_id
    LEFT JOIN stg_supplier_decision AS c ON c.supplier_name = t.supplier_name
    LEFT JOIN proposed AS a ON a.supplier_name = t.supplier_name
)
SELECT m.transaction_id, m.paid_on, date_trunc('month', m.paid_on)::DATE AS month, year(m.paid_on) - (month(m.paid_on) < 4)::INT AS fy,
    year(m.paid_on) - (month(m.paid_on) < 9)::INT AS ay, m.supplier_name, m.supplier_no, m.net_gbp, m.narrative, m.paid_urn AS urn,
    coalesce(s.setting_name, g.register_name) AS setting_name, s.setting_type, s.provider_group, m.placement_id, m.match_kind
FROM matched AS m
LEFT JOIN stg_setting AS s ON s.urn = m.paid_urn
LEFT JOIN stg_register AS g ON g.urn = m.paid_urn
ORDER BY m.paid_on, m.transaction_id;
