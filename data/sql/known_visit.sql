-- One row a visit recorded by the end of $day (UTC), taken back only where that had happened by then.
INSERT INTO copy.visit BY NAME
SELECT * REPLACE (
        CASE WHEN taken_back_at::DATE <= $day::DATE THEN taken_back_at END AS taken_back_at,
        CASE WHEN taken_back_at::DATE <= $day::DATE THEN taken_back_by END AS taken_back_by
    )
FROM visit
WHERE recorded_at::DATE <= $day::DATE
ORDER BY rowid;
