-- One row a year × value of $dimension, of the placements and fees that pass the filters (each a list, or null for no filter):
-- part-year cost, full-year equivalent on the year's last day, placements and children ever in the year, and years of place.
WITH picked AS (
    SELECT c.year, c.placement_id, p.child_id, c.phase, c.compliance, c.days_open, c.part_year_gbp, c.fye_gbp,
        CASE $dimension
            WHEN 'need' THEN p.primary_need
            WHEN 'phase' THEN c.phase
            WHEN 'residence_group' THEN p.residence_group
            WHEN 'setting_type' THEN p.setting_type
            WHEN 'setting' THEN p.urn
            WHEN 'provider_group' THEN coalesce(p.provider_group, 'not_recorded')
            WHEN 'area' THEN coalesce(p.area, 'not_recorded')
            WHEN 'funder' THEN c.funder
            WHEN 'component' THEN c.component
            WHEN 'purchase_type' THEN coalesce(p.purchase_type, 'not_recorded')
            WHEN 'compliance' THEN c.compliance
            WHEN 'total' THEN 'total'
            ELSE error('There is no dimension ' || $dimension || '.')
        END AS value,
        CASE c.year_kind WHEN 'FY' THEN date_diff('day', make_date(c.year, 4, 1), make_date(c.year + 1, 4, 1))
            ELSE date_diff('day', make_date(c.year, 9, 1), make_date(c.year + 1, 9, 1)) END AS days_of_year,
        p.setting_name
    FROM mart_placement_cost AS c
    JOIN mart_placement AS p ON p.placement_id = c.placement_id
    WHERE ($need::VARCHAR[] IS NULL OR list_contains($need::VARCHAR[], coalesce(p.primary_need, 'not_recorded')))
        AND ($phase::VARCHAR[] IS NULL OR list_contains($phase::VARCHAR[], c.phase))
        AND ($residence_group::VARCHAR[] IS NULL OR list_contains($residence_group::VARCHAR[], p.residence_group))
        AND ($setting_type::VARCHAR[] IS NULL OR list_contains($setting_type::VARCHAR[], p.setting_type))
        AND ($urn::VARCHAR[] IS NULL OR list_contains($urn::VARCHAR[], p.urn))
        AND ($provider_group::VARCHAR[] IS NULL OR list_contains($provider_group::VARCHAR[], coalesce(p.provider_group, 'not_recorded')))
        AND ($area::VARCHAR[] IS NULL OR list_contains($area::VARCHAR[], coalesce(p.area, 'not_recorded')))
        AND ($funder::VARCHAR[] IS NULL OR list_contains($funder::VARCHAR[], c.funder))
        AND ($component::VARCHAR[] IS NULL OR list_contains($component::VARCHAR[], c.component))
        AND ($purchase_type::VARCHAR[] IS NULL OR list_contains($purchase_type::VARCHAR[], coalesce(p.purchase_type, 'not_recorded')))
        AND ($compliance::VARCHAR[] IS NULL OR list_contains($compliance::VARCHAR[], c.compliance))
        AND c.year_kind = $year_kind AND list_contains($years::INT[], c.year)
),
phased AS (
    SELECT year, value, placement_id, child_id, phase, compliance, sum(part_year_gbp) AS cost_gbp, sum(fye_gbp) AS fye_gbp, max(days_open / days_of_year) AS place_years,
        any_value(setting_name) AS setting_name
    FROM picked
    GROUP BY ALL
),
placed AS (
    SELECT year, value, placement_id, child_id, sum(cost_gbp) AS cost_gbp, sum(fye_gbp) AS fye_gbp, sum(place_years) AS place_years,
        any_value(setting_name) AS setting_name
    FROM phased
    GROUP BY ALL
)
SELECT g.year, g.value,
    coalesce(any_value(l.label), CASE WHEN $dimension = 'setting' THEN any_value(g.setting_name) END, g.value) AS label,
    sum(g.cost_gbp)::DOUBLE AS cost_gbp, sum(g.fye_gbp)::DOUBLE AS fye_gbp, count(*) AS placements, count(DISTINCT g.child_id) AS children,
    sum(g.place_years) AS place_years
FROM placed AS g
LEFT JOIN ref_labels AS l ON l.dimension IN ($dimension, 'any') AND l.value = g.value
GROUP BY g.year, g.value
ORDER BY g.year, cost_gbp DESC, g.value;
