-- One row a batch loaded up to $seq, withdrawn only where that was known by then.
INSERT INTO copy.meta_batch BY NAME
SELECT b.* REPLACE (CASE WHEN w.seq <= $seq THEN b.withdrawn_by END AS withdrawn_by)
FROM meta_batch AS b
LEFT JOIN meta_batch AS w ON w.batch_id = b.withdrawn_by
WHERE b.seq <= $seq
ORDER BY b.seq;
