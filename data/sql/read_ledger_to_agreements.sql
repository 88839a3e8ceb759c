-- One row a setting × financial year of the ledger (urn empty: payments of no known setting): the steps from agreed cost to the ledger's amount.
-- agreed + less_transport + less_dfe_place + less_other_purses + the differences = ledger, to the penny. Payments to the setting that name no
-- placement are set against agreements of the setting that no payment names; what is left of either is a difference.
WITH ledger AS (
    SELECT urn, placement_id, fy, match_kind, sum(net_gbp) AS paid FROM mart_payment GROUP BY ALL
),
years AS (
    SELECT DISTINCT fy FROM ledger
),
agreed AS (
    SELECT p.urn, c.placement_id, c.year AS fy,
        sum(c.part_year_gbp) AS whole,
        coalesce(sum(c.part_year_gbp) FILTER (c.component = 'transport'), 0) AS transport,
        coalesce(sum(c.part_year_gbp) FILTER (c.component <> 'transport' AND c.funder = 'dfe_place'), 0) AS dfe_place,
        coalesce(sum(c.part_year_gbp) FILTER (c.component <> 'transport' AND c.funder IN ('health', 'social_care')), 0) AS other_purses,
        coalesce(sum(c.part_year_gbp) FILTER (c.component <> 'transport' AND c.funder = 'education'), 0) AS own
    FROM mart_placement_cost AS c JOIN mart_placement AS p USING (placement_id)
    WHERE c.year_kind = 'FY' AND c.year IN (SELECT fy FROM years)
    GROUP BY ALL
),
named AS (
    SELECT urn, placement_id, fy, sum(paid) AS paid FROM ledger WHERE urn IS NOT NULL AND placement_id IS NOT NULL GROUP BY ALL
),
both_sides AS (
    SELECT coalesce(a.urn, l.urn) AS urn, coalesce(a.fy, l.fy) AS fy, a.whole, a.transport, a.dfe_place, a.other_purses, a.own, l.paid
    FROM agreed AS a FULL OUTER JOIN named AS l ON l.urn = a.urn AND l.placement_id = a.placement_id AND l.fy = a.fy
),
steps AS (
    SELECT urn, fy,
        coalesce(sum(whole), 0) AS agreed,
        -coalesce(sum(transport), 0) AS less_transport,
        -coalesce(sum(dfe_place), 0) AS less_dfe_place,
        -coalesce(sum(other_purses), 0) AS less_other_purses,
        -coalesce(sum(own) FILTER (paid IS NULL), 0) AS agreed_not_paid,
        coalesce(sum(paid) FILTER (own IS NULL), 0) AS paid_not_agreed,
        coalesce(sum(paid - own) FILTER (paid > own), 0) AS paid_above_agreed,
        coalesce(sum(paid - own) FILTER (paid < own), 0) AS paid_below_agreed,
        0 AS paid_no_placement, 0 AS paid_no_setting, 0 AS paid_unmatched, coalesce(sum(paid), 0) AS ledger
    FROM both_sides GROUP BY urn, fy
    UNION ALL
    SELECT urn, fy, 0, 0, 0, 0, 0, 0, 0, 0,
        coalesce(sum(paid) FILTER (urn IS NOT NULL), 0),
        coalesce(sum(paid) FILTER (urn IS NULL AND match_kind = 'confirmed'), 0),
        coalesce(sum(paid) FILTER (urn IS NULL AND match_kind <> 'confirmed'), 0),
        sum(paid)
    FROM ledger WHERE urn IS NULL OR placement_id IS NULL GROUP BY urn, fy
)
SELECT t.urn, any_value(s.setting_name) AS setting_name, t.fy,
    CAST(sum(agreed) AS DOUBLE) AS agreed_gbp,
    CAST(sum(less_transport) AS DOUBLE) AS less_transport,
    CAST(sum(less_dfe_place) AS DOUBLE) AS less_dfe_place,
    CAST(sum(less_other_purses) AS DOUBLE) AS less_other_purses,
    CAST(least(sum(agreed_not_paid) + sum(paid_no_placement), 0) AS DOUBLE) AS agreed_not_paid,
    CAST(sum(paid_not_agreed) AS DOUBLE) AS paid_not_agreed,
    CAST(sum(paid_above_agreed) AS DOUBLE) AS paid_above_agreed,
    CAST(sum(paid_below_agreed) AS DOUBLE) AS paid_below_agreed,
    CAST(greatest(sum(agreed_not_paid) + sum(paid_no_placement), 0) AS DOUBLE) AS paid_no_placement,
    CAST(sum(paid_no_setting) AS DOUBLE) AS paid_no_setting,
    CAST(sum(paid_unmatched) AS DOUBLE) AS paid_unmatched,
    CAST(sum(ledger) AS DOUBLE) AS ledger_gbp
FROM steps AS t LEFT JOIN stg_setting AS s ON s.urn = t.urn
GROUP BY t.urn, t.fy
ORDER BY t.fy, t.urn NULLS LAST;
