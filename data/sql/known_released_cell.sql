-- One row a cell of a release recorded by the end of $day (UTC).
INSERT INTO copy.released_cell BY NAME
SELECT c.* FROM released_cell AS c JOIN release AS r ON r.number = c.release WHERE r.recorded_at::DATE <= $day::DATE ORDER BY c.rowid;
