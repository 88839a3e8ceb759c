-- One row a child × setting × measure × period, with what describes the child then: need, band, phase at the start, residence of the latest
-- placement there. `ended_early` is made from placements: how many broke down or ended in a move, over the years that they were open.
WITH reported AS (
    SELECT o.child_id, o.urn, o.measure, o.period_start, o.period_end, o.numerator::DOUBLE AS numerator, o.denominator::DOUBLE AS denominator, p.residence
    FROM stg_outcome AS o
    ASOF LEFT JOIN stg_placement AS p ON p.child_id = o.child_id AND p.urn = o.urn AND p.entry_date <= o.period_end
    WHERE o.urn IS NOT NULL AND o.period_start <= $as_at::DATE
),
years AS (
    SELECT unnest(range(year($as_at::DATE) - 12, year($as_at::DATE) + 1)) AS ay
),
open_in AS (
    SELECT p.*, greatest(p.entry_date, make_date(y.ay, 9, 1)) AS period_start,
        least(p.last_day, make_date(y.ay + 1, 8, 31), $as_at::DATE) AS period_end
    FROM stg_placement AS p
    JOIN years AS y ON p.entry_date <= make_date(y.ay + 1, 8, 31) AND p.last_day >= make_date(y.ay, 9, 1)
    WHERE p.rank = '1' AND p.entry_date <= $as_at::DATE
),
early AS (
    SELECT child_id, urn, 'ended_early' AS measure, min(period_start) AS period_start, max(period_end) AS period_end,
        count(*) FILTER (leaving_reason IN ('breakdown', 'moved') AND last_day = period_end)::DOUBLE AS numerator,
        sum(date_diff('day', period_start, period_end) + 1) / 365.25 AS denominator,
        any_value(residence ORDER BY entry_date DESC) AS residence
    FROM open_in
    WHERE period_end >= period_start
    GROUP BY child_id, urn, year(period_start) - (month(period_start) < 9)::INT
),
everything AS (
    FROM reported UNION ALL BY NAME FROM early
)
SELECT e.child_id, e.urn, e.measure, e.period_start::DATE AS period_start, e.period_end::DATE AS period_end, e.numerator, e.denominator,
    coalesce(e.residence, 'day') AS residence, s.provider_group, n.primary_need, n.support_band,
    phase_of(academic_year_of(e.period_start) - n.birth_ay) AS phase
FROM everything AS e
JOIN stg_plan AS n ON n.child_id = e.child_id
JOIN stg_setting AS s ON s.urn = e.urn
ORDER BY e.measure, e.urn, e.child_id, e.period_start;
