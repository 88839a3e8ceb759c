-- One row an input of a scenario saved by the end of $day (UTC).
INSERT INTO copy.scenario_override BY NAME
SELECT o.*
FROM scenario_override AS o
WHERE EXISTS (SELECT 1 FROM scenario AS s WHERE s.scenario_id = o.scenario_id AND s.saved_at::DATE <= $day::DATE)
ORDER BY o.rowid;
