-- One row a placement × month of financial year $fy: what the education budget pays its setting by agreement, without transport.
SELECT m.placement_id, p.urn, p.setting_name, m.month, sum(m.cost_gbp)::DOUBLE AS cost_gbp
FROM mart_placement_month AS m
JOIN mart_placement AS p ON p.placement_id = m.placement_id
WHERE m.fy = $fy AND m.in_fy AND m.component <> 'transport' AND m.funder = 'education'
GROUP BY ALL
ORDER BY m.placement_id, m.month;
