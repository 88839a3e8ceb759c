"""SEN2, the DfE's person-level census of EHC plans: its tables or its XML message become plans, placements and the census snapshot.

`tables` says which columns are read and drops everything that names a child; `message` reads the XML; `census` knows year and council; `assemble`
joins the tables into a source's rows; `gather` takes the files of one call together; `look` shows a file before it is loaded.
"""

from data.sen2.census import keeping_of, standing
from data.sen2.gather import FILLED, START, Asked, Companion, Filled, Gathered, Part, gather, looks_like

__all__ = ["FILLED", "START", "Asked", "Companion", "Filled", "Gathered", "Part", "gather", "keeping_of", "looks_like", "standing"]
