"""Files → blocks of text rows with their physical line numbers, one module a format.

How a format plugs in: `guard` names a file's kind by its bytes and refuses what no parser should see; `opening.open_file` hands it to the
module of its kind. A module has one function `open_…(file: Guarded, headers: Headers) -> Opened`. It finds the header (or the table, by
`headers.score` and `headers.source`), and gives `Opened.blocks`, a function that yields `Block`s: up to 20,000 rows, one Arrow array of
texts a header cell, the line of each record, ragged records apart. `gather(records, width)` makes blocks of an iterator of
(line, cells). Nothing is typed here: dates are ISO text, money digits, an empty cell "". Whatever is wrong with the whole file is an
InputRejected with one sentence and a stable code. Readers run in a child process with limits (`worker`); they hold one block at a time.
A file with several tables (sheets) is read as one of them: the one whose header scores best under `headers`, which prefer the source that the
person named; the same file may be loaded again for another source. Sheets that are tables of a SEN2 return are read all (`Opened.siblings`).
"""

from data.readers.block import BLOCK, FORMULA, LONGEST_CELL, MOST_COLUMNS, Block, FileKind, Guarded, Headers, Opened, gather, is_blank, shape

__all__ = ["BLOCK", "FORMULA", "LONGEST_CELL", "MOST_COLUMNS", "Block", "FileKind", "Guarded", "Headers", "Opened", "gather", "is_blank", "shape"]
