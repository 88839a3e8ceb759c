-- One row a visit to a setting that a person recorded: who went, when, what was seen and what follows. One taken back keeps its row (taken_back_at).
CREATE TABLE visit (
    visit_id VARCHAR NOT NULL,
    urn VARCHAR NOT NULL,
    visited_on DATE NOT NULL,
    visited_by VARCHAR NOT NULL,
    seen VARCHAR NOT NULL,
    follows VARCHAR,
    follow_by DATE,
    recorded_by VARCHAR NOT NULL,
    recorded_at TIMESTAMP NOT NULL,
    taken_back_at TIMESTAMP,
    taken_back_by VARCHAR
);
