-- One row a month × setting × need × phase in that month × residence × area × purchase type × standing to the vehicles ×
-- component × funder: part-year cost.
CREATE OR REPLACE TABLE mart_cost_month AS
SELECT m.month, m.fy, m.ay, p.urn, n.primary_need,
    phase_of(m.ay - n.birth_ay) AS phase,
    p.residence_group, n.area, p.purchase_type, m.compliance, m.component, m.funder, sum(m.cost_gbp)::DECIMAL(18, 2) AS part_year_gbp
FROM int_priced_month AS m
JOIN stg_placement AS p ON p.placement_id = m.placement_id
JOIN stg_plan AS n ON n.child_id = p.child_id
GROUP BY ALL;
