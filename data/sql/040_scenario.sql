-- One row a saved scenario: a name and reason for one set of inputs to the sizing of contracts, with what it found, on which data. Never changed but taken back.
CREATE TABLE scenario (
    scenario_id VARCHAR NOT NULL,
    name VARCHAR NOT NULL,
    reason VARCHAR NOT NULL,
    phase VARCHAR NOT NULL,
    area VARCHAR NOT NULL,
    policy VARCHAR NOT NULL,
    answer VARCHAR NOT NULL,
    figures VARCHAR NOT NULL,
    data_version VARCHAR NOT NULL,
    saved_by VARCHAR NOT NULL,
    saved_at TIMESTAMP NOT NULL,
    taken_back_at TIMESTAMP,
    taken_back_by VARCHAR
);
