-- One row a year × value of $dimension, without filters: as read_cost_by answers, from the totals made with the marts.
SELECT t.year, t.value, coalesce(l.label, CASE WHEN $dimension = 'setting' THEN s.setting_name END, t.value) AS label, t.cost_gbp::DOUBLE AS cost_gbp,
    t.fye_gbp::DOUBLE AS fye_gbp, t.placements, t.children, t.place_years
FROM total_cost_year AS t
LEFT JOIN (SELECT value, any_value(label) AS label FROM ref_labels WHERE dimension IN ($dimension, 'any') GROUP BY value) AS l ON l.value = t.value
LEFT JOIN stg_setting AS s ON s.urn = t.value
WHERE t.year_kind = $year_kind AND t.dimension = $dimension AND list_contains($years::INT[], t.year)
ORDER BY t.year, t.cost_gbp DESC, t.value;
