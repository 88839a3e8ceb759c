-- One row an application: vehicle × lot × setting × day of application.
CREATE OR REPLACE VIEW stg_member AS
SELECT vehicle_id, lot, urn, applied_on, decided_on, status, quality_score
FROM raw_members
WHERE is_current;
