-- One row a case.
CREATE OR REPLACE VIEW stg_case AS
SELECT case_id, child_id, kind, opened_on, due_on, hearing_on, target_start, preferred_urn, status
FROM raw_cases
WHERE is_current;
