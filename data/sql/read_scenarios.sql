-- One row a scenario that stands, the latest first.
SELECT scenario_id, name, reason, phase, area, policy, answer, figures, data_version, saved_by, saved_at
FROM scenario
WHERE taken_back_at IS NULL
ORDER BY saved_at DESC, scenario_id;
