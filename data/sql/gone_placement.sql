-- One row a placement that ended before $before: as its version in use says, or, where none is in use, the latest one (at the latest when it was loaded).
SELECT placement_id, child_id, urn, entry_date, ended_on, is_current
FROM (
    SELECT r.*, coalesce(r.leaving_date, CASE WHEN NOT r.is_current THEN b.loaded_at::DATE END) AS ended_on
    FROM raw_placements AS r
    JOIN meta_batch AS b ON b.batch_id = r.batch_id
    QUALIFY row_number() OVER (PARTITION BY r.placement_id ORDER BY r.is_current DESC, r.seq DESC, r.row_number DESC) = 1
)
WHERE ended_on < $before::DATE;
