-- One row an application of a setting to a vehicle's lot, newest first.
SELECT m.vehicle_id, v.vehicle_name, m.lot, m.applied_on, m.decided_on, m.status, m.quality_score, v.starts, v.last_day
FROM stg_member AS m
LEFT JOIN stg_vehicle AS v ON v.vehicle_id = m.vehicle_id
WHERE m.urn = $urn
ORDER BY m.applied_on DESC, m.vehicle_id, m.lot;
