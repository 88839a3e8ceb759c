-- One row a reply of a setting (of $urn, or of every one where it is null), the newest first; is_latest: no later one of that setting was recorded.
SELECT r.*, row_number() OVER (PARTITION BY r.urn ORDER BY r.number DESC) = 1 AS is_latest, s.setting_name
FROM setting_reply AS r
LEFT JOIN stg_setting AS s ON s.urn = r.urn
WHERE $urn::VARCHAR IS NULL OR r.urn = $urn::VARCHAR
ORDER BY r.recorded_at DESC, r.urn, r.number DESC;
