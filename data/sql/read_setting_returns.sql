-- One row a return of a setting, newest first.
SELECT *
FROM stg_return
WHERE urn = $urn
ORDER BY return_date DESC;
