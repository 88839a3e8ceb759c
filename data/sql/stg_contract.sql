-- One row a contract; ends is its last day.
CREATE OR REPLACE VIEW stg_contract AS
SELECT contract_id, urn, kind, vehicle_id, lot, guaranteed_places, max_places, price_gbp_per_place_year, void_share, grace_weeks, min_occupancy,
    notice_terms, break_on, starts, ends, off_vehicle_ground
FROM raw_contracts
WHERE is_current;
