-- One row: headline numbers of the financial year of $as_at. Cost to date is priced to the day, as the sum of months is; last year's to date ends
-- on the same day a year before. Full-year cost that day also of the places
-- that are bought (at settings within procurement), of those on a vehicle, and of those unexplained.
WITH day AS (
    SELECT $as_at::DATE AS as_at, ($as_at::DATE - INTERVAL 1 YEAR)::DATE AS year_ago, year($as_at::DATE) - (month($as_at::DATE) < 4)::INT AS fy
),
span AS (
    SELECT unnest(['this', 'last']) AS which, unnest([make_date(fy, 4, 1), make_date(fy - 1, 4, 1)]) AS year_starts,
        unnest([date_trunc('month', as_at)::DATE, date_trunc('month', year_ago)::DATE]) AS starts, unnest([as_at, year_ago]) AS ends
    FROM day
),
counted AS (
    SELECT s.which, f.amount_gbp,
        units_of(
            f.spread, f.units_per_year, before.cum_years - origin.cum_years, before.cum_terms - origin.cum_terms, before.cum_school_days - origin.cum_school_days
        ) AS units_before,
        units_of(
            f.spread, f.units_per_year, through.cum_years - origin.cum_years, through.cum_terms - origin.cum_terms, through.cum_school_days - origin.cum_school_days
        ) AS units_through
    FROM span AS s
    JOIN mart_fee AS f ON f.first_day <= s.ends AND f.last_day >= s.starts
    JOIN mart_day AS origin ON origin.day = f.first_day - 1
    JOIN mart_day AS before ON before.day = greatest(f.first_day, s.starts) - 1
    JOIN mart_day AS through ON through.day = least(f.last_day, s.ends)
),
in_month AS (
    SELECT which, sum(round((amount_gbp * units_through)::DECIMAL(18, 6), 2) - round((amount_gbp * units_before)::DECIMAL(18, 6), 2)) AS cost_gbp
    FROM counted
    GROUP BY which
),
-- Whole months before that of the day, and its days so far: fees are rounded as they cumulate, so the parts add up exactly.
to_date AS (
    SELECT s.which, coalesce(any_value(i.cost_gbp), 0) + coalesce(sum(t.cost_gbp), 0) AS cost_gbp
    FROM span AS s
    LEFT JOIN in_month AS i ON i.which = s.which
    LEFT JOIN total_cost_month AS t ON t.dimension = 'total' AND t.month >= s.year_starts AND t.month < s.starts
    GROUP BY s.which
),
whole AS (
    SELECT sum(cost_gbp) FILTER (year = fy) AS cost_fy, sum(cost_gbp) FILTER (year = fy - 1) AS cost_last_fy
    FROM total_cost_year, day
    WHERE year_kind = 'FY' AND dimension = 'total'
),
paid AS (
    SELECT s.which, coalesce(sum(p.net_gbp), 0) AS spend_gbp
    FROM span AS s
    LEFT JOIN mart_payment AS p ON p.paid_on BETWEEN s.starts AND s.ends
    GROUP BY s.which
),
spend AS (
    SELECT sum(spend_gbp) FILTER (t.fy = day.fy) AS spend_fy, sum(spend_gbp) FILTER (t.fy = day.fy - 1) AS spend_last_fy,
        coalesce(sum(spend_gbp) FILTER (t.fy = day.fy AND month < date_trunc('month', as_at)), 0)
            + (SELECT spend_gbp FROM paid WHERE which = 'this') AS spend_to_date,
        coalesce(sum(spend_gbp) FILTER (t.fy = day.fy - 1 AND month < date_trunc('month', year_ago)), 0)
            + (SELECT spend_gbp FROM paid WHERE which = 'last') AS spend_last_to_date,
        sum(spend_gbp) FILTER (t.fy = day.fy AND urn IS NOT NULL) AS matched_spend_fy
    FROM total_spend_month AS t, day
),
placed AS (
    SELECT count(*) FILTER (entry_date <= as_at AND last_day >= as_at) AS placements,
        count(*) FILTER (entry_date <= year_ago AND last_day >= year_ago) AS placements_year_ago,
        count(DISTINCT child_id) FILTER (entry_date <= as_at AND last_day >= as_at) AS children,
        count(DISTINCT urn) FILTER (entry_date <= as_at AND last_day >= as_at) AS settings
    FROM stg_placement, day
    WHERE entry_date <= as_at AND last_day >= year_ago
),
full_year AS (
    SELECT sum(full_year_gbp) FILTER (f.first_day <= as_at AND f.last_day >= as_at) AS fye,
        sum(full_year_gbp) FILTER (f.first_day <= year_ago AND f.last_day >= year_ago) AS fye_year_ago,
        sum(full_year_gbp) FILTER (f.first_day <= as_at AND f.last_day >= as_at AND c.compliance <> 'not_bought') AS bought_fye,
        sum(full_year_gbp) FILTER (f.first_day <= as_at AND f.last_day >= as_at AND c.compliance = 'on_vehicle') AS compliant_fye,
        sum(full_year_gbp) FILTER (f.first_day <= as_at AND f.last_day >= as_at AND c.compliance = 'unexplained') AS unexplained_fye
    FROM day, mart_fee AS f
    LEFT JOIN (SELECT placement_id, compliance FROM mart_compliance, day WHERE as_at BETWEEN first_day AND last_day) AS c ON c.placement_id = f.placement_id
    WHERE f.first_day <= as_at AND f.last_day >= year_ago
)
SELECT day.as_at, day.fy, coalesce(cost_fy, 0)::DOUBLE AS cost_fy_gbp,
    coalesce((SELECT cost_gbp FROM to_date WHERE which = 'this'), 0)::DOUBLE AS cost_to_date_gbp, coalesce(cost_last_fy, 0)::DOUBLE AS cost_last_fy_gbp,
    coalesce((SELECT cost_gbp FROM to_date WHERE which = 'last'), 0)::DOUBLE AS cost_last_to_date_gbp,
    coalesce(spend_fy, 0)::DOUBLE AS spend_fy_gbp, coalesce(spend_to_date, 0)::DOUBLE AS spend_to_date_gbp, coalesce(spend_last_fy, 0)::DOUBLE AS spend_last_fy_gbp,
    coalesce(spend_last_to_date, 0)::DOUBLE AS spend_last_to_date_gbp, coalesce(matched_spend_fy, 0)::DOUBLE AS matched_spend_fy_gbp,
    placements, placements_year_ago, children, settings, coalesce(fye, 0)::DOUBLE AS fye_gbp, coalesce(fye_year_ago, 0)::DOUBLE AS fye_year_ago_gbp,
    coalesce(compliant_fye, 0)::DOUBLE AS compliant_fye_gbp,
    coalesce(bought_fye, 0)::DOUBLE AS bought_fye_gbp, coalesce(unexplained_fye, 0)::DOUBLE AS unexplained_fye_gbp
FROM day, whole, spend, placed, full_year;
