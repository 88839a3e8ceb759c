-- One row a child of whom nothing is left: the plan ceased before $before, every placement goes (gone_placement), and no case, reply or outcome is
-- open or later than that.
SELECT child_id
FROM (
    SELECT r.child_id, coalesce(r.plan_ceased, CASE WHEN NOT r.is_current THEN b.loaded_at::DATE END) AS ended_on
    FROM raw_plans AS r
    JOIN meta_batch AS b ON b.batch_id = r.batch_id
    QUALIFY row_number() OVER (PARTITION BY r.child_id ORDER BY r.is_current DESC, r.seq DESC, r.row_number DESC) = 1
)
WHERE ended_on < $before::DATE
    AND child_id NOT IN (SELECT child_id FROM raw_placements WHERE placement_id NOT IN (SELECT placement_id FROM gone_placement))
    AND child_id NOT IN (SELECT child_id FROM raw_cases WHERE is_current AND (status = 'open' OR opened_on >= $before::DATE))
    AND child_id NOT IN (SELECT child_id FROM raw_consultations WHERE is_current AND coalesce(replied_on, sent_on) >= $before::DATE)
    AND child_id NOT IN (SELECT child_id FROM raw_outcomes WHERE is_current AND period_end >= $before::DATE);
