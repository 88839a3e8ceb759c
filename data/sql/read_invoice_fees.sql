-- One row a fee line that the education budget pays to the setting (without transport): its first and last day as agreed, the last whatever day the
-- child left, and the days of its placement; none that begins after the child left. last_day empty: it runs on.
SELECT f.placement_id, p.urn, f.component, f.amount_gbp, f.unit, u.spread, u.units_per_year::INT AS units_per_year,
    (f.amount_gbp * u.units_per_year::INT)::DOUBLE AS full_year_gbp, greatest(f.valid_from, p.entry_date) AS first_day, f.valid_to AS last_day,
    p.entry_date, p.leaving_date
FROM stg_fee AS f
JOIN stg_placement AS p ON p.placement_id = f.placement_id
JOIN ref_units_per_year AS u ON u.unit = f.unit AND u.residence = p.residence
WHERE f.component <> 'transport' AND f.funder = 'education' AND greatest(f.valid_from, p.entry_date) <= least(f.last_day, p.last_day)
ORDER BY f.placement_id, first_day, f.component, f.amount_gbp;
