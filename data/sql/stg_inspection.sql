-- One row a judgement: setting × framework × area × day of inspection.
CREATE OR REPLACE VIEW stg_inspection AS
SELECT urn, framework, area, grade, inspected_on
FROM raw_inspections
WHERE is_current;
