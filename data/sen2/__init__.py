"""SEN2, the DfE's person-level census of EHC plans: its tables or its XML message become plans, placements and the census snapshot.

`tables` says which columns are read and drops everything that names a child; `message` reads the XML; `census` knows year and council; `assemble`
joins the tables into a source's rows; `gather` takes the files of one call together; `outcome` is what that comes to; `look` shows a file before it
is loaded. Reading happens where files are read, in a child with limits (`data.reading`); what stands in the store is asked before.
"""

from data.sen2.census import Standing, keeping_of, standing
from data.sen2.gather import START, File, Means, gather_message, gather_tables, looks_like, together_rejected
from data.sen2.message import is_message
from data.sen2.outcome import Asked, Companion, Filled, Gathered
from data.sen2.tables import may_fill

__all__ = [
    "START", "Asked", "Companion", "File", "Filled", "Gathered", "Means", "Standing", "gather_message", "gather_tables", "is_message", "keeping_of",
    "looks_like", "may_fill", "standing", "together_rejected",
]  # fmt: skip
