-- One row a kind of setting: placements open on $as_at, those with a fee that counts that day (transport apart), and those without, by why.
WITH line AS (
    SELECT placement_id, bool_or(valid_from <= $as_at AND last_day >= $as_at) AS runs, bool_or(last_day < $as_at) AS ended, bool_or(valid_from > $as_at) AS to_begin
    FROM stg_fee WHERE component <> 'transport' GROUP BY placement_id
)
SELECT coalesce(s.setting_type, 'OTH') AS kind, count(*) AS open_count, count(*) FILTER (l.runs) AS with_fee,
    count(*) FILTER (l.placement_id IS NULL) AS never, count(*) FILTER (NOT l.runs AND l.ended) AS ended,
    count(*) FILTER (NOT l.runs AND NOT l.ended AND l.to_begin) AS to_begin
FROM stg_placement AS p
LEFT JOIN stg_setting AS s USING (urn)
LEFT JOIN line AS l USING (placement_id)
WHERE p.entry_date <= $as_at AND p.last_day >= $as_at
GROUP BY coalesce(s.setting_type, 'OTH')
ORDER BY list_position(['ISS', 'NMSS', 'SPI', 'MSS', 'OTH'], kind);
