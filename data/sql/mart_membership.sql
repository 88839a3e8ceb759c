-- One row a vehicle × lot × setting × run of days: admitted, suspended or withdrawn.
CREATE OR REPLACE TABLE mart_membership AS
SELECT * FROM stg_membership ORDER BY urn, vehicle_id, lot, first_day;
