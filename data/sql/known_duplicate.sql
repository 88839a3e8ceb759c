-- One row a duplicate known at $seq. Where the row that it equals was handed over since, it is led back to the row that it equalled then.
INSERT INTO copy.meta_duplicate BY NAME
WITH RECURSIVE handed AS (
    SELECT d.source, d.batch_id, d.row_number, d.of_batch, d.of_row
    FROM meta_duplicate AS d JOIN meta_batch AS h ON h.batch_id = d.handed_by
    WHERE h.seq > $seq
), led AS (
    SELECT batch_id, source, row_number, origin, known_seq, handed_by, of_batch, of_row, 0 AS steps FROM meta_duplicate WHERE known_seq <= $seq
    UNION ALL
    SELECT l.batch_id, l.source, l.row_number, l.origin, l.known_seq, l.handed_by, h.of_batch, h.of_row, l.steps + 1
    FROM led AS l JOIN handed AS h ON h.source = l.source AND h.batch_id = l.of_batch AND h.row_number = l.of_row
)
SELECT l.* EXCLUDE (steps) REPLACE (CASE WHEN h.seq <= $seq THEN l.handed_by END AS handed_by)
FROM led AS l
LEFT JOIN meta_batch AS h ON h.batch_id = l.handed_by
QUALIFY row_number() OVER (PARTITION BY l.source, l.batch_id, l.row_number ORDER BY l.steps DESC) = 1
ORDER BY l.batch_id, l.row_number;
