-- One row a contract of a setting, newest first.
SELECT c.*, v.vehicle_name
FROM stg_contract AS c
LEFT JOIN stg_vehicle AS v ON v.vehicle_id = c.vehicle_id
WHERE c.urn = $urn
ORDER BY c.starts DESC, c.contract_id;
