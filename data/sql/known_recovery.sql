-- One row a record of what came of a payment made by the end of $day (UTC), taken back only where that had happened by then.
INSERT INTO copy.recovery BY NAME
SELECT * REPLACE (CASE WHEN undone_at::DATE <= $day::DATE THEN undone_at END AS undone_at)
FROM recovery
WHERE recorded_at::DATE <= $day::DATE
ORDER BY number;
