-- One row a frozen forecast × lot × academic year, the whole as lot `All`: what was shown, by whom, when, on which data, with which seed and levers.
CREATE TABLE frozen_forecast (
    forecast_id VARCHAR NOT NULL,
    frozen_at TIMESTAMP NOT NULL,
    frozen_by VARCHAR NOT NULL,
    note VARCHAR,
    as_at DATE NOT NULL,
    data_version VARCHAR NOT NULL,
    draws INTEGER NOT NULL,
    seed INTEGER NOT NULL,
    levers VARCHAR NOT NULL,
    lot VARCHAR NOT NULL,
    year INTEGER NOT NULL,
    p10 DOUBLE NOT NULL,
    p50 DOUBLE NOT NULL,
    p90 DOUBLE NOT NULL
);
