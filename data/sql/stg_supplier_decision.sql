-- One row a supplier name with a decision that holds for it: taken on the name itself, or on another spelling with the same supplier number
-- (of at most five spellings, alike, on which all decisions agree). urn null: no setting. decided_name: the spelling decided on.
CREATE OR REPLACE VIEW stg_supplier_decision AS
WITH decided AS (
    SELECT supplier_name, urn, decided_by, decided_at
    FROM supplier_match
    WHERE undone_at IS NULL
    QUALIFY row_number() OVER (PARTITION BY supplier_name ORDER BY decided_at DESC) = 1
),
numbered AS (
    SELECT DISTINCT supplier_no, supplier_name FROM stg_payment WHERE supplier_no IS NOT NULL
),
few AS (
    SELECT supplier_no FROM numbered GROUP BY supplier_no HAVING count(*) BETWEEN 2 AND 5
),
agreed AS (
    SELECT n.supplier_no, any_value(d.urn) AS urn
    FROM numbered AS n JOIN few USING (supplier_no) JOIN decided AS d USING (supplier_name)
    GROUP BY n.supplier_no
    HAVING count(DISTINCT coalesce(d.urn, '')) = 1
),
spelt AS (
    SELECT n.supplier_name, d.supplier_name AS decided_name, a.urn, d.decided_by, d.decided_at
    FROM numbered AS n
    JOIN agreed AS a USING (supplier_no)
    JOIN numbered AS o ON o.supplier_no = n.supplier_no AND o.supplier_name <> n.supplier_name
    JOIN decided AS d ON d.supplier_name = o.supplier_name
    WHERE jaro_winkler_similarity(upper(n.supplier_name), upper(o.supplier_name)) >= 0.8
        AND n.supplier_name NOT IN (SELECT supplier_name FROM decided)
    QUALIFY row_number() OVER (PARTITION BY n.supplier_name ORDER BY d.decided_at DESC, d.supplier_name) = 1
        AND count(DISTINCT coalesce(a.urn, '')) OVER (PARTITION BY n.supplier_name) = 1
)
SELECT supplier_name, urn, supplier_name AS decided_name, decided_by, decided_at FROM decided
UNION ALL BY NAME
SELECT supplier_name, urn, decided_name, decided_by, decided_at FROM spelt;
