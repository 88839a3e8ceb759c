-- One row a budget as a person entered it: a purse of a financial year (budget). The newest that is not taken back holds.
CREATE TABLE budget (
    number BIGINT NOT NULL,
    financial_year INTEGER NOT NULL,
    purse VARCHAR NOT NULL,
    amount_gbp DECIMAL(18, 2) NOT NULL,
    note VARCHAR,
    recorded_by VARCHAR NOT NULL,
    recorded_at TIMESTAMP NOT NULL,
    undone_at TIMESTAMP
);
