-- One row a vehicle × lot × run of days of a setting's membership (admitted, suspended, withdrawn), newest first.
SELECT m.vehicle_id, v.vehicle_name, m.lot, m.status, m.first_day, m.last_day
FROM mart_membership AS m
JOIN stg_vehicle AS v ON v.vehicle_id = m.vehicle_id
WHERE m.urn = $urn
ORDER BY m.first_day DESC, m.vehicle_id, m.lot;
