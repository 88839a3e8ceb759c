-- One row: the last financial and academic year for which costs are worked out, the ones after those in which the last fee line starts.
-- A start beyond the calendar (ref_calendar) is taken for a slip of the pen and does not stretch them.
CREATE OR REPLACE VIEW stg_priced_last AS
SELECT year(last_start) - (month(last_start) < 4)::INT + 1 AS last_fy, year(last_start) - (month(last_start) < 9)::INT + 1 AS last_ay
FROM (
    SELECT least(max(first_day), (SELECT max(last_day::DATE) FROM ref_calendar)) AS last_start
    FROM stg_priced_fee
);
