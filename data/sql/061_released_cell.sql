-- One row a cell of a released table (released_cell): its true value and whether it was shown. Added and never changed; it never leaves this database.
CREATE TABLE released_cell (
    release BIGINT NOT NULL,
    table_number INTEGER NOT NULL,
    table_name VARCHAR NOT NULL,
    measure VARCHAR NOT NULL,
    money BOOLEAN NOT NULL,
    dimensions VARCHAR NOT NULL,
    categories VARCHAR NOT NULL,
    value DOUBLE NOT NULL,
    status VARCHAR NOT NULL,
    children DOUBLE,
    groups DOUBLE,
    first_gbp DOUBLE,
    second_gbp DOUBLE,
    alone VARCHAR
);
