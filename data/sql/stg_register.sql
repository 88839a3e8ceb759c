-- One row an establishment of the wider register (urn), as last loaded.
CREATE OR REPLACE VIEW stg_register AS
SELECT urn, register_name, town, postcode, establishment_type, opened, closed
FROM raw_register
WHERE is_current;
