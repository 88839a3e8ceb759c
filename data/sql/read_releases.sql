-- One row a release, the first one first.
SELECT number, name, period, profile, recorded_by, recorded_at, digest FROM release ORDER BY number;
