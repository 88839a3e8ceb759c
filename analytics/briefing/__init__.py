"""Papers that leave the product: sections of figures, and the files they become. The home of the document libraries."""
