-- One row a count basis: snapshot on $as_at, ever in its financial year, ever in its academic year; all ages or school age (academic age to 15
-- on the last day counted); ISS and NMSS, with SPI, or every setting. Placements of both ranks, and children.
WITH basis AS (
    SELECT unnest(['snapshot', 'ever_fy', 'ever_ay']) AS basis,
        unnest([$as_at::DATE, make_date(year($as_at::DATE) - (month($as_at::DATE) < 4)::INT, 4, 1), make_date(year($as_at::DATE) - (month($as_at::DATE) < 9)::INT, 9, 1)]) AS first_day
),
placed AS (
    SELECT b.basis, p.placement_id, p.child_id, p.setting_type, least($as_at::DATE, coalesce(p.leaving_date, DATE '9999-12-31')) AS counted_on, p.birth_month
    FROM basis AS b
    JOIN mart_placement AS p ON p.entry_date <= $as_at::DATE AND coalesce(p.leaving_date, DATE '9999-12-31') >= b.first_day
),
aged AS (
    SELECT *, year(counted_on) - (month(counted_on) < 9)::INT - left(birth_month, 4)::INT - (right(birth_month, 2)::INT > 8)::INT AS academic_age
    FROM placed
),
kind AS (
    SELECT b.basis, a.age, s.scope
    FROM basis AS b, (VALUES ('all'), ('school_age')) AS a (age), (VALUES ('nmiss'), ('nmiss_and_spi'), ('all')) AS s (scope)
)
SELECT k.basis, k.age, k.scope, count(a.placement_id) AS placements, count(DISTINCT a.child_id) AS children
FROM kind AS k
LEFT JOIN aged AS a ON a.basis = k.basis AND (k.age = 'all' OR a.academic_age <= 15)
    AND (k.scope = 'all' OR a.setting_type IN ('ISS', 'NMSS') OR (k.scope = 'nmiss_and_spi' AND a.setting_type = 'SPI'))
GROUP BY k.basis, k.age, k.scope
ORDER BY list_position(['snapshot', 'ever_fy', 'ever_ay'], k.basis), k.age, list_position(['nmiss', 'nmiss_and_spi', 'all'], k.scope);
