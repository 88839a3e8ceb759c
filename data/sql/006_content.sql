-- One row a batch that has rows: how many and a sum of their hashes (meta_content), by which a change is noticed; one row: number of the last change (meta_change).
CREATE TABLE meta_content (
    source VARCHAR NOT NULL,
    batch_id VARCHAR NOT NULL,
    rows BIGINT NOT NULL,
    digest VARCHAR NOT NULL,
    made_with VARCHAR NOT NULL
);
CREATE TABLE meta_change (number BIGINT NOT NULL);
INSERT INTO meta_change VALUES (0);
