-- One row a standing to the vehicles × reason of the placements open at a setting on $as_at: how many, and their full-year cost.
WITH fee AS (
    SELECT placement_id, sum(full_year_gbp) AS fye_gbp
    FROM mart_fee
    WHERE first_day <= $as_at::DATE AND last_day >= $as_at::DATE
    GROUP BY placement_id
)
SELECT c.compliance, any_value(l.label) AS label, c.reason, count(*) AS placements, coalesce(sum(f.fye_gbp), 0)::DOUBLE AS fye_gbp
FROM mart_compliance AS c
LEFT JOIN fee AS f ON f.placement_id = c.placement_id
LEFT JOIN ref_labels AS l ON l.dimension = 'compliance' AND l.value = c.compliance
WHERE c.urn = $urn AND $as_at::DATE BETWEEN c.first_day AND c.last_day
GROUP BY c.compliance, c.reason
ORDER BY placements DESC, c.compliance, c.reason;
