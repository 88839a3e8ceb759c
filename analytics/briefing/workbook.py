"""A table as a statistical workbook in the Government's good-practice form: cover, contents, notes, table (gptables)."""

from __future__ import annotations

import io
import re
from collections.abc import Mapping
from typing import Any

import pandas as pd

from analytics.briefing.cells import UNIT_WORDS, escape, shown
from analytics.figures import Table

_SAFE = {"strings_to_formulas": False, "strings_to_urls": False, "in_memory": True}
_NOT_IN_XML = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f]")
_MOST_CELL = 32_767  # characters that a sheet's cell holds


def workbook(table: Table, facts: Mapping[str, str], purpose: str) -> bytes:
    """The table as .xlsx. `facts` (basis, filters, date, data version, source) stand on the cover and above the table; `purpose` says who may use it.

    The table must have rows. Text that a spreadsheet would run stays text, and numbers stay numbers.
    """
    import gptables

    notes = _notes(table, facts)
    lines = [_text(f"{name}: {said}") for name, said in facts.items()]
    sheet = gptables.GPTable(
        shown(table).map(_for_sheet),
        table_name="table_1",
        title=_text(table.title),
        subtitles=[f"{_text(table.subtitle)} {''.join(f'$${number}$$' for number in notes)}".strip(), *lines],
        source=_text(table.source),
        instructions="This worksheet contains one table. Empty cells are values that are not known or do not apply. The notes say more.",
        index_columns={},
    )
    cover = gptables.Cover(
        title=_text(table.title),
        intro=["A table of the special-school placements dashboard.", _text(purpose)],
        about=lines,
    )
    told = pd.DataFrame({"Note number": list(notes), "Note text": list(notes.values())})
    book: Any = gptables.produce_workbook(out := io.BytesIO(), {"Table 1": sheet}, cover=cover, notes_table=told, workbook_options=_SAFE)
    book.close()
    return out.getvalue()


def _notes(table: Table, facts: Mapping[str, str]) -> dict[str, str]:
    """What the numbers are, by number of the note: basis, filters, missing cells, what text was changed, and units."""
    units = [(table.columns[name], UNIT_WORDS.get(unit, "")) for name, unit in table.units.items() if name in table.columns]
    notes = [
        f"Basis: {facts.get('Basis', table.subtitle)}.",
        f"Filters: {facts.get('Filters', 'none')}.",
        "An empty cell is a value that is not known or does not apply; 0 is a true nothing. Nothing is rounded here; pages round to whole pounds.",
        "An apostrophe before =, +, -, @, |, % or a control character was added so that a spreadsheet shows the text and does not run it.",
        f"Units: {'; '.join(f'{name} in {unit}' for name, unit in units if unit) or 'none'}.",
    ]
    return {str(number): _text(note) for number, note in enumerate(notes, 1)}


def _text(words: str) -> str:
    return str(_for_sheet(escape(words.replace("$$", "$ $"))))  # two dollar signs would point to a note


def _for_sheet(cell: object) -> object:
    if not isinstance(cell, str):
        return cell
    text = _NOT_IN_XML.sub("", cell)[:_MOST_CELL]
    return text if not text.strip() or any(letter.isalnum() for letter in text) else f"text {text}"  # a statistical workbook takes no cell of signs alone
