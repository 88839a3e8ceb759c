-- One row a return of a setting up to $as_at, newest first.
SELECT *
FROM stg_return
WHERE urn = $urn AND return_date <= $as_at::DATE
ORDER BY return_date DESC;
