-- One row a month × setting × way of matching, from $from_month to $to_month: payments and their net amount. Settings filtered by lists, or null.
SELECT p.month, p.fy, p.urn, coalesce(any_value(p.setting_name), 'Not matched to a setting') AS setting_name, p.match_kind, sum(p.payments)::BIGINT AS payments,
    sum(p.spend_gbp)::DOUBLE AS spend_gbp
FROM total_spend_month AS p
WHERE p.month BETWEEN $from_month::DATE AND $to_month::DATE
    AND ($urn::VARCHAR[] IS NULL OR list_contains($urn::VARCHAR[], p.urn))
    AND ($setting_type::VARCHAR[] IS NULL OR list_contains($setting_type::VARCHAR[], p.setting_type))
    AND ($provider_group::VARCHAR[] IS NULL OR list_contains($provider_group::VARCHAR[], CASE WHEN p.urn IS NOT NULL THEN coalesce(p.provider_group, 'not_recorded') END))
GROUP BY p.month, p.fy, p.urn, p.match_kind
ORDER BY p.month, p.urn, p.match_kind;
