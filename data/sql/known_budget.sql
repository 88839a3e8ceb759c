-- One row a budget entered by the end of $day (UTC), taken back only where that had happened by then.
INSERT INTO copy.budget BY NAME
SELECT * REPLACE (CASE WHEN undone_at::DATE <= $day::DATE THEN undone_at END AS undone_at)
FROM budget
WHERE recorded_at::DATE <= $day::DATE
ORDER BY number;
