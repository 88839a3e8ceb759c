-- One row a day, as stg_calendar, worked out once for all marts.
CREATE OR REPLACE TABLE int_calendar AS
SELECT * FROM stg_calendar;
