-- One row a placement of 52 weeks open at $as_at: its full-year cost by who pays, and whether health or social care pays a share.
SELECT p.placement_id, p.setting_name, p.primary_need, p.entry_date, sum(f.full_year_gbp)::DOUBLE AS full_year_gbp,
    coalesce(sum(f.full_year_gbp) FILTER (f.funder = 'health'), 0)::DOUBLE AS health_gbp,
    coalesce(sum(f.full_year_gbp) FILTER (f.funder = 'social_care'), 0)::DOUBLE AS social_care_gbp
FROM mart_placement AS p
JOIN mart_fee AS f ON f.placement_id = p.placement_id AND $as_at BETWEEN f.first_day AND f.last_day
WHERE p.residence = '52wk' AND p.entry_date <= $as_at AND coalesce(p.leaving_date >= $as_at, true)
GROUP BY ALL
ORDER BY full_year_gbp DESC, p.placement_id;
