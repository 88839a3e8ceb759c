-- One row a release recorded by the end of $day (UTC).
INSERT INTO copy.release BY NAME
SELECT * FROM release WHERE recorded_at::DATE <= $day::DATE ORDER BY rowid;
