-- One row a reply of a setting about its index (setting_reply): numbered within the setting, added and never changed. `about_*`: the index it answers.
CREATE TABLE setting_reply (
    urn VARCHAR NOT NULL,
    number INTEGER NOT NULL,
    replied_on DATE NOT NULL,
    replied_by VARCHAR NOT NULL,
    reply VARCHAR NOT NULL,
    effect VARCHAR NOT NULL,
    about_day DATE NOT NULL,
    about_index DOUBLE NOT NULL,
    about_low DOUBLE NOT NULL,
    about_high DOUBLE NOT NULL,
    recorded_by VARCHAR NOT NULL,
    recorded_at TIMESTAMP NOT NULL
);
