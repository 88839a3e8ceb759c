-- One row a month × setting × need × phase in that month × residence × area × purchase type × component × funder: part-year cost.
CREATE OR REPLACE TABLE mart_cost_month AS
WITH aged AS (
    SELECT m.month, m.fy, m.ay, p.urn, n.primary_need, m.ay - left(n.birth_month, 4)::INT - (right(n.birth_month, 2)::INT > 8)::INT AS academic_age,
        p.residence_group, n.area, p.purchase_type, m.component, m.funder, m.cost_gbp
    FROM stg_priced_month AS m
    JOIN stg_placement AS p ON p.placement_id = m.placement_id
    JOIN stg_plan AS n ON n.child_id = p.child_id
)
SELECT month, fy, ay, urn, primary_need,
    CASE WHEN academic_age <= 10 THEN 'primary' WHEN academic_age <= 15 THEN 'secondary' ELSE 'post16' END AS phase,
    residence_group, area, purchase_type, component, funder, sum(cost_gbp)::DECIMAL(18, 2) AS part_year_gbp
FROM aged
GROUP BY ALL;
