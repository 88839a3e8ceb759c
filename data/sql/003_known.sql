-- One row a fault or duplicate as before, with the batch through which it became known (known_seq): the record's own, or for a record that
-- waited, the one that brought its parent. Filled for what is there: an entry still open after its record was looked at again was written then.
-- What withdrawn batches had set aside waits no more. Raw rows have the same column; `schema` adds and fills it.
-- meta_known: one row in a past state, the day that it is of; none in a store that is loaded into.
CREATE TABLE meta_known (day DATE NOT NULL);
ALTER TABLE meta_quarantine ADD COLUMN known_seq BIGINT;
ALTER TABLE meta_duplicate ADD COLUMN known_seq BIGINT;
UPDATE meta_quarantine AS q SET known_seq = b.seq FROM meta_batch AS b WHERE b.batch_id = q.batch_id;
UPDATE meta_duplicate AS d SET known_seq = b.seq FROM meta_batch AS b WHERE b.batch_id = d.batch_id;
CREATE TEMP TABLE looked_again AS
SELECT q.batch_id, q.source, q.row_number, max(b.seq) AS seq
FROM meta_quarantine AS q JOIN meta_batch AS b ON b.batch_id = q.resolved_by
WHERE q.code = 'unknown_parent'
GROUP BY ALL;
UPDATE meta_quarantine AS q SET known_seq = a.seq
FROM looked_again AS a
WHERE a.batch_id = q.batch_id AND a.row_number = q.row_number
    AND coalesce((SELECT b.seq FROM meta_batch AS b WHERE b.batch_id = q.resolved_by), 9223372036854775807) > a.seq;
UPDATE meta_duplicate AS d SET known_seq = a.seq FROM looked_again AS a WHERE a.batch_id = d.batch_id AND a.row_number = d.row_number;
DROP TABLE looked_again;
UPDATE meta_quarantine AS q SET resolved_by = b.withdrawn_by
FROM meta_batch AS b
WHERE b.batch_id = q.batch_id AND q.resolved_by IS NULL AND b.withdrawn_by IS NOT NULL;
