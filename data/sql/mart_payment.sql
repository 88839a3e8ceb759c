-- One row a payment, with the setting it was paid to and how that is known: given in the ledger, by its placement, confirmed by a person
-- (who may also say "no setting"; on the name, or on another spelling of its supplier number), proposed as safe without a person (automatic), or unmatched. And how it stands
-- to the purchasing vehicles: as its placement on the day paid (the nearest day of the placement, where paid before or after); where it names only the
-- setting, as every place open there that day, places_differ if those do not agree; where no place is open there, as the setting's membership or a recorded
-- ground on its contract of that day, else unexplained; not_matched without a setting.
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
),
standing AS (
    SELECT placement_id, urn, entry_date, first_day, last_day, compliance,
        row_number() OVER (PARTITION BY placement_id ORDER BY first_day DESC) = 1 AS is_last
    FROM int_compliance
),
visit AS (SELECT DISTINCT paid_urn AS urn, paid_on FROM matched WHERE placement_id IS NULL AND paid_urn IS NOT NULL),
there AS (
    SELECT v.urn, v.paid_on, min(s.compliance) AS least, max(s.compliance) AS most
    FROM visit AS v
    JOIN standing AS s ON s.urn = v.urn AND v.paid_on BETWEEN s.first_day AND s.last_day
    GROUP BY ALL
),
member AS (
    SELECT DISTINCT v.urn, v.paid_on
    FROM visit AS v
    JOIN stg_membership AS m ON m.urn = v.urn AND m.status = 'admitted' AND v.paid_on BETWEEN m.first_day AND m.last_day
),
grounded AS (
    SELECT DISTINCT v.urn, v.paid_on
    FROM visit AS v
    JOIN stg_contract AS c ON c.urn = v.urn AND v.paid_on BETWEEN c.starts AND c.ends AND trim(c.off_vehicle_ground) <> ''
),
named AS (
    SELECT m.transaction_id, any_value(s.compliance) AS compliance
    FROM matched AS m
    JOIN standing AS s ON s.placement_id = m.placement_id AND greatest(m.paid_on, s.entry_date) >= s.first_day
        AND (greatest(m.paid_on, s.entry_date) <= s.last_day OR s.is_last)
    GROUP BY m.transaction_id
),
judged AS (
    SELECT m.*, coalesce(s.setting_name, e.register_name) AS setting_name, s.setting_type, s.provider_group,
        CASE
            WHEN n.compliance IS NOT NULL THEN 'its_placement'
            WHEN m.paid_urn IS NULL THEN 'setting_not_known'
            WHEN s.setting_type IS NOT NULL AND NOT list_contains(r.scope_setting_types, s.setting_type) THEN 'setting_out_of_scope'
            WHEN t.least = t.most THEN 'every_place_there'
            WHEN t.least IS NOT NULL THEN 'places_there_differ'
            WHEN b.urn IS NOT NULL THEN 'setting_member'
            WHEN g.urn IS NOT NULL AND r.ground_on_contract THEN 'ground_at_setting'
            ELSE 'no_place_no_member'
        END AS compliance_reason, n.compliance AS own, t.least AS shared
    FROM matched AS m
    JOIN stg_rule AS r ON m.paid_on BETWEEN r.first_day AND r.last_day
    LEFT JOIN stg_setting AS s ON s.urn = m.paid_urn
    LEFT JOIN stg_register AS e ON e.urn = m.paid_urn
    LEFT JOIN named AS n ON n.transaction_id = m.transaction_id
    LEFT JOIN there AS t ON t.urn = m.paid_urn AND t.paid_on = m.paid_on AND m.placement_id IS NULL
    LEFT JOIN member AS b ON b.urn = m.paid_urn AND b.paid_on = m.paid_on AND m.placement_id IS NULL
    LEFT JOIN grounded AS g ON g.urn = m.paid_urn AND g.paid_on = m.paid_on AND m.placement_id IS NULL
)
SELECT transaction_id, paid_on, date_trunc('month', paid_on)::DATE AS month, year(paid_on) - (month(paid_on) < 4)::INT AS fy,
    year(paid_on) - (month(paid_on) < 9)::INT AS ay, supplier_name, supplier_no, net_gbp, narrative, paid_urn AS urn,
    setting_name, setting_type, provider_group, placement_id, match_kind,
    CASE compliance_reason
        WHEN 'setting_not_known' THEN 'not_matched'
        WHEN 'setting_out_of_scope' THEN 'not_bought'
        WHEN 'its_placement' THEN own
        WHEN 'every_place_there' THEN shared
        WHEN 'places_there_differ' THEN 'places_differ'
        WHEN 'setting_member' THEN 'on_vehicle'
        WHEN 'ground_at_setting' THEN 'off_vehicle_with_ground'
        ELSE 'unexplained'
    END AS compliance, compliance_reason
FROM judged
ORDER BY paid_on, transaction_id;
