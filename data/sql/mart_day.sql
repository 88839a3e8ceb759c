-- One row a day of the calendar, for pricing an interval inside a read.
CREATE OR REPLACE TABLE mart_day AS
SELECT * FROM int_calendar;
