-- One row a placement × run of days on which one answer holds: how the place stands to the purchasing vehicles.
CREATE OR REPLACE TABLE mart_compliance AS
SELECT * FROM int_compliance ORDER BY placement_id, first_day;
