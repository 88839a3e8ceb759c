-- One row a fee line × month in which it counts × run of days on which one answer holds how the place stands to the vehicles: its cost, to the penny.
-- A line's cost is rounded as it cumulates, so that its months add up exactly to its years. A line without an end runs on as agreed to
-- the last year of stg_priced_last; in_fy and in_ay say whether the month belongs to a year of each kind that is worked out.
CREATE OR REPLACE TABLE int_priced_month AS
WITH span AS (
    SELECT f.* EXCLUDE (last_day), least(f.last_day, greatest(make_date(l.last_fy + 1, 3, 31), make_date(l.last_ay + 1, 8, 31))) AS last_day
    FROM stg_priced_fee AS f, stg_priced_last AS l
),
standing AS (
    SELECT s.* EXCLUDE (first_day, last_day), c.compliance, c.vehicle_id, s.first_day AS line_day, greatest(s.first_day, c.first_day) AS first_day,
        least(s.last_day, c.last_day) AS last_day
    FROM span AS s
    JOIN int_compliance AS c ON c.placement_id = s.placement_id AND c.first_day <= s.last_day AND c.last_day >= s.first_day
),
piece AS (
    SELECT *, unnest(generate_series(date_trunc('month', first_day)::TIMESTAMP, last_day::TIMESTAMP, INTERVAL 1 MONTH))::DATE AS month
    FROM standing
    WHERE first_day <= last_day
),
counted AS (
    SELECT p.placement_id, p.component, p.funder, p.amount_gbp, p.vat_gbp, p.month, p.compliance, p.vehicle_id,
        units_of(
            p.spread, p.units_per_year, before.cum_years - origin.cum_years, before.cum_terms - origin.cum_terms, before.cum_school_days - origin.cum_school_days
        ) AS units_before,
        units_of(
            p.spread, p.units_per_year, through.cum_years - origin.cum_years, through.cum_terms - origin.cum_terms, through.cum_school_days - origin.cum_school_days
        ) AS units_through,
        through.financial_year AS fy, through.academic_year AS ay
    FROM piece AS p
    JOIN int_calendar AS origin ON origin.day = p.line_day - 1
    JOIN int_calendar AS before ON before.day = greatest(p.first_day, p.month) - 1
    JOIN int_calendar AS through ON through.day = least(p.last_day, last_day(p.month))
)
SELECT placement_id, component, funder, month, fy, ay, fy <= last_fy AS in_fy, ay <= last_ay AS in_ay, compliance, vehicle_id, amount_gbp, vat_gbp,
    round((amount_gbp * units_through)::DECIMAL(18, 6), 2) - round((amount_gbp * units_before)::DECIMAL(18, 6), 2) AS cost_gbp
FROM counted, stg_priced_last;
