-- One row a month × value of $dimension from $from_month to $to_month, of the costs that pass the filters; phase is the child's in that month.
WITH picked AS (
    SELECT c.month, c.fy, c.ay, c.part_year_gbp,
        CASE $dimension
            WHEN 'need' THEN c.primary_need
            WHEN 'phase' THEN c.phase
            WHEN 'residence_group' THEN c.residence_group
            WHEN 'setting_type' THEN s.setting_type
            WHEN 'setting' THEN c.urn
            WHEN 'provider_group' THEN coalesce(s.provider_group, 'not_recorded')
            WHEN 'area' THEN coalesce(c.area, 'not_recorded')
            WHEN 'funder' THEN c.funder
            WHEN 'component' THEN c.component
            WHEN 'purchase_type' THEN coalesce(c.purchase_type, 'not_recorded')
            WHEN 'compliance' THEN c.compliance
            WHEN 'total' THEN 'total'
            ELSE error('There is no dimension ' || $dimension || '.')
        END AS value, s.setting_name
    FROM mart_cost_month AS c
    JOIN stg_setting AS s ON s.urn = c.urn
    WHERE ($need::VARCHAR[] IS NULL OR list_contains($need::VARCHAR[], coalesce(c.primary_need, 'not_recorded')))
        AND ($phase::VARCHAR[] IS NULL OR list_contains($phase::VARCHAR[], c.phase))
        AND ($residence_group::VARCHAR[] IS NULL OR list_contains($residence_group::VARCHAR[], c.residence_group))
        AND ($setting_type::VARCHAR[] IS NULL OR list_contains($setting_type::VARCHAR[], s.setting_type))
        AND ($urn::VARCHAR[] IS NULL OR list_contains($urn::VARCHAR[], c.urn))
        AND ($provider_group::VARCHAR[] IS NULL OR list_contains($provider_group::VARCHAR[], coalesce(s.provider_group, 'not_recorded')))
        AND ($area::VARCHAR[] IS NULL OR list_contains($area::VARCHAR[], coalesce(c.area, 'not_recorded')))
        AND ($funder::VARCHAR[] IS NULL OR list_contains($funder::VARCHAR[], c.funder))
        AND ($component::VARCHAR[] IS NULL OR list_contains($component::VARCHAR[], c.component))
        AND ($purchase_type::VARCHAR[] IS NULL OR list_contains($purchase_type::VARCHAR[], coalesce(c.purchase_type, 'not_recorded')))
        AND ($compliance::VARCHAR[] IS NULL OR list_contains($compliance::VARCHAR[], c.compliance))
        AND c.month BETWEEN $from_month::DATE AND $to_month::DATE
)
SELECT g.month, g.fy, g.ay, g.value,
    coalesce(any_value(l.label), CASE WHEN $dimension = 'setting' THEN any_value(g.setting_name) END, g.value) AS label,
    sum(g.part_year_gbp)::DOUBLE AS cost_gbp
FROM picked AS g
LEFT JOIN ref_labels AS l ON l.dimension IN ($dimension, 'any') AND l.value = g.value
GROUP BY g.month, g.fy, g.ay, g.value
ORDER BY g.month, cost_gbp DESC, g.value;
