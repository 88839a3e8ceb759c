-- One row a period, from the first day to the end of time, in which no compliance rule changes: every rule's value then (ref_compliance_rules).
-- A rule that no row gives for a day counts as the strict answer: no threshold, no ground, no membership without a contract.
CREATE OR REPLACE VIEW stg_rule AS
WITH given AS (
    SELECT rule, value, vat_basis, valid_from::DATE AS first_day, coalesce(valid_to::DATE, DATE '9999-12-31') AS last_day
    FROM ref_compliance_rules
),
changes AS (
    SELECT DATE '1900-01-01' AS first_day
    UNION SELECT first_day FROM given WHERE first_day > DATE '1900-01-01'
    UNION SELECT last_day + 1 FROM given WHERE last_day < DATE '9999-12-31'
),
period AS (SELECT first_day, coalesce(lead(first_day) OVER (ORDER BY first_day) - 1, DATE '9999-12-31') AS last_day FROM changes),
valued AS (
    SELECT p.first_day, p.last_day, g.rule, arg_max(g.value, g.first_day) AS value, arg_max(g.vat_basis, g.first_day) AS vat_basis
    FROM period AS p
    LEFT JOIN given AS g ON g.first_day <= p.first_day AND g.last_day >= p.first_day
    GROUP BY ALL
)
SELECT first_day, last_day,
    string_split(coalesce(any_value(value) FILTER (rule = 'scope_setting_types'), 'ISS;NMSS;SPI'), ';') AS scope_setting_types,
    coalesce(any_value(value) FILTER (rule = 'vehicle_day'), 'each_day') = 'each_day' AS each_day,
    coalesce(any_value(value) FILTER (rule = 'lot'), 'contract') = 'any' AS any_lot,
    coalesce(any_value(value) FILTER (rule = 'member_without_contract'), 'no') = 'yes' AS member_without_contract,
    coalesce(any_value(value) FILTER (rule = 'ground_on_contract'), 'no') = 'yes' AS ground_on_contract,
    coalesce(any_value(value) FILTER (rule = 'ground_tribunal'), 'no') = 'yes' AS ground_tribunal,
    coalesce(any_value(value) FILTER (rule = 'ground_parent'), 'no') = 'yes' AS ground_parent,
    any_value(value) FILTER (rule = 'threshold_gbp')::DECIMAL(18, 2) AS threshold_gbp,
    coalesce(any_value(vat_basis) FILTER (rule = 'threshold_gbp'), 'including') = 'including' AS threshold_with_vat,
    coalesce(any_value(value) FILTER (rule = 'threshold_reading'), 'provider') AS threshold_reading,
    coalesce(any_value(value) FILTER (rule = 'vat_not_recorded'), '0.20')::DECIMAL(9, 6) AS vat_not_recorded
FROM valued
GROUP BY first_day, last_day;
