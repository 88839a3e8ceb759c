-- One row a setting × month of financial year $fy (urn empty: payments of no known setting): the steps from agreed cost to the ledger's amount.
-- Steps and signs as read_ledger_to_agreements, whose year each step adds up to, to the penny. A year's difference is spread over the months as the
-- agreed cost is (as the payments are, where nothing is agreed), rounded as it cumulates; what is left of a month is timing, nil over the year.
WITH paid AS (
    SELECT urn, placement_id, month, match_kind, sum(net_gbp) AS paid FROM mart_payment WHERE fy = $fy GROUP BY ALL
),
agreed AS (
    SELECT p.urn, m.placement_id, m.month,
        sum(m.cost_gbp) AS whole,
        coalesce(sum(m.cost_gbp) FILTER (m.component = 'transport'), 0) AS transport,
        coalesce(sum(m.cost_gbp) FILTER (m.component <> 'transport' AND m.funder = 'dfe_place'), 0) AS dfe_place,
        coalesce(sum(m.cost_gbp) FILTER (m.component <> 'transport' AND m.funder IN ('health', 'social_care')), 0) AS other_purses,
        coalesce(sum(m.cost_gbp) FILTER (m.component <> 'transport' AND m.funder = 'education'), 0) AS own
    FROM mart_placement_month AS m JOIN mart_placement AS p USING (placement_id)
    WHERE m.fy = $fy AND m.in_fy AND EXISTS (SELECT 1 FROM paid)
    GROUP BY ALL
),
named AS (
    SELECT urn, placement_id, month, sum(paid) AS paid FROM paid WHERE urn IS NOT NULL AND placement_id IS NOT NULL GROUP BY ALL
),
sides AS (
    SELECT coalesce(a.urn, l.urn) AS urn, coalesce(a.placement_id, l.placement_id) AS placement_id, coalesce(a.month, l.month) AS month,
        a.whole, a.transport, a.dfe_place, a.other_purses, a.own, l.paid
    FROM agreed AS a FULL OUTER JOIN named AS l ON l.urn = a.urn AND l.placement_id = a.placement_id AND l.month = a.month
),
years AS (
    SELECT *, sum(own) OVER p AS own_year, sum(paid) OVER p AS paid_year, sum(coalesce(own, 0)) OVER (p ORDER BY month) AS own_so_far
    FROM sides
    WINDOW p AS (PARTITION BY urn, placement_id)
),
spread AS (
    SELECT *, round((paid_year - own_year) * own_so_far / nullif(own_year, 0), 2)::DECIMAL(18, 2) AS difference_so_far FROM years
),
placed AS (
    SELECT *, coalesce(paid, 0) - coalesce(own, 0) AS gap,
        coalesce(difference_so_far - coalesce(lag(difference_so_far) OVER (PARTITION BY urn, placement_id ORDER BY month), 0),
            coalesce(paid, 0) - coalesce(own, 0)) AS difference
    FROM spread
),
rows_of AS (
    SELECT urn, month, whole, -transport AS less_transport, -dfe_place AS less_dfe_place, -other_purses AS less_other_purses,
        CASE WHEN paid_year IS NULL THEN -own END AS not_paid,
        CASE WHEN own_year IS NULL THEN paid END AS not_agreed,
        CASE WHEN paid_year > own_year THEN difference END AS above,
        CASE WHEN paid_year < own_year THEN difference END AS below,
        NULL AS no_placement, NULL AS no_setting, NULL AS unmatched,
        CASE WHEN paid_year IS NOT NULL AND own_year IS NOT NULL THEN gap - CASE WHEN paid_year = own_year THEN 0 ELSE difference END END AS timing,
        paid AS ledger
    FROM placed
    UNION ALL
    SELECT urn, month, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL,
        CASE WHEN urn IS NOT NULL THEN paid END,
        CASE WHEN urn IS NULL AND match_kind = 'confirmed' THEN paid END,
        CASE WHEN urn IS NULL AND match_kind <> 'confirmed' THEN paid END,
        NULL, paid
    FROM paid WHERE urn IS NULL OR placement_id IS NULL
),
months AS (
    SELECT urn, month, coalesce(sum(COLUMNS(* EXCLUDE (urn, month))), 0) FROM rows_of GROUP BY urn, month
),
netted AS (
    SELECT *, sum(not_paid + no_placement) OVER s AS net,
        CASE WHEN sum(not_paid + no_placement) OVER s < 0 AND sum(not_paid) OVER s <> 0 THEN not_paid ELSE no_placement END AS weight
    FROM months
    WINDOW s AS (PARTITION BY urn)
),
weighed AS (
    SELECT *, round(net * sum(weight) OVER (PARTITION BY urn ORDER BY month) / nullif(sum(weight) OVER (PARTITION BY urn), 0), 2)::DECIMAL(18, 2) AS net_so_far
    FROM netted
),
settled AS (
    SELECT *, coalesce(net_so_far - coalesce(lag(net_so_far) OVER (PARTITION BY urn ORDER BY month), 0), 0) AS net_here FROM weighed
)
SELECT t.urn, s.setting_name, t.month,
    CAST(whole AS DOUBLE) AS agreed_gbp,
    CAST(less_transport AS DOUBLE) AS less_transport,
    CAST(less_dfe_place AS DOUBLE) AS less_dfe_place,
    CAST(less_other_purses AS DOUBLE) AS less_other_purses,
    CAST(CASE WHEN net < 0 THEN net_here ELSE 0 END AS DOUBLE) AS agreed_not_paid,
    CAST(not_agreed AS DOUBLE) AS paid_not_agreed,
    CAST(above AS DOUBLE) AS paid_above_agreed,
    CAST(below AS DOUBLE) AS paid_below_agreed,
    CAST(CASE WHEN net > 0 THEN net_here ELSE 0 END AS DOUBLE) AS paid_no_placement,
    CAST(no_setting AS DOUBLE) AS paid_no_setting,
    CAST(unmatched AS DOUBLE) AS paid_unmatched,
    CAST(timing + not_paid + no_placement - CASE WHEN net <> 0 THEN net_here ELSE 0 END AS DOUBLE) AS paid_other_month,
    CAST(ledger AS DOUBLE) AS ledger_gbp
FROM settled AS t LEFT JOIN stg_setting AS s ON s.urn = t.urn
ORDER BY t.month, t.urn NULLS LAST;
