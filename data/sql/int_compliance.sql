-- One row a placement × run of days on which one answer holds: how the place stands to the purchasing vehicles (docs/compliance.md).
-- compliance: on_vehicle, off_vehicle_with_ground, below_threshold, unexplained, or not_bought (a setting outside procurement). The runs of a
-- placement follow one another without gap or overlap from its entry to its last day; each answer is by the rules in force on its days (stg_rule).
-- compared_gbp is what is set against the threshold, on the threshold's VAT basis; other_compared_gbp the same by the other reading.
CREATE OR REPLACE TABLE int_compliance AS
WITH placed AS (
    SELECT p.placement_id, p.urn, p.entry_date, p.last_day, p.named_by, p.contract_id, s.setting_type, coalesce(s.provider, s.urn) AS provider,
        c.kind, c.vehicle_id, c.lot, nullif(trim(c.off_vehicle_ground), '') AS ground, c.starts, greatest(p.entry_date, c.starts) AS under_from,
        CASE c.kind WHEN 'call_off' THEN greatest(p.entry_date, c.starts) ELSE c.starts END AS bought_on,
        v.value_net_gbp, v.vat_recorded_gbp, v.vat_not_recorded_on_gbp
    FROM stg_placement AS p
    JOIN stg_setting AS s ON s.urn = p.urn
    LEFT JOIN stg_contract AS c ON c.contract_id = p.contract_id AND c.urn = p.urn AND c.starts <= p.last_day AND c.ends >= p.entry_date
    LEFT JOIN int_value AS v ON v.placement_id = p.placement_id
),
ruled AS (
    SELECT p.*, r.* EXCLUDE (first_day, last_day), r.first_day AS rule_day, greatest(r.first_day, p.entry_date) AS first_day, r.last_day AS rule_ends,
        CASE WHEN r.threshold_with_vat THEN round(p.value_net_gbp + p.vat_recorded_gbp + r.vat_not_recorded * p.vat_not_recorded_on_gbp, 2)
            ELSE p.value_net_gbp END::DECIMAL(18, 2) AS value_gbp
    FROM placed AS p
    JOIN stg_rule AS r ON r.first_day <= p.last_day AND r.last_day >= p.entry_date
),
valued AS (
    SELECT r.*, o.provider_value_gbp
    FROM ruled AS r
    LEFT JOIN (
        SELECT u.first_day AS rule_day, p.provider, year(p.entry_date) - (month(p.entry_date) < 4)::INT AS fy,
            sum(CASE WHEN u.threshold_with_vat THEN round(p.value_net_gbp + p.vat_recorded_gbp + u.vat_not_recorded * p.vat_not_recorded_on_gbp, 2)
                ELSE p.value_net_gbp END)::DECIMAL(18, 2) AS provider_value_gbp
        FROM placed AS p, stg_rule AS u
        WHERE list_contains(u.scope_setting_types, p.setting_type)
        GROUP BY ALL
    ) AS o ON o.rule_day = r.rule_day AND o.provider = r.provider AND o.fy = year(r.entry_date) - (month(r.entry_date) < 4)::INT
),
member AS (SELECT * FROM stg_membership WHERE status = 'admitted'),
bought AS (
    SELECT r.placement_id, r.each_day, r.urn, m.vehicle_id, m.lot, r.under_from AS first_day, r.rule_day, r.rule_ends, r.last_day, 'contract' AS how
    FROM ruled AS r
    JOIN member AS m ON m.urn = r.urn AND m.vehicle_id = r.vehicle_id AND r.bought_on BETWEEN m.first_day AND m.last_day
        AND (r.any_lot OR r.lot IS NULL OR m.lot = r.lot)
    UNION ALL
    SELECT r.placement_id, r.each_day, r.urn, m.vehicle_id, m.lot, r.entry_date, r.rule_day, r.rule_ends, r.last_day, 'member'
    FROM ruled AS r
    JOIN member AS m ON m.urn = r.urn AND r.entry_date BETWEEN m.first_day AND m.last_day
    WHERE r.contract_id IS NULL AND r.member_without_contract
),
covered AS (
    SELECT placement_id, vehicle_id, lot, how, greatest(first_day, rule_day) AS first_day, least(last_day, rule_ends) AS last_day
    FROM bought
    WHERE NOT each_day AND greatest(first_day, rule_day) <= least(last_day, rule_ends)
    UNION
    SELECT b.placement_id, b.vehicle_id, b.lot, b.how, greatest(b.first_day, b.rule_day, m.first_day), least(b.last_day, b.rule_ends, m.last_day)
    FROM bought AS b
    JOIN member AS m ON m.urn = b.urn AND m.vehicle_id = b.vehicle_id AND m.lot = b.lot
    WHERE b.each_day AND greatest(b.first_day, b.rule_day, m.first_day) <= least(b.last_day, b.rule_ends, m.last_day)
),
cut AS (
    SELECT placement_id, first_day, last_day FROM ruled
    UNION SELECT r.placement_id, r.under_from, r.last_day FROM ruled AS r WHERE r.ground IS NOT NULL
    UNION SELECT c.placement_id, c.first_day, p.last_day FROM covered AS c JOIN stg_placement AS p ON p.placement_id = c.placement_id
    UNION SELECT c.placement_id, c.last_day + 1, p.last_day FROM covered AS c JOIN stg_placement AS p ON p.placement_id = c.placement_id
    WHERE c.last_day < p.last_day
),
piece AS (
    SELECT placement_id, first_day, coalesce(lead(first_day) OVER (PARTITION BY placement_id ORDER BY first_day) - 1, last_day) AS last_day FROM cut
),
vehicled AS (
    SELECT i.placement_id, i.first_day, min({'how': c.how, 'vehicle_id': c.vehicle_id, 'lot': c.lot}) AS bought
    FROM piece AS i
    JOIN covered AS c ON c.placement_id = i.placement_id AND i.first_day BETWEEN c.first_day AND c.last_day
    GROUP BY ALL
),
judged AS (
    SELECT i.placement_id, i.first_day, i.last_day, v.* EXCLUDE (placement_id, first_day, last_day), b.bought,
        v.ground IS NOT NULL AND v.ground_on_contract AND i.first_day >= v.under_from AS grounded,
        CASE v.threshold_reading WHEN 'provider' THEN v.provider_value_gbp ELSE v.value_gbp END AS compared_gbp,
        CASE v.threshold_reading WHEN 'provider' THEN v.value_gbp ELSE v.provider_value_gbp END AS other_compared_gbp
    FROM piece AS i
    JOIN valued AS v ON v.placement_id = i.placement_id AND i.first_day BETWEEN v.rule_day AND v.rule_ends
    LEFT JOIN vehicled AS b ON b.placement_id = i.placement_id AND b.first_day = i.first_day
),
reasoned AS (
    SELECT *,
        CASE
            WHEN NOT list_contains(scope_setting_types, setting_type) THEN 'setting_out_of_scope'
            WHEN bought.how = 'contract' THEN 'contract_on_vehicle'
            WHEN bought.how = 'member' THEN 'member_when_placed'
            WHEN grounded THEN 'ground_on_contract'
            WHEN named_by = 'tribunal' AND ground_tribunal THEN 'named_by_tribunal'
            WHEN named_by = 'parent' AND ground_parent THEN 'named_by_parent'
            WHEN value_gbp IS NULL THEN 'value_not_known'
            WHEN compared_gbp < threshold_gbp THEN 'value_below'
            ELSE 'value_not_below'
        END AS reason,
        CASE
            WHEN bought IS NOT NULL THEN NULL
            WHEN contract_id IS NULL THEN 'no_contract_no_member'
            WHEN starts IS NULL THEN 'contract_does_not_cover'
            WHEN vehicle_id IS NULL THEN 'contract_names_no_vehicle'
            WHEN first_day < under_from THEN 'before_contract'
            ELSE 'not_member_of_vehicle'
        END AS off_because
    FROM judged
)
SELECT placement_id, urn, setting_type, entry_date, first_day, last_day,
    CASE reason
        WHEN 'setting_out_of_scope' THEN 'not_bought'
        WHEN 'contract_on_vehicle' THEN 'on_vehicle'
        WHEN 'member_when_placed' THEN 'on_vehicle'
        WHEN 'ground_on_contract' THEN 'off_vehicle_with_ground'
        WHEN 'named_by_tribunal' THEN 'off_vehicle_with_ground'
        WHEN 'named_by_parent' THEN 'off_vehicle_with_ground'
        WHEN 'value_below' THEN 'below_threshold'
        ELSE 'unexplained'
    END AS compliance,
    reason, CASE WHEN reason <> 'setting_out_of_scope' THEN off_because END AS off_because,
    CASE WHEN reason <> 'setting_out_of_scope' THEN bought.vehicle_id END AS vehicle_id,
    CASE WHEN reason <> 'setting_out_of_scope' THEN bought.lot END AS lot, contract_id,
    CASE WHEN grounded THEN ground END AS ground, named_by, compared_gbp, other_compared_gbp, threshold_gbp, threshold_with_vat, threshold_reading
FROM reasoned;
