-- One row a purchasing vehicle: its days and next re-opening after $as_at, settings admitted that day, its authorised value and VAT basis, and the fees
-- of the places on it, on that basis: up to the end of the month of $as_at, and beyond it as agreed and loaded.
WITH opening AS (
    SELECT vehicle_id, min(day) AS next_opening
    FROM (SELECT vehicle_id, try_cast(trim(unnest(string_split(reopens, ';'))) AS DATE) AS day FROM stg_vehicle)
    WHERE day > $as_at::DATE
    GROUP BY vehicle_id
),
member AS (
    SELECT vehicle_id, count(DISTINCT urn) AS settings FROM mart_membership
    WHERE status = 'admitted' AND $as_at::DATE BETWEEN first_day AND last_day
    GROUP BY vehicle_id
),
cost AS (
    SELECT m.vehicle_id, sum(fee_gbp + CASE WHEN v.with_vat THEN vat_gbp ELSE 0 END) FILTER (m.month <= $as_at::DATE) AS to_date_gbp,
        sum(fee_gbp + CASE WHEN v.with_vat THEN vat_gbp ELSE 0 END) FILTER (m.month > $as_at::DATE) AS beyond_gbp
    FROM mart_vehicle_month AS m
    JOIN (SELECT vehicle_id, coalesce(authorised_vat_basis ILIKE 'incl%', false) AS with_vat FROM stg_vehicle) AS v ON v.vehicle_id = m.vehicle_id
    GROUP BY m.vehicle_id
)
SELECT v.vehicle_id, v.vehicle_name, v.regime, v.starts, v.last_day, v.extension_options, v.reopens IS NULL AS open_throughout, o.next_opening,
    coalesce(m.settings, 0) AS settings, v.authorised_gbp::DOUBLE AS authorised_gbp, v.authorised_vat_basis,
    coalesce(c.to_date_gbp, 0)::DOUBLE AS to_date_gbp, coalesce(c.beyond_gbp, 0)::DOUBLE AS beyond_gbp,
    v.starts <= $as_at::DATE AND v.last_day >= $as_at::DATE AS runs
FROM stg_vehicle AS v
LEFT JOIN opening AS o ON o.vehicle_id = v.vehicle_id
LEFT JOIN member AS m ON m.vehicle_id = v.vehicle_id
LEFT JOIN cost AS c ON c.vehicle_id = v.vehicle_id
ORDER BY v.starts, v.vehicle_id;
