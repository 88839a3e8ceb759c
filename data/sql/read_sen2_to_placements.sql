-- One row a placement of the SEN2 return of $census_year or open here on its day ($census_day): what became of it (`what`), both sides beside.
-- Matched by child and setting, then by child alone. Residence is compared as the census of that year bands it: day, A, B.
WITH placed AS (
    SELECT p.placement_id, p.child_id, p.urn, p.rank, p.entry_date, p.residence, n.primary_need
    FROM stg_placement AS p LEFT JOIN stg_plan AS n USING (child_id)
    WHERE p.entry_date <= $census_day AND p.last_day >= $census_day
),
returned AS (
    SELECT row_number() OVER (ORDER BY t.child_id, t.rank, t.entry_date, t.urn) AS id, t.child_id, coalesce(t.urn, c.urn) AS urn, t.sen_setting, t.rank,
        t.entry_date, t.residence, t.primary_need,
        coalesce(t.entry_date, $census_day) > $census_day OR coalesce(t.leaving_date, $census_day) < $census_day AS has_left
    FROM stg_sen2 AS t LEFT JOIN ref_sen2_settings AS c ON c.code = t.sen_setting
    WHERE t.census_year = $census_year
),
here AS (
    SELECT *, row_number() OVER (PARTITION BY child_id, urn ORDER BY rank, entry_date, placement_id) AS nth FROM placed
),
there AS (
    SELECT *, row_number() OVER (PARTITION BY child_id, urn ORDER BY rank, entry_date, id) AS nth FROM returned WHERE NOT has_left AND urn IS NOT NULL
),
by_setting AS (
    SELECT t.id, h.placement_id FROM there AS t JOIN here AS h USING (child_id, urn, nth)
),
by_child AS (
    SELECT t.id, h.placement_id
    FROM (SELECT id, child_id, row_number() OVER (PARTITION BY child_id ORDER BY rank, entry_date, id) AS nth
        FROM there WHERE id NOT IN (SELECT id FROM by_setting)) AS t
    JOIN (SELECT placement_id, child_id, row_number() OVER (PARTITION BY child_id ORDER BY rank, entry_date, placement_id) AS nth
        FROM here WHERE placement_id NOT IN (SELECT placement_id FROM by_setting)) AS h USING (child_id, nth)
),
pairs AS (
    SELECT * FROM by_setting UNION ALL SELECT * FROM by_child
),
sides AS (
    SELECT coalesce(t.child_id, h.child_id) AS child_id, t.id, t.has_left, h.placement_id, t.urn AS sen2_urn, t.sen_setting, h.urn AS here_urn,
        t.rank AS sen2_rank, h.rank AS here_rank, t.entry_date AS sen2_entry_date, h.entry_date AS here_entry_date,
        t.primary_need AS sen2_need, h.primary_need AS here_need, t.residence AS sen2_residence, h.residence AS here_residence,
        (CASE t.residence WHEN 'day' THEN 'day' WHEN '52wk' THEN 'B' WHEN '44wk' THEN if($census_year >= 2026, 'B', 'A') ELSE 'A' END) AS sen2_band,
        (CASE h.residence WHEN 'day' THEN 'day' WHEN '52wk' THEN 'B' WHEN '44wk' THEN if($census_year >= 2026, 'B', 'A') ELSE 'A' END) AS here_band
    FROM returned AS t
    LEFT JOIN pairs AS m ON m.id = t.id
    FULL OUTER JOIN placed AS h ON h.placement_id = m.placement_id
),
compared AS (
    SELECT *, (sen2_rank <> here_rank)::INT AS rank_differs, coalesce(sen2_entry_date <> here_entry_date, false)::INT AS entry_differs,
        (sen2_need IS DISTINCT FROM here_need)::INT AS need_differs, (sen2_band <> here_band)::INT AS residence_differs
    FROM sides
)
SELECT CASE
        WHEN id IS NULL THEN 'only_here'
        WHEN has_left THEN 'left'
        WHEN sen2_urn IS NULL THEN 'no_setting'
        WHEN placement_id IS NULL AND sen2_urn NOT IN (SELECT urn FROM stg_setting) THEN 'setting_not_loaded'
        WHEN placement_id IS NULL THEN 'only_sen2'
        WHEN sen2_urn <> here_urn THEN 'other_setting'
        WHEN rank_differs + entry_differs + need_differs + residence_differs > 1 THEN 'several'
        WHEN rank_differs = 1 THEN 'rank'
        WHEN entry_differs = 1 THEN 'entry_date'
        WHEN need_differs = 1 THEN 'need'
        WHEN residence_differs = 1 THEN 'residence'
        ELSE 'same'
    END AS what,
    child_id, placement_id, sen2_urn, sen_setting, here_urn, sen2_rank, here_rank, sen2_entry_date, here_entry_date, sen2_need, here_need,
    sen2_residence, here_residence
FROM compared
ORDER BY child_id, placement_id, id;
