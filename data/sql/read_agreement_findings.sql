-- One row a finding on $as_at × placement (or fee line, where one line is at fault): code, the line, and £ a year at full-year equivalent.
-- Independent: ISS, NMSS and SPI. contracts_price_differs: fee less price; agreements_gap: the earlier line's cost for the days that it leaves out.
WITH line AS (
    SELECT f.placement_id, f.component, f.funder, f.valid_from, f.last_day, f.valid_to, f.amount_gbp * u.units_per_year::INT AS full_year_gbp,
        p.placement_id IS NOT NULL AS is_placed, p.entry_date, p.last_day AS leaves, p.urn,
        row_number() OVER (PARTITION BY f.placement_id, f.component, f.funder ORDER BY f.valid_from DESC) AS from_newest,
        lead(f.valid_from) OVER (PARTITION BY f.placement_id, f.component, f.funder ORDER BY f.valid_from) AS next_from
    FROM stg_fee AS f
    LEFT JOIN stg_placement AS p USING (placement_id)
    JOIN ref_units_per_year AS u ON u.unit = f.unit AND u.residence = coalesce(p.residence, 'day')
),
valid AS (
    SELECT * FROM line WHERE valid_from <= $as_at AND last_day >= $as_at
),
counted AS (
    SELECT placement_id, sum(full_year_gbp) AS full_year_gbp, sum(full_year_gbp) FILTER (component = 'core') AS core_gbp,
        bool_or(component = 'residential') AS has_residential, bool_or(component <> 'transport') AS has_fee
    FROM valid WHERE is_placed AND entry_date <= $as_at AND leaves >= $as_at
    GROUP BY placement_id
),
open_now AS (
    SELECT p.*, s.setting_type IN ('ISS', 'NMSS', 'SPI') AS is_independent, coalesce(c.full_year_gbp, 0) AS full_year_gbp, c.core_gbp,
        coalesce(c.has_residential, false) AS has_residential, coalesce(c.has_fee, false) AS has_fee
    FROM stg_placement AS p
    LEFT JOIN stg_setting AS s USING (urn)
    LEFT JOIN counted AS c USING (placement_id)
    WHERE p.entry_date <= $as_at AND p.last_day >= $as_at
),
bought AS (
    SELECT o.*, c.contract_id IS NOT NULL AS is_known, c.urn AS contract_urn, c.starts, c.ends, c.price_gbp_per_place_year, c.kind,
        coalesce(c.max_places, c.guaranteed_places) AS most_places,
        row_number() OVER (PARTITION BY o.contract_id ORDER BY o.entry_date, o.placement_id) AS place
    FROM open_now AS o LEFT JOIN stg_contract AS c USING (contract_id)
    WHERE o.contract_id IS NOT NULL
),
found AS (
    SELECT 'agreements_after_leaving' AS code, placement_id, urn, component, valid_from AS first_day, valid_to AS last_day, full_year_gbp AS gbp
    FROM valid WHERE leaves < $as_at
    UNION ALL
    SELECT 'agreements_before_entry', placement_id, urn, component, valid_from, valid_to, full_year_gbp FROM valid WHERE entry_date > $as_at
    UNION ALL
    SELECT 'agreements_without_placement', placement_id, NULL, component, valid_from, valid_to, full_year_gbp FROM valid WHERE NOT is_placed
    UNION ALL
    SELECT 'agreements_core_missing', placement_id, urn, 'core', entry_date, leaving_date, full_year_gbp
    FROM open_now WHERE is_independent AND has_fee AND core_gbp IS NULL
    UNION ALL
    SELECT 'agreements_residential_missing', placement_id, urn, 'residential', entry_date, leaving_date, full_year_gbp
    FROM open_now WHERE residence <> 'day' AND has_fee AND NOT has_residential
    UNION ALL
    SELECT 'agreements_overlapping_now', placement_id, urn, component, valid_from, valid_to, full_year_gbp
    FROM (SELECT *, row_number() OVER (PARTITION BY placement_id, component, funder ORDER BY valid_from DESC) AS nth FROM valid
        WHERE is_placed AND entry_date <= $as_at AND leaves >= $as_at)
    WHERE nth > 1
    UNION ALL
    SELECT 'agreements_gap', placement_id, urn, component, last_day + 1, next_from - 1, full_year_gbp * (next_from - last_day - 1) / 365
    FROM line WHERE is_placed AND next_from > last_day + 1 AND last_day < least(leaves, $as_at) AND next_from <= leaves AND valid_from >= entry_date
    UNION ALL
    SELECT 'contracts_not_loaded', placement_id, urn, NULL, entry_date, leaving_date, full_year_gbp FROM bought WHERE NOT is_known
    UNION ALL
    SELECT 'contracts_block_unnamed', placement_id, urn, NULL, entry_date, leaving_date, full_year_gbp
    FROM open_now WHERE purchase_type = 'block' AND contract_id IS NULL
    UNION ALL
    SELECT 'contracts_other_setting', placement_id, urn, NULL, entry_date, leaving_date, full_year_gbp FROM bought WHERE contract_urn <> urn
    UNION ALL
    SELECT 'contracts_not_running', placement_id, urn, NULL, starts, ends, full_year_gbp FROM bought WHERE starts > $as_at OR ends < $as_at
    UNION ALL
    SELECT 'contracts_over_places', placement_id, urn, NULL, entry_date, leaving_date, full_year_gbp FROM bought WHERE place > most_places
    UNION ALL
    SELECT 'contracts_price_differs', placement_id, urn, 'core', entry_date, leaving_date, core_gbp - price_gbp_per_place_year
    FROM bought WHERE kind IN ('block', 'flexi_block') AND abs(core_gbp - price_gbp_per_place_year) >= 1
)
SELECT code, placement_id, urn, component, first_day, last_day, CAST(round(gbp, 2) AS DOUBLE) AS gbp FROM found ORDER BY code, placement_id, component, first_day;
