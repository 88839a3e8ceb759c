-- One row a decision on a supplier name taken by the end of $day (UTC), undone only where that had happened by then.
INSERT INTO copy.supplier_match BY NAME
SELECT * REPLACE (CASE WHEN undone_at::DATE <= $day::DATE THEN undone_at END AS undone_at)
FROM supplier_match
WHERE decided_at::DATE <= $day::DATE
ORDER BY rowid;
