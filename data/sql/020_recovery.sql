-- One row a record of what came of a payment found wrong (recovery): pounds that came back on a day, or why nothing is owed; kept when taken back (undone_at).
CREATE TABLE recovery (
    number BIGINT NOT NULL,
    transaction_id VARCHAR NOT NULL,
    outcome VARCHAR NOT NULL,
    amount_gbp DECIMAL(18, 2),
    on_day DATE NOT NULL,
    note VARCHAR,
    recorded_by VARCHAR NOT NULL,
    recorded_at TIMESTAMP NOT NULL,
    undone_at TIMESTAMP
);
