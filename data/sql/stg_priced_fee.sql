-- One row a fee line that ever counts: its days are those on which it is valid and its placement open (both ends inclusive).
CREATE OR REPLACE VIEW stg_priced_fee AS
SELECT f.placement_id, f.component, f.funder, f.amount_gbp, f.vat_gbp, u.spread, u.units_per_year::INT AS units_per_year,
    f.amount_gbp * u.units_per_year::INT AS full_year_gbp, greatest(f.valid_from, p.entry_date, DATE '1990-10-01') AS first_day,
    least(f.last_day, p.last_day) AS last_day
FROM stg_fee AS f
JOIN stg_placement AS p ON p.placement_id = f.placement_id
JOIN ref_units_per_year AS u ON u.unit = f.unit AND u.residence = p.residence
WHERE greatest(f.valid_from, p.entry_date, DATE '1990-10-01') <= least(f.last_day, p.last_day);
