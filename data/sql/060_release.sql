-- One row a release: tables that left the council together, for an audience (release). Added and never changed; `digest` is chained to the one before.
CREATE TABLE release (
    number BIGINT NOT NULL,
    name VARCHAR NOT NULL,
    period VARCHAR NOT NULL,
    profile VARCHAR NOT NULL,
    recorded_by VARCHAR NOT NULL,
    recorded_at TIMESTAMP NOT NULL,
    digest VARCHAR NOT NULL
);
