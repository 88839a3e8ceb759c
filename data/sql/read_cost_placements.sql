-- One row a placement with cost in a year, of the placements and fees that pass the filters: part-year cost by component. Child level.
WITH picked AS (
    SELECT c.placement_id, c.component, c.part_year_gbp, c.days_open, c.phase, c.compliance
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
        AND c.year_kind = $year_kind AND c.year = $year
),
phased AS (
    SELECT placement_id, phase, compliance, max(days_open) AS days_open FROM picked GROUP BY ALL
),
opened AS (
    SELECT placement_id, arg_max(phase, list_position(['primary', 'secondary', 'post16'], phase)) AS phase, sum(days_open)::INT AS days_open, string_agg(DISTINCT compliance, ';' ORDER BY compliance) AS compliance
    FROM phased
    GROUP BY placement_id
),
summed AS (
    SELECT placement_id, sum(part_year_gbp) AS cost_gbp,
        coalesce(sum(part_year_gbp) FILTER (component = 'core'), 0) AS core_gbp,
        coalesce(sum(part_year_gbp) FILTER (component = 'one_to_one'), 0) AS one_to_one_gbp,
        coalesce(sum(part_year_gbp) FILTER (component = 'therapy'), 0) AS therapy_gbp,
        coalesce(sum(part_year_gbp) FILTER (component = 'residential'), 0) AS residential_gbp,
        coalesce(sum(part_year_gbp) FILTER (component = 'transport'), 0) AS transport_gbp,
        coalesce(sum(part_year_gbp) FILTER (component = 'other'), 0) AS other_gbp
    FROM picked
    GROUP BY placement_id
)
SELECT s.placement_id, p.child_id, p.urn, p.setting_name, p.primary_need, o.phase, p.residence, p.area, p.entry_date, p.leaving_date, o.days_open,
    o.compliance, s.core_gbp::DOUBLE AS core_gbp, s.one_to_one_gbp::DOUBLE AS one_to_one_gbp, s.therapy_gbp::DOUBLE AS therapy_gbp,
    s.residential_gbp::DOUBLE AS residential_gbp, s.transport_gbp::DOUBLE AS transport_gbp, s.other_gbp::DOUBLE AS other_gbp,
    s.cost_gbp::DOUBLE AS cost_gbp
FROM summed AS s
JOIN opened AS o ON o.placement_id = s.placement_id
JOIN mart_placement AS p ON p.placement_id = s.placement_id
ORDER BY s.cost_gbp DESC, s.placement_id;
