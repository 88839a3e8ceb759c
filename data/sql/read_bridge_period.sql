-- One row a child at a setting in the period × part of the cost × spread of its fees (both empty where no fee of the period passes the filters):
-- cost in pence of $first_day to $last_day, and the time for which the place was open then, as shares of a year: by days, by terms and by school days.
-- A placement is open from its first agreed day to its last. Need, phase and residence are those of its last day in the period. With $is_snapshot the
-- period is one day, the cost full-year equivalent, and the time one whole year.
WITH agreed AS (
    SELECT placement_id, min(first_day) AS first_day, max(last_day) AS last_day
    FROM mart_fee
    GROUP BY placement_id
),
-- The period is cut at 1 September, where phases change.
part AS (
    SELECT academic_year, min(day) AS first_day, max(day) AS last_day
    FROM mart_day
    WHERE day BETWEEN $first_day::DATE AND $last_day::DATE
    GROUP BY academic_year
),
aged AS (
    SELECT p.placement_id, p.child_id, p.urn, p.setting_name, p.primary_need, p.residence, p.entry_date, p.leaving_date, c.compliance,
        greatest(a.first_day, t.first_day, c.first_day) AS first_day, least(a.last_day, t.last_day, c.last_day) AS last_day,
        t.academic_year - birth_ay_of(p.birth_month) AS academic_age
    FROM mart_placement AS p
    JOIN agreed AS a ON a.placement_id = p.placement_id
    JOIN part AS t ON t.first_day <= a.last_day AND t.last_day >= a.first_day
    JOIN mart_compliance AS c ON c.placement_id = p.placement_id AND c.first_day <= least(a.last_day, t.last_day)
        AND c.last_day >= greatest(a.first_day, t.first_day)
    WHERE ($need::VARCHAR[] IS NULL OR list_contains($need::VARCHAR[], coalesce(p.primary_need, 'not_recorded')))
        AND ($residence_group::VARCHAR[] IS NULL OR list_contains($residence_group::VARCHAR[], p.residence_group))
        AND ($setting_type::VARCHAR[] IS NULL OR list_contains($setting_type::VARCHAR[], p.setting_type))
        AND ($urn::VARCHAR[] IS NULL OR list_contains($urn::VARCHAR[], p.urn))
        AND ($provider_group::VARCHAR[] IS NULL OR list_contains($provider_group::VARCHAR[], coalesce(p.provider_group, 'not_recorded')))
        AND ($area::VARCHAR[] IS NULL OR list_contains($area::VARCHAR[], coalesce(p.area, 'not_recorded')))
        AND ($purchase_type::VARCHAR[] IS NULL OR list_contains($purchase_type::VARCHAR[], coalesce(p.purchase_type, 'not_recorded')))
        AND ($compliance::VARCHAR[] IS NULL OR list_contains($compliance::VARCHAR[], c.compliance))
),
piece AS (
    SELECT *, phase_of(academic_age) AS phase
    FROM aged
    WHERE $phase::VARCHAR[] IS NULL
        OR list_contains($phase::VARCHAR[], phase_of(academic_age))
),
opened AS (
    SELECT k.child_id, k.urn, any_value(k.setting_name) AS setting_name, string_agg(DISTINCT k.placement_id, '; ' ORDER BY k.placement_id) AS placements,
        coalesce(any_value(k.primary_need), 'not_recorded') AS need, arg_max(k.phase, k.last_day) AS phase, arg_max(k.residence, k.last_day) AS residence,
        min(k.entry_date) AS entry_date, arg_max_null(k.leaving_date, k.last_day) AS leaving_date,
        CASE WHEN $is_snapshot THEN 1 ELSE sum(through.cum_years - before.cum_years) END AS years,
        CASE WHEN $is_snapshot THEN 1 ELSE sum(through.cum_terms - before.cum_terms) / 3 END AS years_by_terms,
        CASE WHEN $is_snapshot THEN 1 ELSE sum(through.cum_school_days - before.cum_school_days) / 190 END AS years_by_school_days
    FROM piece AS k
    JOIN mart_day AS before ON before.day = k.first_day - 1
    JOIN mart_day AS through ON through.day = k.last_day
    GROUP BY k.child_id, k.urn
),
counted AS (
    SELECT k.child_id, k.urn, f.component, f.amount_gbp, f.full_year_gbp,
        CASE f.spread WHEN 'even' THEN 'days' WHEN 'term' THEN 'terms' ELSE 'school_days' END AS spread,
        units_of(
            f.spread, f.units_per_year, before.cum_years - origin.cum_years, before.cum_terms - origin.cum_terms, before.cum_school_days - origin.cum_school_days
        ) AS units_before,
        units_of(
            f.spread, f.units_per_year, through.cum_years - origin.cum_years, through.cum_terms - origin.cum_terms, through.cum_school_days - origin.cum_school_days
        ) AS units_through
    FROM piece AS k
    JOIN mart_fee AS f ON f.placement_id = k.placement_id AND f.first_day <= k.last_day AND f.last_day >= k.first_day
    JOIN mart_day AS origin ON origin.day = f.first_day - 1
    JOIN mart_day AS before ON before.day = greatest(f.first_day, k.first_day) - 1
    JOIN mart_day AS through ON through.day = least(f.last_day, k.last_day)
    WHERE ($funder::VARCHAR[] IS NULL OR list_contains($funder::VARCHAR[], f.funder))
        AND ($component::VARCHAR[] IS NULL OR list_contains($component::VARCHAR[], f.component))
),
priced AS (
    SELECT child_id, urn, component, spread,
        (100 * sum(CASE WHEN $is_snapshot THEN full_year_gbp
            ELSE round((amount_gbp * units_through)::DECIMAL(18, 6), 2) - round((amount_gbp * units_before)::DECIMAL(18, 6), 2) END))::BIGINT AS cost_pence
    FROM counted
    GROUP BY ALL
)
SELECT o.*, c.component, c.spread, coalesce(c.cost_pence, 0) AS cost_pence
FROM opened AS o
LEFT JOIN priced AS c ON c.child_id = o.child_id AND c.urn = o.urn
ORDER BY o.child_id, o.urn, c.component, c.spread;
