-- One row an establishment, of the settings or else the wider register, whose name, town or postcode holds every word of $words; at most $most.
WITH every AS (
    SELECT urn, setting_name AS name, NULL AS town, postcode, closed, true AS own FROM stg_setting
    UNION ALL
    SELECT urn, register_name, town, postcode, closed, false FROM stg_register WHERE urn NOT IN (SELECT urn FROM stg_setting)
)
SELECT urn, name, town, postcode, closed, own
FROM every
WHERE list_bool_and(list_transform(string_split(lower($words), ' '), lambda w: contains(lower(concat_ws(' ', name, town, postcode, urn)), w)))
ORDER BY own DESC, closed IS NOT NULL, name, urn
LIMIT $most;
