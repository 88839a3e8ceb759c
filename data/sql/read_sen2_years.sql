-- One row a SEN2 census that is loaded.
SELECT census_year, count(*) AS rows FROM stg_sen2 GROUP BY census_year ORDER BY census_year DESC;
