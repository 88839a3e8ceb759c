"""What a source's file looks like: its header, and what each column means."""

from __future__ import annotations

from typing import Any

from data.errors import WrongUsage
from data.sources import SOURCES, Column, Kind, Source

KIND_WORDS = {
    Kind.ID: "reference",
    Kind.TEXT: "text",
    Kind.DATE: "date, YYYY-MM-DD or dd/mm/yyyy",
    Kind.MONTH: "month, YYYY-MM",
    Kind.MONEY: "pounds and pence",
    Kind.NUMBER: "number",
    Kind.INTEGER: "whole number",
    Kind.CODE: "one of the codes",
    Kind.CODES: "codes, separated by semicolons",
    Kind.DATES: "dates, separated by semicolons",
    Kind.FLAG: "Y or N",
}


def find(name: str) -> Source:
    """The source of that name, whatever its case. WrongUsage that lists the sources there are."""
    source = SOURCES.get(name.strip().lower())
    if source is None:
        raise WrongUsage(f"There is no source '{name}'. The sources are {', '.join(SOURCES)}.", "unknown_source")
    return source


def header(source: Source) -> str:
    """The header line of the source's CSV."""
    return ",".join(source.names)


def legend(source: Source) -> str:
    """One line a column: whether it must be there, how it is read, codes, meaning."""
    width = max(len(name) for name in source.names)
    lines = [f"{source.name}: {source.meaning}. Key: {', '.join(source.key)}. Columns with * are required."]
    lines += [f"{('* ' if c.required else '  ') + c.name:<{width + 4}}{_reading(c)}. {c.meaning}" for c in source.columns]
    return "\n".join(lines)


def document(source: Source) -> dict[str, Any]:
    """The same as data."""
    columns = [
        {
            "name": c.name,
            "required": c.required,
            "kind": str(c.kind),
            "unit": c.unit,
            "codes": list(c.codes),
            "synonyms": list(c.synonyms),
            "meaning": c.meaning,
        }
        for c in source.columns
    ]
    return {"source": source.name, "meaning": source.meaning, "key": list(source.key), "header": list(source.names), "columns": columns}


def _reading(column: Column) -> str:
    words = KIND_WORDS[column.kind] + (f" ({column.unit})" if column.unit not in ("", "£") else "")
    return f"{words}: {', '.join(column.codes)}" if column.codes else words
