-- One row a vehicle × month: cost of the places on it as agreed, and the fee to the setting in it (without transport and DfE place funding, which a
-- vehicle's value does not count), £ net of recoverable VAT, with the VAT recorded on those fees.
CREATE OR REPLACE TABLE mart_vehicle_month AS
SELECT vehicle_id, month, sum(cost_gbp)::DECIMAL(18, 2) AS cost_gbp,
    coalesce(sum(cost_gbp) FILTER (component <> 'transport' AND funder <> 'dfe_place'), 0)::DECIMAL(18, 2) AS fee_gbp,
    coalesce(sum(round((cost_gbp * vat_gbp / nullif(amount_gbp, 0))::DECIMAL(18, 6), 2)) FILTER (component <> 'transport' AND funder <> 'dfe_place'), 0)::DECIMAL(18, 2)
        AS vat_gbp
FROM int_priced_month
WHERE compliance = 'on_vehicle'
GROUP BY vehicle_id, month
ORDER BY vehicle_id, month;
