-- One row a frozen forecast × lot × academic year, the latest forecast first.
SELECT forecast_id, frozen_at, frozen_by, note, as_at, data_version, draws, seed, levers, lot, year, p10, p50, p90
FROM frozen_forecast
ORDER BY frozen_at DESC, forecast_id, lot, year;
