"""A paper before it is a file: sections of sentences, figures and tables, every number already written out once."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any

import pandas as pd

from analytics.figures import Figure, Table, format_date, format_value

_RIGHT = ("", "text", "date")  # units whose cells stand on the left


@dataclass(frozen=True)
class Section:
    """A heading with what stands under it, in this order."""

    heading: str
    text: tuple[str, ...] = ()
    figures: tuple[Figure, ...] = ()
    tables: tuple[Table, ...] = ()
    points: tuple[str, ...] = ()


@dataclass(frozen=True)
class Paper:
    """A whole paper. `about`: lines under the title that say for whom, of when and from which data."""

    title: str
    about: tuple[str, ...]
    sections: tuple[Section, ...]
    as_at: date

    @property
    def figures(self) -> tuple[Figure, ...]:
        """Every figure, in order."""
        return tuple(figure for section in self.sections for figure in section.figures)


def document(paper: Paper) -> dict[str, Any]:
    """The paper as plain texts, which both kinds of file print as they are: title, about, sections of text, points, figures and tables."""
    return {
        "title": paper.title,
        "about": list(paper.about),
        "date": [paper.as_at.year, paper.as_at.month, paper.as_at.day],
        "sections": [
            {
                "heading": section.heading,
                "text": list(section.text),
                "points": list(section.points),
                "figures": [_figure(figure) for figure in section.figures],
                "tables": [_table(table) for table in section.tables if len(table.frame)],
            }
            for section in paper.sections
        ],
    }


def texts(paper: Paper) -> list[str]:
    """Every text of the paper, in the order it is read."""

    def walk(part: Any) -> list[str]:
        if isinstance(part, dict):
            return [text for value in part.values() for text in walk(value)]
        if isinstance(part, list):
            return [text for value in part for text in walk(value)]
        return [part] if isinstance(part, str) else []

    return walk(document(paper))


def _figure(figure: Figure) -> dict[str, str]:
    when = f" As at {format_date(figure.as_at)}." if figure.as_at else ""
    return {
        "label": figure.label,
        "value": figure.text,
        "interval": figure.interval_text,
        "basis": figure.basis,
        "source": f"{figure.source}. {figure.method}{when}",
    }


def _table(table: Table) -> dict[str, Any]:
    names = [name for name in table.columns if name in table.frame.columns]
    return {
        "title": table.title,
        "subtitle": table.subtitle,
        "source": table.source,
        "head": [table.columns[name] for name in names],
        "right": [table.units.get(name, "") not in _RIGHT for name in names],
        "rows": [[_cell(cell, table.units.get(name, "")) for name, cell in zip(names, row, strict=True)] for row in table.frame[names].itertuples(index=False)],
    }


def _cell(cell: Any, unit: str) -> str:
    if cell is None or cell is pd.NaT or cell is pd.NA or (isinstance(cell, float) and pd.isna(cell)):
        return "–"
    if isinstance(cell, date):
        return format_date(cell)
    return cell if isinstance(cell, str) else format_value(float(cell), unit)
