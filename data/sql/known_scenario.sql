-- One row a scenario saved by the end of $day (UTC), taken back only where that had happened by then.
INSERT INTO copy.scenario BY NAME
SELECT * REPLACE (
        CASE WHEN taken_back_at::DATE <= $day::DATE THEN taken_back_at END AS taken_back_at,
        CASE WHEN taken_back_at::DATE <= $day::DATE THEN taken_back_by END AS taken_back_by
    )
FROM scenario
WHERE saved_at::DATE <= $day::DATE
ORDER BY rowid;
