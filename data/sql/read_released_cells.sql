-- One row a cell of each table released so far, in the order of release, table and cell, with the release's period and profile.
SELECT r.number AS release, r.name, r.period, r.profile, c.* EXCLUDE (release)
FROM release AS r JOIN released_cell AS c ON c.release = r.number
ORDER BY r.number, c.table_number, c.rowid;
