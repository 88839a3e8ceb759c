-- One row a measurement: child × setting × measure × first day of the period.
CREATE OR REPLACE VIEW stg_outcome AS
SELECT child_id, urn, measure, period_start, period_end, numerator, denominator
FROM raw_outcomes
WHERE is_current;
