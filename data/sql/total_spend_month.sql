-- One row a month × setting (null: not known) × way of matching × standing to the vehicles: payments and their net amount.
CREATE OR REPLACE TABLE total_spend_month AS
SELECT month, fy, ay, urn, any_value(setting_name) AS setting_name, any_value(setting_type) AS setting_type, any_value(provider_group) AS provider_group,
    match_kind, compliance, count(*) AS payments, sum(net_gbp)::DECIMAL(18, 2) AS spend_gbp
FROM mart_payment
GROUP BY month, fy, ay, urn, match_kind, compliance
ORDER BY month, urn, match_kind, compliance;
