"""Templates and the data dictionary, made from `SOURCES`."""

from __future__ import annotations

from typing import Any

from data.profiles import source_named
from data.sources import SOURCES, Column, Kind, Source

FORMS = {
    Kind.ID: "a reference, as text",
    Kind.TEXT: "text",
    Kind.DATE: "a date, 2026-03-31 or 31/03/2026",
    Kind.MONTH: "a month, 2014-02",
    Kind.MONEY: "pounds and pence, 1200.50",
    Kind.NUMBER: "a number",
    Kind.INTEGER: "a whole number",
    Kind.CODE: "one of",
    Kind.CODES: "any of, separated by semicolons,",
    Kind.DATES: "dates, separated by semicolons",
    Kind.FLAG: "Y or N",
}


def header_line(source: Source) -> str:
    """The CSV header of a source's template; a file that is just this line and rows loads."""
    return ",".join(source.names)


def form(column: Column) -> str:
    """How a column's cells are written."""
    codes = f" {', '.join(column.codes)}" if column.codes else ""
    unit = f", {column.unit}" if column.unit and column.kind is not Kind.MONEY else ""
    empty = f"; empty means {column.default}" if column.default else ""
    return FORMS[column.kind] + codes + unit + empty


def template(name: str) -> str:
    """A source's header line, an empty line, and a legend of its columns. WrongUsage for an unknown source."""
    source = source_named(name)
    again = "the same key with other values is a new version" if source.versioned else "the same key with other values is kept out as a conflict"
    lines = [header_line(source), "", f"{source.name}: {source.meaning}.", f"Key: {', '.join(source.key)}; {again}.", "", "* required"]
    width = max(len(c.name) for c in source.columns) + 2
    lines += [f"{c.name + ('*' if c.required else ''):<{width}}{c.meaning}: {form(c)}." for c in source.columns]
    return "\n".join(lines) + "\n"


def dictionary() -> list[dict[str, Any]]:
    """The data dictionary: one row a column of a source (source, column, required, key, meaning, form, unit, also_read_as)."""
    return [
        {
            "source": source.name,
            "column": column.name,
            "required": column.required,
            "key": column.name in source.key,
            "meaning": column.meaning,
            "form": form(column),
            "unit": column.unit,
            "also_read_as": ", ".join(column.synonyms),
        }
        for source in SOURCES.values()
        for column in source.columns
    ]
