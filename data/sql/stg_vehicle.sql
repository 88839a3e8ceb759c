-- One row a purchasing vehicle; last_day counts the extensions taken up, and for a system under PCR 2015 the last day that the law allows.
CREATE OR REPLACE VIEW stg_vehicle AS
SELECT vehicle_id, vehicle_name, regime, starts, ends, extended_to,
    CASE WHEN regime = 'pcr2015_dps' THEN least(coalesce(extended_to, ends), (SELECT min(value::DATE) FROM ref_compliance_rules WHERE rule = 'pcr2015_last_day'))
        ELSE coalesce(extended_to, ends) END AS last_day,
    extension_options, reopens, authorised_gbp, authorised_vat_basis
FROM raw_vehicles
WHERE is_current;
