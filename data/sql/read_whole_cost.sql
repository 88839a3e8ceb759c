-- One row a placement open on $as_at: setting, need, phase that day, straight-line miles between home and setting (null where either is not recorded),
-- and full-year cost that day by purse, transport apart; DfE place funding where no dfe_place line carries it. Child level.
WITH placed AS (
    SELECT *, academic_age_on(birth_month, $as_at::DATE) AS academic_age
    FROM mart_placement
    WHERE entry_date <= $as_at::DATE AND coalesce(leaving_date, DATE '9999-12-31') >= $as_at::DATE
),
fee AS (
    SELECT placement_id,
        sum(full_year_gbp) FILTER (component = 'transport') AS transport_gbp,
        sum(full_year_gbp) FILTER (component = 'core' AND funder <> 'dfe_place') AS core_gbp,
        sum(full_year_gbp) FILTER (component <> 'transport' AND funder = 'education') AS education_gbp,
        sum(full_year_gbp) FILTER (component <> 'transport' AND funder = 'social_care') AS social_care_gbp,
        sum(full_year_gbp) FILTER (component <> 'transport' AND funder = 'health') AS health_gbp,
        sum(full_year_gbp) FILTER (component <> 'transport' AND funder = 'dfe_place') AS dfe_place_gbp,
        count(*) FILTER (component <> 'transport' AND funder <> 'dfe_place') AS priced_lines,
        count(*) FILTER (funder = 'dfe_place') AS dfe_place_lines
    FROM mart_fee
    WHERE first_day <= $as_at::DATE AND last_day >= $as_at::DATE
    GROUP BY placement_id
)
SELECT p.placement_id, p.child_id, p.urn, p.setting_name, p.setting_type, p.provider_group, p.primary_need, p.support_band, p.residence, p.residence_group,
    p.area, p.purchase_type, p.academic_age, p.home_easting, p.home_northing,
    phase_of(academic_age) AS phase,
    sqrt((p.home_easting - s.easting) ** 2 + (p.home_northing - s.northing) ** 2) / 1609.344 AS miles,
    f.transport_gbp::DOUBLE AS transport_gbp,
    coalesce(f.core_gbp, 0)::DOUBLE AS core_gbp,
    coalesce(f.education_gbp, 0)::DOUBLE AS education_gbp, coalesce(f.social_care_gbp, 0)::DOUBLE AS social_care_gbp,
    coalesce(f.health_gbp, 0)::DOUBLE AS health_gbp,
    (coalesce(f.dfe_place_gbp, 0) + CASE WHEN coalesce(f.dfe_place_lines, 0) = 0 THEN coalesce(g.gbp, 0) ELSE 0 END)::DOUBLE AS place_gbp,
    coalesce(f.priced_lines, 0) > 0 AS priced
FROM placed AS p
JOIN stg_setting AS s ON s.urn = p.urn
LEFT JOIN fee AS f ON f.placement_id = p.placement_id
LEFT JOIN place_funding_on($as_at::DATE) AS g ON g.setting_type = p.setting_type
ORDER BY p.placement_id;
