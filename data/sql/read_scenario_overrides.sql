-- One row a scenario that stands × input that differs from the base, in the order in which they were asked.
SELECT o.scenario_id, o.parameter, o.told, o.value, o.base, o.unit, o.low, o.high, o.source
FROM scenario_override AS o JOIN scenario AS s ON s.scenario_id = o.scenario_id
WHERE s.taken_back_at IS NULL
ORDER BY o.scenario_id, o.rowid;
