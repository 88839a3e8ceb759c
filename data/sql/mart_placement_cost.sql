-- One row a placement × kind of year (FY, AY) × year × phase × standing to the vehicles × component × funder: part-year cost while the child was in
-- that phase (it can change within a financial year, as the standing can on any day), full-year equivalent on the year's last day, and days the
-- placement was open in that phase, standing and year, from its first agreed day to its last: a year whose later fees are not loaded yet must not look
-- cheap a place.
CREATE OR REPLACE TABLE mart_placement_cost AS
WITH aged AS (
    SELECT m.placement_id, m.component, m.funder, m.fy, m.ay, m.in_fy, m.in_ay, m.compliance, m.cost_gbp, n.birth_ay,
        phase_of(m.ay - n.birth_ay) AS phase
    FROM int_priced_month AS m
    JOIN stg_placement AS p ON p.placement_id = m.placement_id
    JOIN stg_plan AS n ON n.child_id = p.child_id
),
grouped AS (
    SELECT placement_id, component, funder, phase, compliance, birth_ay, coalesce(fy, ay) AS year, grouping(ay) = 1 AS by_fy, sum(cost_gbp) AS part_year_gbp
    FROM aged
    GROUP BY GROUPING SETS (
        (placement_id, component, funder, phase, compliance, birth_ay, fy, in_fy), (placement_id, component, funder, phase, compliance, birth_ay, ay, in_ay)
    )
    HAVING coalesce(in_fy, in_ay)
),
bounded AS (
    SELECT *, CASE WHEN by_fy THEN make_date(year + 1, 3, 31) ELSE make_date(year + 1, 8, 31) END AS year_ends,
        by_fy AND year - birth_ay = CASE phase WHEN 'secondary' THEN 11 WHEN 'post16' THEN 16 END AS begins_in_september,
        by_fy AND year - birth_ay = CASE phase WHEN 'primary' THEN 11 WHEN 'secondary' THEN 16 END AS ends_in_august
    FROM grouped
),
spanned AS (
    SELECT *, CASE WHEN by_fy AND NOT coalesce(begins_in_september, false) THEN make_date(year, 4, 1) ELSE make_date(year, 9, 1) END AS first_day,
        CASE WHEN coalesce(ends_in_august, false) THEN make_date(year, 8, 31) ELSE year_ends END AS last_day
    FROM bounded
),
full_year AS (
    SELECT y.placement_id, y.component, y.funder, y.compliance, y.by_fy, y.year, sum(f.full_year_gbp) AS fye_gbp
    FROM spanned AS y
    JOIN stg_priced_fee AS f ON f.placement_id = y.placement_id AND f.component = y.component AND f.funder = y.funder
    JOIN int_compliance AS c ON c.placement_id = y.placement_id AND c.compliance = y.compliance AND y.year_ends BETWEEN c.first_day AND c.last_day
    WHERE y.last_day = y.year_ends AND f.first_day <= y.year_ends AND f.last_day >= y.year_ends
    GROUP BY ALL
),
agreed AS (
    SELECT placement_id, min(first_day) AS first_day, max(last_day) AS last_day
    FROM stg_priced_fee
    GROUP BY placement_id
),
-- A standing may hold in several runs of days of one year.
opened AS (
    SELECT y.placement_id, y.by_fy, y.year, y.phase, y.compliance,
        sum(date_diff('day', greatest(y.first_day, a.first_day, c.first_day), least(y.last_day, a.last_day, c.last_day)) + 1) AS days_open
    FROM (SELECT DISTINCT placement_id, by_fy, year, phase, compliance, first_day, last_day FROM spanned) AS y
    JOIN agreed AS a ON a.placement_id = y.placement_id
    JOIN int_compliance AS c ON c.placement_id = y.placement_id AND c.compliance = y.compliance
        AND greatest(y.first_day, a.first_day, c.first_day) <= least(y.last_day, a.last_day, c.last_day)
    GROUP BY ALL
)
SELECT s.placement_id, CASE WHEN s.by_fy THEN 'FY' ELSE 'AY' END AS year_kind, s.year, s.phase, s.compliance, s.component, s.funder,
    s.part_year_gbp::DECIMAL(18, 2) AS part_year_gbp, CASE WHEN s.last_day = s.year_ends THEN coalesce(f.fye_gbp, 0) ELSE 0 END::DECIMAL(18, 2) AS fye_gbp,
    o.days_open
FROM spanned AS s
JOIN opened AS o ON o.placement_id = s.placement_id AND o.by_fy = s.by_fy AND o.year = s.year AND o.phase = s.phase AND o.compliance = s.compliance
LEFT JOIN full_year AS f ON f.placement_id = s.placement_id AND f.component = s.component AND f.funder = s.funder AND f.compliance = s.compliance
    AND f.by_fy = s.by_fy AND f.year = s.year
ORDER BY year_kind, s.year, s.placement_id, s.phase, s.compliance, s.component, s.funder;
