-- One row a visit that stands, the latest first: to one setting ($urn), or to every one where $urn is null.
SELECT visit_id, urn, visited_on, visited_by, seen, follows, follow_by, recorded_by, recorded_at
FROM visit
WHERE taken_back_at IS NULL AND ($urn IS NULL OR urn = $urn)
ORDER BY visited_on DESC, recorded_at DESC, visit_id;
