-- One row a placement open on $as_at: needs, academic age and phase that day, full-year equivalent by component and by purse, and benchmark
-- cost: every component but transport, every purse, with DfE place funding where no dfe_place line carries it.
WITH placed AS (
    SELECT *, academic_age_on(birth_month, $as_at::DATE) AS academic_age
    FROM mart_placement
    WHERE entry_date <= $as_at::DATE AND coalesce(leaving_date, DATE '9999-12-31') >= $as_at::DATE
),
fee AS (
    SELECT placement_id, sum(full_year_gbp) AS fye_gbp,
        sum(full_year_gbp) FILTER (component = 'core') AS core_gbp,
        sum(full_year_gbp) FILTER (component = 'one_to_one') AS one_to_one_gbp,
        sum(full_year_gbp) FILTER (component = 'therapy') AS therapy_gbp,
        sum(full_year_gbp) FILTER (component = 'residential') AS residential_gbp,
        sum(full_year_gbp) FILTER (component = 'transport') AS transport_gbp,
        sum(full_year_gbp) FILTER (component = 'other') AS other_gbp,
        sum(full_year_gbp) FILTER (funder = 'education') AS education_gbp,
        sum(full_year_gbp) FILTER (funder = 'social_care') AS social_care_gbp,
        sum(full_year_gbp) FILTER (funder = 'health') AS health_gbp,
        sum(full_year_gbp) FILTER (funder = 'dfe_place') AS dfe_place_gbp,
        count(*) FILTER (component <> 'transport' AND funder <> 'dfe_place') AS priced_lines,
        count(*) FILTER (funder = 'dfe_place') AS dfe_place_lines
    FROM mart_fee
    WHERE first_day <= $as_at::DATE AND last_day >= $as_at::DATE
    GROUP BY placement_id
),
funded AS (
    SELECT p.*, f.* EXCLUDE (placement_id),
        CASE WHEN coalesce(f.dfe_place_lines, 0) = 0 THEN coalesce(g.gbp, 0) ELSE 0 END AS place_funding_gbp
    FROM placed AS p
    LEFT JOIN fee AS f ON f.placement_id = p.placement_id
    LEFT JOIN place_funding_on($as_at::DATE) AS g ON g.setting_type = p.setting_type
)
SELECT * EXCLUDE (priced_lines, dfe_place_lines) REPLACE (
        coalesce(fye_gbp, 0)::DOUBLE AS fye_gbp, coalesce(core_gbp, 0)::DOUBLE AS core_gbp, coalesce(one_to_one_gbp, 0)::DOUBLE AS one_to_one_gbp,
        coalesce(therapy_gbp, 0)::DOUBLE AS therapy_gbp, coalesce(residential_gbp, 0)::DOUBLE AS residential_gbp,
        coalesce(transport_gbp, 0)::DOUBLE AS transport_gbp, coalesce(other_gbp, 0)::DOUBLE AS other_gbp,
        coalesce(education_gbp, 0)::DOUBLE AS education_gbp, coalesce(social_care_gbp, 0)::DOUBLE AS social_care_gbp,
        coalesce(health_gbp, 0)::DOUBLE AS health_gbp, coalesce(dfe_place_gbp, 0)::DOUBLE AS dfe_place_gbp,
        place_funding_gbp::DOUBLE AS place_funding_gbp
    ),
    phase_of(academic_age) AS phase,
    CASE WHEN priced_lines > 0 THEN (fye_gbp - coalesce(transport_gbp, 0) + place_funding_gbp)::DOUBLE END AS benchmark_gbp
FROM funded
ORDER BY placement_id;
