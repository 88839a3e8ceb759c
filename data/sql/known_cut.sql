-- One row: the last batch loaded by the end of $day (UTC), 0 for none; batches loaded since; the first and the last day on which any was loaded.
-- A clock that was set back does not put a batch before the one it followed: its day is the latest up to it.
WITH timed AS (
    SELECT seq, max(loaded_at) OVER (ORDER BY seq)::DATE AS known_on FROM meta_batch
)
SELECT
    coalesce(max(seq) FILTER (WHERE known_on <= $day::DATE), 0) AS last_seq,
    count(*) FILTER (WHERE known_on > $day::DATE) AS since,
    min(known_on) AS first_day,
    max(known_on) AS last_day
FROM timed;
