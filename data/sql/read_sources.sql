-- One row a source: current rows, and the last day that they speak of (for fees the last first day, since a line may run on).
SELECT 'settings' AS source, count(*) AS rows, max(opened) AS last_day FROM stg_setting
UNION ALL SELECT 'register', count(*), max(opened) FROM stg_register
UNION ALL SELECT 'inspections', count(*), max(inspected_on) FROM stg_inspection
UNION ALL SELECT 'vehicles', count(*), max(starts) FROM stg_vehicle
UNION ALL SELECT 'members', count(*), max(applied_on) FROM stg_member
UNION ALL SELECT 'contracts', count(*), max(starts) FROM stg_contract
UNION ALL SELECT 'plans', count(*), max(plan_start) FROM stg_plan
UNION ALL SELECT 'placements', count(*), max(entry_date) FROM stg_placement
UNION ALL SELECT 'fees', count(*), max(valid_from) FROM stg_fee
UNION ALL SELECT 'payments', count(*), max(paid_on) FROM stg_payment
UNION ALL SELECT 'outcomes', count(*), max(period_start) FROM stg_outcome
UNION ALL SELECT 'consultations', count(*), max(sent_on) FROM stg_consultation
UNION ALL SELECT 'cases', count(*), max(opened_on) FROM stg_case
UNION ALL SELECT 'sen2', count(*), make_date(max(census_year), 1, 15) + ((11 - isodow(make_date(max(census_year), 1, 1))) % 7)::INT FROM stg_sen2
UNION ALL SELECT 'returns', count(*), max(return_date) FROM stg_return;
