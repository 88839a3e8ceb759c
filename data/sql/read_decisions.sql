-- One row a supplier name with a decision that stands: the decision in force (urn null: no setting), the setting's name, who decided and when,
-- the day the setting closed, and whether the same decision was taken again (a person stood by it).
WITH again AS (
    SELECT s.supplier_name, count(*) > 1 AS stood_by
    FROM supplier_match AS s
    JOIN stg_supplier_decision AS d ON d.supplier_name = s.supplier_name AND d.urn IS NOT DISTINCT FROM s.urn
    GROUP BY s.supplier_name
)
SELECT d.supplier_name, d.urn, d.decided_name, d.decided_by, d.decided_at, coalesce(t.setting_name, g.register_name) AS setting_name,
    coalesce(t.closed, g.closed) AS closed, coalesce(a.stood_by, false) AS stood_by
FROM stg_supplier_decision AS d
LEFT JOIN stg_setting AS t ON t.urn = d.urn
LEFT JOIN stg_register AS g ON g.urn = d.urn
LEFT JOIN again AS a ON a.supplier_name = d.supplier_name
ORDER BY d.supplier_name;
