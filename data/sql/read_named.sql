-- One row a URN of $urns that is a setting or in the wider register: its name, town and day of closing.
SELECT u.urn, coalesce(s.setting_name, g.register_name) AS name, g.town, coalesce(s.closed, g.closed) AS closed
FROM (SELECT DISTINCT unnest($urns::VARCHAR[]) AS urn) AS u
LEFT JOIN stg_setting AS s ON s.urn = u.urn
LEFT JOIN stg_register AS g ON g.urn = u.urn
WHERE coalesce(s.urn, g.urn) IS NOT NULL
ORDER BY u.urn;
