-- One row: the last day that outcomes or placements tell of, or today if earlier (in a past state its day); empty without either.
SELECT least(max(day), current_date, (SELECT day FROM meta_known)) AS as_at
FROM (SELECT max(period_end) AS day FROM stg_outcome UNION ALL SELECT max(greatest(entry_date, leaving_date)) FROM stg_placement)
HAVING max(day) IS NOT NULL;
