-- One row a source × column of its own: current rows and how many have the column filled; of plans those of children with a placement.
WITH held AS (
    SELECT 'settings' AS source, count(*) AS rows FROM raw_settings WHERE is_current
    UNION ALL SELECT 'register', count(*) FROM raw_register WHERE is_current
    UNION ALL SELECT 'inspections', count(*) FROM raw_inspections WHERE is_current
    UNION ALL SELECT 'vehicles', count(*) FROM raw_vehicles WHERE is_current
    UNION ALL SELECT 'members', count(*) FROM raw_members WHERE is_current
    UNION ALL SELECT 'contracts', count(*) FROM raw_contracts WHERE is_current
    UNION ALL SELECT 'plans', count(*) FROM raw_plans WHERE is_current AND child_id IN (SELECT child_id FROM raw_placements WHERE is_current)
    UNION ALL SELECT 'placements', count(*) FROM raw_placements WHERE is_current
    UNION ALL SELECT 'fees', count(*) FROM raw_fees WHERE is_current
    UNION ALL SELECT 'payments', count(*) FROM raw_payments WHERE is_current
    UNION ALL SELECT 'outcomes', count(*) FROM raw_outcomes WHERE is_current
    UNION ALL SELECT 'consultations', count(*) FROM raw_consultations WHERE is_current
    UNION ALL SELECT 'cases', count(*) FROM raw_cases WHERE is_current
    UNION ALL SELECT 'sen2', count(*) FROM raw_sen2 WHERE is_current
    UNION ALL SELECT 'returns', count(*) FROM raw_returns WHERE is_current
),
filled AS (
    SELECT 'settings' AS source, * FROM (UNPIVOT (SELECT count(COLUMNS(*)) FROM raw_settings WHERE is_current) ON COLUMNS(*) INTO NAME column_name VALUE filled)
    UNION ALL
    SELECT 'register', * FROM (UNPIVOT (SELECT count(COLUMNS(*)) FROM raw_register WHERE is_current) ON COLUMNS(*) INTO NAME column_name VALUE filled)
    UNION ALL
    SELECT 'inspections', * FROM (UNPIVOT (SELECT count(COLUMNS(*)) FROM raw_inspections WHERE is_current) ON COLUMNS(*) INTO NAME column_name VALUE filled)
    UNION ALL
    SELECT 'vehicles', * FROM (UNPIVOT (SELECT count(COLUMNS(*)) FROM raw_vehicles WHERE is_current) ON COLUMNS(*) INTO NAME column_name VALUE filled)
    UNION ALL
    SELECT 'members', * FROM (UNPIVOT (SELECT count(COLUMNS(*)) FROM raw_members WHERE is_current) ON COLUMNS(*) INTO NAME column_name VALUE filled)
    UNION ALL
    SELECT 'contracts', * FROM (UNPIVOT (SELECT count(COLUMNS(*)) FROM raw_contracts WHERE is_current) ON COLUMNS(*) INTO NAME column_name VALUE filled)
    UNION ALL
    SELECT 'plans', *
    FROM (UNPIVOT (SELECT count(COLUMNS(*)) FROM raw_plans WHERE is_current AND child_id IN (SELECT child_id FROM raw_placements WHERE is_current))
        ON COLUMNS(*) INTO NAME column_name VALUE filled)
    UNION ALL
    SELECT 'placements', * FROM (UNPIVOT (SELECT count(COLUMNS(*)) FROM raw_placements WHERE is_current) ON COLUMNS(*) INTO NAME column_name VALUE filled)
    UNION ALL
    SELECT 'fees', * FROM (UNPIVOT (SELECT count(COLUMNS(*)) FROM raw_fees WHERE is_current) ON COLUMNS(*) INTO NAME column_name VALUE filled)
    UNION ALL
    SELECT 'payments', * FROM (UNPIVOT (SELECT count(COLUMNS(*)) FROM raw_payments WHERE is_current) ON COLUMNS(*) INTO NAME column_name VALUE filled)
    UNION ALL
    SELECT 'outcomes', * FROM (UNPIVOT (SELECT count(COLUMNS(*)) FROM raw_outcomes WHERE is_current) ON COLUMNS(*) INTO NAME column_name VALUE filled)
    UNION ALL
    SELECT 'consultations', * FROM (UNPIVOT (SELECT count(COLUMNS(*)) FROM raw_consultations WHERE is_current) ON COLUMNS(*) INTO NAME column_name VALUE filled)
    UNION ALL
    SELECT 'cases', * FROM (UNPIVOT (SELECT count(COLUMNS(*)) FROM raw_cases WHERE is_current) ON COLUMNS(*) INTO NAME column_name VALUE filled)
    UNION ALL
    SELECT 'sen2', * FROM (UNPIVOT (SELECT count(COLUMNS(*)) FROM raw_sen2 WHERE is_current) ON COLUMNS(*) INTO NAME column_name VALUE filled)
    UNION ALL
    SELECT 'returns', * FROM (UNPIVOT (SELECT count(COLUMNS(*)) FROM raw_returns WHERE is_current) ON COLUMNS(*) INTO NAME column_name VALUE filled)
)
SELECT f.source, f.column_name, h.rows, f.filled
FROM filled AS f JOIN held AS h USING (source)
WHERE f.column_name NOT IN ('batch_id', 'seq', 'row_number', 'is_current', 'origin');
