-- One row a confirmation before real data (meta_assurance), one row a store whose ids are pseudonyms (meta_pseudonym), one row a batch and retention
-- run with the rows removed (meta_removed, chained), one row a copy of the audit log's head (meta_audit_head).
CREATE TABLE meta_assurance (
    given_at TIMESTAMP NOT NULL,
    given_by VARCHAR NOT NULL,
    assessment VARCHAR NOT NULL,
    assessed_on DATE NOT NULL,
    lies_at VARCHAR NOT NULL,
    keep_years INTEGER NOT NULL
);
CREATE TABLE meta_pseudonym (since TIMESTAMP NOT NULL, fingerprint VARCHAR NOT NULL);
CREATE TABLE meta_removed (
    run INTEGER NOT NULL,
    removed_at TIMESTAMP NOT NULL,
    ended_before DATE NOT NULL,
    batch_id VARCHAR NOT NULL,
    source VARCHAR NOT NULL,
    rows BIGINT NOT NULL,
    set_aside BIGINT NOT NULL,
    detached BIGINT NOT NULL,
    previous_hash VARCHAR NOT NULL,
    hash VARCHAR NOT NULL
);
CREATE TABLE meta_audit_head (log VARCHAR NOT NULL, seq BIGINT NOT NULL, hash VARCHAR NOT NULL, kept_at TIMESTAMP NOT NULL);
