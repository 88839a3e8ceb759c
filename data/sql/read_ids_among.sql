-- One row at most: whether any of $words is the id of a child, a placement or a case, whatever its case.
SELECT 1 AS found
WHERE EXISTS (FROM raw_plans WHERE list_contains($words::VARCHAR[], upper(child_id)))
    OR EXISTS (FROM raw_placements WHERE list_contains($words::VARCHAR[], upper(placement_id)) OR list_contains($words::VARCHAR[], upper(child_id)))
    OR EXISTS (FROM raw_cases WHERE list_contains($words::VARCHAR[], upper(case_id)));
