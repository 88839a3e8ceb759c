-- One row a month × value of $dimension from $from_month to $to_month, without filters: as read_cost_trend answers, from the totals made with the marts.
SELECT t.month, t.fy, t.ay, t.value, coalesce(l.label, CASE WHEN $dimension = 'setting' THEN s.setting_name END, t.value) AS label,
    t.cost_gbp::DOUBLE AS cost_gbp
FROM total_cost_month AS t
LEFT JOIN (SELECT value, any_value(label) AS label FROM ref_labels WHERE dimension IN ($dimension, 'any') GROUP BY value) AS l ON l.value = t.value
LEFT JOIN stg_setting AS s ON s.urn = t.value
WHERE t.dimension = $dimension AND t.month BETWEEN $from_month::DATE AND $to_month::DATE
ORDER BY t.month, t.cost_gbp DESC, t.value;
