-- One row a setting (urn), as last loaded.
CREATE OR REPLACE VIEW stg_setting AS
SELECT urn, setting_name, setting_type, provider, provider_group, postcode, easting, northing, capacity, places_offered, age_low, age_high,
    needs, residence, section41, section41_from, opened, closed
FROM raw_settings
WHERE is_current;
