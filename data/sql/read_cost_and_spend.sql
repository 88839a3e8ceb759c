-- One row a setting with cost or spend in a year (urn null: payments of no known setting): cost by agreement, the part of it that the education
-- budget pays to the setting (funder education, without transport), and spend by the ledger. Settings, and how places stand to
-- the vehicles, filtered by lists, or null.
WITH cost AS (
    SELECT urn, sum(cost_gbp) AS cost_gbp, sum(payable_gbp) AS payable_gbp
    FROM total_setting_year
    WHERE year_kind = $year_kind AND year = $year
        AND ($compliance::VARCHAR[] IS NULL OR list_contains($compliance::VARCHAR[], compliance))
    GROUP BY urn
),
spend AS (
    SELECT urn, sum(spend_gbp) AS spend_gbp, sum(payments)::BIGINT AS payments
    FROM total_spend_month
    WHERE $year = CASE $year_kind WHEN 'FY' THEN fy ELSE ay END
        AND ($compliance::VARCHAR[] IS NULL OR list_contains($compliance::VARCHAR[], compliance))
    GROUP BY urn
),
sides AS (
    SELECT coalesce(c.urn, t.urn) AS urn, coalesce(c.cost_gbp, 0)::DOUBLE AS cost_gbp, coalesce(c.payable_gbp, 0)::DOUBLE AS payable_gbp,
        coalesce(t.spend_gbp, 0)::DOUBLE AS spend_gbp, coalesce(t.payments, 0) AS payments
    FROM cost AS c
    FULL JOIN spend AS t ON t.urn = c.urn
)
SELECT b.urn, coalesce(s.setting_name, g.register_name, b.urn, 'Not matched to a setting') AS setting_name, b.cost_gbp, b.payable_gbp, b.spend_gbp, b.payments
FROM sides AS b
LEFT JOIN stg_setting AS s ON s.urn = b.urn
LEFT JOIN stg_register AS g ON g.urn = b.urn
WHERE ($urn::VARCHAR[] IS NULL OR list_contains($urn::VARCHAR[], b.urn))
    AND ($setting_type::VARCHAR[] IS NULL OR list_contains($setting_type::VARCHAR[], s.setting_type))
    AND ($provider_group::VARCHAR[] IS NULL OR list_contains($provider_group::VARCHAR[], CASE WHEN s.urn IS NOT NULL THEN coalesce(s.provider_group, 'not_recorded') END))
ORDER BY b.cost_gbp DESC, b.spend_gbp DESC, b.urn;
