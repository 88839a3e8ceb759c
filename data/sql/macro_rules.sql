-- Rules that several statements share, each for one row: academic age, phase, units of a fee between two days, purse; and, one row a setting type, place funding.
-- Academic age is the age on 31 August before the academic year that a day lies in.
CREATE OR REPLACE MACRO academic_year_of(on_day) AS year(on_day) - (month(on_day) < 9)::INT;

CREATE OR REPLACE MACRO birth_ay_of(birth_month) AS left(birth_month, 4)::INT + (right(birth_month, 2)::INT > 8)::INT;

CREATE OR REPLACE MACRO academic_age_on(birth_month, on_day) AS academic_year_of(on_day) - birth_ay_of(birth_month);

CREATE OR REPLACE MACRO phase_of(academic_age) AS CASE WHEN academic_age <= 10 THEN 'primary' WHEN academic_age <= 15 THEN 'secondary' ELSE 'post16' END;

-- How often a fee counts between two days of the calendar, by the years, terms and school days that lie between them.
CREATE OR REPLACE MACRO units_of(spread, units_per_year, years, terms, school_days) AS CASE spread
    WHEN 'even' THEN units_per_year * years
    WHEN 'term' THEN terms
    WHEN 'school_week' THEN school_days / 5
    ELSE school_days
END;

-- The purse that pays: transport of the education funder is its own.
CREATE OR REPLACE MACRO purse_of(funder, component) AS CASE WHEN funder <> 'education' THEN funder WHEN component = 'transport' THEN 'transport' ELSE 'high_needs' END;

CREATE OR REPLACE MACRO place_funding_on(on_day) AS TABLE
SELECT setting_type, gbp_per_place_year::DECIMAL(18, 2) AS gbp
FROM ref_place_funding
WHERE valid_from::DATE <= on_day
QUALIFY row_number() OVER (PARTITION BY setting_type ORDER BY valid_from::DATE DESC) = 1;
