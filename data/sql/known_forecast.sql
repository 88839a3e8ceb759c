-- One row a frozen forecast × lot × year of forecasts frozen by the end of $day (UTC).
INSERT INTO copy.frozen_forecast BY NAME
SELECT *
FROM frozen_forecast
WHERE frozen_at::DATE <= $day::DATE
ORDER BY rowid;
