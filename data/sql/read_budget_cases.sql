-- One row an open case that may become a placement by $until: what kind, and when a place is wanted.
SELECT case_id, kind, opened_on, coalesce(target_start, due_on) AS wanted_on
FROM stg_case
WHERE status = 'open' AND coalesce(target_start, due_on) BETWEEN $since AND $until
ORDER BY wanted_on, case_id;
