-- One row a purchasing vehicle; last_day counts the extensions taken up.
CREATE OR REPLACE VIEW stg_vehicle AS
SELECT vehicle_id, vehicle_name, regime, starts, ends, extended_to, coalesce(extended_to, ends) AS last_day, extension_options, reopens,
    authorised_gbp, authorised_vat_basis
FROM raw_vehicles
WHERE is_current;
