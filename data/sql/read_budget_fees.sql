-- One row a fee line: its full-year cost, how it spreads over the year, its purse and the days it is agreed for, whatever day the child left. last_day empty: it runs on.
SELECT f.placement_id, purse_of(f.funder, f.component) AS purse,
    (f.amount_gbp * u.units_per_year::INT)::DOUBLE AS full_year_gbp, u.spread, greatest(f.valid_from, p.entry_date) AS first_day, f.valid_to AS last_day
FROM stg_fee AS f
JOIN stg_placement AS p ON p.placement_id = f.placement_id
JOIN ref_units_per_year AS u ON u.unit = f.unit AND u.residence = p.residence
WHERE greatest(f.valid_from, p.entry_date) <= least(f.last_day, p.last_day)
ORDER BY f.placement_id, first_day, purse;
