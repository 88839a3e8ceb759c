-- One row a judgement of a setting, newest first.
SELECT framework, area, grade, inspected_on
FROM stg_inspection
WHERE urn = $urn
ORDER BY inspected_on DESC, framework, area;
