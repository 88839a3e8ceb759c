-- One row a fault known at $seq, resolved only where that had happened by then.
INSERT INTO copy.meta_quarantine BY NAME
SELECT q.* REPLACE (CASE WHEN r.seq <= $seq THEN q.resolved_by END AS resolved_by)
FROM meta_quarantine AS q
LEFT JOIN meta_batch AS r ON r.batch_id = q.resolved_by
WHERE q.known_seq <= $seq
ORDER BY q.rowid;
