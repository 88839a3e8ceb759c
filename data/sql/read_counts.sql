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
    SELECT *, coalesce(academic_age_on(birth_month, counted_on) <= 15, false) AS school_age,
        setting_type IN ('ISS', 'NMSS') AS nmiss, setting_type IN ('ISS', 'NMSS', 'SPI') AS nmiss_and_spi
    FROM placed
),
child AS (
    SELECT basis, child_id, count(*) AS everything, count(*) FILTER (nmiss) AS nmiss, count(*) FILTER (nmiss_and_spi) AS nmiss_and_spi,
        count(*) FILTER (school_age) AS school_everything, count(*) FILTER (school_age AND nmiss) AS school_nmiss,
        count(*) FILTER (school_age AND nmiss_and_spi) AS school_nmiss_and_spi
    FROM aged
    GROUP BY basis, child_id
),
counted AS (
    SELECT basis,
        unnest(['all', 'all', 'all', 'school_age', 'school_age', 'school_age']) AS age,
        unnest(['nmiss', 'nmiss_and_spi', 'all', 'nmiss', 'nmiss_and_spi', 'all']) AS scope,
        unnest([sum(nmiss), sum(nmiss_and_spi), sum(everything), sum(school_nmiss), sum(school_nmiss_and_spi), sum(school_everything)]) AS placements,
        unnest([count_if(nmiss > 0), count_if(nmiss_and_spi > 0), count_if(everything > 0), count_if(school_nmiss > 0), count_if(school_nmiss_and_spi > 0),
            count_if(school_everything > 0)]) AS children
    FROM child
    GROUP BY basis
),
kind AS (
    SELECT b.basis, a.age, s.scope
    FROM basis AS b, (VALUES ('all'), ('school_age')) AS a (age), (VALUES ('nmiss'), ('nmiss_and_spi'), ('all')) AS s (scope)
)
SELECT k.basis, k.age, k.scope, coalesce(c.placements, 0)::BIGINT AS placements, coalesce(c.children, 0)::BIGINT AS children
FROM kind AS k
LEFT JOIN counted AS c ON c.basis = k.basis AND c.age = k.age AND c.scope = k.scope
ORDER BY list_position(['snapshot', 'ever_fy', 'ever_ay'], k.basis), k.age, list_position(['nmiss', 'nmiss_and_spi', 'all'], k.scope);
