-- One row a setting with a return up to $as_at that says how many places are free: its latest.
SELECT urn, return_date, vacancies, vacancies_september
FROM stg_return
WHERE return_date <= $as_at::DATE AND vacancies IS NOT NULL
QUALIFY row_number() OVER (PARTITION BY urn ORDER BY return_date DESC) = 1
ORDER BY urn;
