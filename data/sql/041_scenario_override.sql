-- One row a saved scenario × input that differs from the base: its value beside the base's, with unit, range and the base's source.
CREATE TABLE scenario_override (
    scenario_id VARCHAR NOT NULL,
    parameter VARCHAR NOT NULL,
    told VARCHAR NOT NULL,
    value DOUBLE NOT NULL,
    base DOUBLE,
    unit VARCHAR NOT NULL,
    low DOUBLE,
    high DOUBLE,
    source VARCHAR NOT NULL
);
