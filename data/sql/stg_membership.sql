-- One row a vehicle × lot × setting × run of days: admitted, suspended or withdrawn, cut to the days on which the vehicle runs.
-- Begins on the day decided (else applied); a later suspension or withdrawal ends it the day before, a later admission begins it anew. An earlier
-- version of the same application that was admitted counts until the version that suspends or withdraws it; any other earlier version was a slip.
CREATE OR REPLACE VIEW stg_membership AS
WITH withdrawn AS (SELECT batch_id FROM meta_batch WHERE withdrawn_by IS NOT NULL),
latest AS (
    SELECT * EXCLUDE (seq, row_number)
    FROM raw_members
    WHERE is_current OR batch_id NOT IN (SELECT batch_id FROM withdrawn)
    QUALIFY row_number() OVER (PARTITION BY vehicle_id, lot, urn, applied_on, status ORDER BY is_current DESC, seq DESC, row_number DESC) = 1
),
counted AS (
    SELECT o.vehicle_id, o.lot, o.urn, o.status, o.applied_on, coalesce(o.decided_on, o.applied_on) AS day
    FROM latest AS o
    JOIN raw_members AS n ON n.is_current AND n.vehicle_id = o.vehicle_id AND n.lot = o.lot AND n.urn = o.urn AND n.applied_on = o.applied_on
    WHERE o.status IN ('admitted', 'suspended', 'withdrawn')
        AND (o.is_current OR (o.status IN ('admitted', 'suspended') AND n.status IN ('suspended', 'withdrawn')))
),
event AS (
    SELECT *
    FROM counted
    QUALIFY row_number() OVER (PARTITION BY vehicle_id, lot, urn, day ORDER BY applied_on DESC, status <> 'admitted' DESC, status DESC) = 1
),
run AS (
    SELECT *, day AS first_day, coalesce(lead(day) OVER w - 1, DATE '9999-12-31') AS last_day,
        bool_or(status = 'admitted') OVER (w ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW) AS was_admitted
    FROM event
    WINDOW w AS (PARTITION BY vehicle_id, lot, urn ORDER BY day)
)
SELECT r.vehicle_id, r.lot, r.urn, greatest(r.first_day, v.starts) AS first_day, least(r.last_day, v.last_day) AS last_day, r.status
FROM run AS r
JOIN stg_vehicle AS v ON v.vehicle_id = r.vehicle_id
WHERE r.was_admitted AND greatest(r.first_day, v.starts) <= least(r.last_day, v.last_day);
