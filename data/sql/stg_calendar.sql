-- One row a day, 1990 to 2060: academic years, terms and school days cumulated to the end of the day, so that two look-ups price any interval.
-- A school day is a weekday of a term outside half terms, bank holidays and staff days (ref_calendar). An academic year that the calendar
-- lacks spreads its three terms and 190 school days evenly.
CREATE OR REPLACE VIEW stg_calendar AS
WITH days AS (
    SELECT day::DATE AS day, year(day) - (month(day) < 9)::INT AS academic_year, year(day) - (month(day) < 4)::INT AS financial_year,
        isodow(day) <= 5 AS is_weekday
    FROM generate_series(TIMESTAMP '1990-09-01', TIMESTAMP '2060-08-31', INTERVAL 1 DAY) AS g (day)
),
spans AS (
    SELECT academic_year::INT AS academic_year, kind, name, unnest(generate_series(first_day::DATE, last_day::DATE, INTERVAL 1 DAY))::DATE AS day
    FROM ref_calendar
),
school AS (
    SELECT day, academic_year, name AS term
    FROM spans
    WHERE kind = 'term' AND isodow(day) <= 5 AND day NOT IN (SELECT day FROM spans WHERE kind <> 'term')
),
terms AS (SELECT academic_year, term, count(*) AS school_days FROM school GROUP BY ALL),
counted AS (
    SELECT d.day, d.academic_year, d.financial_year, count(*) OVER (PARTITION BY d.academic_year) AS days_of_year,
        t.school_days, d.academic_year IN (SELECT academic_year FROM terms) AS has_calendar
    FROM days AS d
    LEFT JOIN school AS s ON s.day = d.day
    LEFT JOIN terms AS t ON t.academic_year = s.academic_year AND t.term = s.term
),
within AS (
    SELECT day, academic_year, financial_year, row_number() OVER w / days_of_year AS years,
        sum(CASE WHEN has_calendar THEN coalesce(1.0::DOUBLE / school_days, 0) ELSE 3.0::DOUBLE / days_of_year END) OVER w AS terms,
        sum(CASE WHEN has_calendar THEN (school_days IS NOT NULL)::INT ELSE 190.0::DOUBLE / days_of_year END) OVER w AS school_days
    FROM counted
    WINDOW w AS (PARTITION BY academic_year ORDER BY day ROWS UNBOUNDED PRECEDING)
),
earlier AS (
    SELECT academic_year, coalesce(sum(terms) OVER w, 0) AS terms, coalesce(sum(school_days) OVER w, 0) AS school_days
    FROM (SELECT academic_year, round(max(terms), 9) AS terms, round(max(school_days), 9) AS school_days FROM within GROUP BY academic_year)
    WINDOW w AS (ORDER BY academic_year ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING)
)
SELECT w.day, w.academic_year, w.financial_year, w.academic_year - 1990 + w.years AS cum_years, e.terms + w.terms AS cum_terms,
    e.school_days + w.school_days AS cum_school_days
FROM within AS w
JOIN earlier AS e ON e.academic_year = w.academic_year;
