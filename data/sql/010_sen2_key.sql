-- One row at most: the key under which a SEN2 return's child without a reference of the council's own gets a lasting pseudonym (keyed digest).
CREATE TABLE meta_sen2_key (key VARCHAR NOT NULL);
