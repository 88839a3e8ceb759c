-- One row a kind of year (FY, AY) × year with cost or spend: both totals, and whether loaded fees cover it to its last day.
WITH cost AS (
    SELECT year_kind, year, cost_gbp::DOUBLE AS cost_gbp FROM total_cost_year WHERE dimension = 'total'
),
spend AS (
    SELECT 'FY' AS year_kind, fy AS year, sum(spend_gbp)::DOUBLE AS spend_gbp FROM total_spend_month GROUP BY ALL
    UNION ALL
    SELECT 'AY' AS year_kind, ay AS year, sum(spend_gbp)::DOUBLE AS spend_gbp FROM total_spend_month GROUP BY ALL
),
both_sides AS (
    SELECT year_kind, year, cost_gbp, spend_gbp,
        CASE year_kind WHEN 'FY' THEN make_date(year, 4, 1) ELSE make_date(year, 9, 1) END AS starts,
        CASE year_kind WHEN 'FY' THEN make_date(year + 1, 3, 31) ELSE make_date(year + 1, 8, 31) END AS ends
    FROM cost
    FULL JOIN spend USING (year_kind, year)
)
SELECT year_kind, year, starts, ends, cost_gbp, spend_gbp,
    coalesce(ends <= (SELECT least(max(last_day), current_date, (SELECT day FROM meta_known)) FROM stg_fee), false) AS complete
FROM both_sides
ORDER BY year_kind, year;
