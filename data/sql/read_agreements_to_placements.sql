-- One row a component of fee lines valid on $as_at: lines and £ a year of all, of those that count (the placement is open), and of those that do not, by why.
SELECT f.component,
    count(*) AS agreed_count, CAST(sum(gbp) AS DOUBLE) AS agreed_gbp,
    count(*) FILTER (p.last_day < $as_at) AS ended_count, CAST(coalesce(sum(gbp) FILTER (p.last_day < $as_at), 0) AS DOUBLE) AS ended_gbp,
    count(*) FILTER (p.entry_date > $as_at) AS to_begin_count, CAST(coalesce(sum(gbp) FILTER (p.entry_date > $as_at), 0) AS DOUBLE) AS to_begin_gbp,
    count(*) FILTER (p.placement_id IS NULL) AS unknown_count, CAST(coalesce(sum(gbp) FILTER (p.placement_id IS NULL), 0) AS DOUBLE) AS unknown_gbp,
    any_value(coalesce(c.lines, 0)) AS counted_count, CAST(any_value(coalesce(c.gbp_year, 0)) AS DOUBLE) AS counted_gbp
FROM (
    SELECT f.*, f.amount_gbp * u.units_per_year::INT AS gbp
    FROM stg_fee AS f LEFT JOIN stg_placement AS q USING (placement_id)
    JOIN ref_units_per_year AS u ON u.unit = f.unit AND u.residence = coalesce(q.residence, 'day')
    WHERE f.valid_from <= $as_at AND f.last_day >= $as_at
) AS f
LEFT JOIN stg_placement AS p USING (placement_id)
LEFT JOIN (
    SELECT component, count(*) AS lines, sum(full_year_gbp) AS gbp_year FROM mart_fee WHERE first_day <= $as_at AND last_day >= $as_at GROUP BY component
) AS c ON c.component = f.component
GROUP BY f.component
ORDER BY list_position(['core', 'one_to_one', 'therapy', 'residential', 'transport', 'other'], f.component);
