-- One row a record that equalled an accepted row of another batch (of_batch, of_row). When that batch is withdrawn, the earliest batch that stands
-- takes the row over: handed_by is the batch that caused it. Duplicates loaded before this table are not in it.
CREATE TABLE meta_duplicate (
    batch_id VARCHAR NOT NULL,
    source VARCHAR NOT NULL,
    row_number BIGINT NOT NULL,
    origin VARCHAR,
    of_batch VARCHAR NOT NULL,
    of_row BIGINT NOT NULL,
    handed_by VARCHAR
);
