-- The manifest: one row a batch (meta_batch), one row a fault of a quarantined record (meta_quarantine),
-- one row a decision on a supplier name (supplier_match), one row a supplier name (supplier_proposal).
CREATE TABLE meta_batch (
    seq BIGINT NOT NULL,
    batch_id VARCHAR NOT NULL,
    source VARCHAR NOT NULL,
    file_name VARCHAR NOT NULL,
    sha256 VARCHAR NOT NULL,
    profile VARCHAR,
    loaded_at TIMESTAMP NOT NULL,
    rows_in BIGINT NOT NULL,
    accepted BIGINT NOT NULL,
    duplicates BIGINT NOT NULL,
    quarantined BIGINT NOT NULL,
    control_in DECIMAL(18, 2),
    control_accepted DECIMAL(18, 2),
    control_duplicates DECIMAL(18, 2),
    control_quarantined DECIMAL(18, 2),
    warnings VARCHAR NOT NULL,
    is_sample BOOLEAN NOT NULL,
    replaces VARCHAR,
    previous_hash VARCHAR NOT NULL,
    hash VARCHAR NOT NULL,
    withdrawn_by VARCHAR
);
CREATE TABLE meta_quarantine (
    batch_id VARCHAR NOT NULL,
    source VARCHAR NOT NULL,
    row_number BIGINT NOT NULL,
    column_name VARCHAR,
    code VARCHAR NOT NULL,
    message VARCHAR NOT NULL,
    record VARCHAR NOT NULL,
    missing VARCHAR,
    record_key VARCHAR,
    resolved_by VARCHAR
);
CREATE TABLE meta_derived (name VARCHAR NOT NULL, digest VARCHAR NOT NULL);
CREATE TABLE supplier_match (
    supplier_name VARCHAR NOT NULL,
    urn VARCHAR,
    decided_by VARCHAR NOT NULL,
    decided_at TIMESTAMP NOT NULL,
    undone_at TIMESTAMP
);
CREATE TABLE supplier_proposal (
    supplier_name VARCHAR NOT NULL,
    urn VARCHAR,
    confidence DOUBLE,
    automatic BOOLEAN NOT NULL
);
