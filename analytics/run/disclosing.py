"""The protect command: disclosure control of one table in a CSV."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import pandas as pd

from data.columns import plain, read_columns
from data.errors import WrongUsage

if TYPE_CHECKING:
    from analytics.disclosure.table import Table


def protected(path: Path, rows: str, columns: str, count: str, contributors: str | None, profile: str) -> dict[str, Any]:
    """The table as it may be published: `cells` (row, column, value or null, status), `suppressed`, `verified`, `profile`, `measure`.

    With `contributors`, "P,V": one row a cell and provider group P, the table is of pounds V, and `count` counts children.
    InputRejected for a file that is no such table; NoFeasibleAnswer where nothing of it may be published.
    """
    from analytics.disclosure.profile import profile_named
    from analytics.disclosure.protect import protect

    chosen = profile_named(profile)
    table = _table(path, rows, columns, count, contributors)
    made = protect(table, chosen)
    cells = [
        {"row": row, "column": column, "value": None if value != value else int(value), "status": status}
        for row, column, value, status in made.cells[[*made.dimensions, "value", "status"]].itertuples(index=False, name=None)
    ]
    return {"cells": cells, "suppressed": made.suppressed, "verified": made.verified, "profile": chosen.name, "measure": made.measure, "symbol": made.symbol}


def in_words(found: dict[str, Any]) -> dict[str, Any]:
    """The same for a person: hidden cells as the symbol, whichever the reason."""
    cells = [{"row": cell["row"], "column": cell["column"], "value": found["symbol"] if cell["value"] is None else cell["value"]} for cell in found["cells"]]
    return found | {"cells": cells}


def _table(path: Path, rows: str, columns: str, count: str, contributors: str | None) -> Table:
    from analytics.disclosure.table import counts, money

    names = [part.strip() for part in contributors.split(",")] if contributors else []
    if contributors and (len(names) != 2 or not all(names)):
        raise WrongUsage("Write --contributors as two columns, the provider's and the amount's, like provider,gbp.", "contributors")
    asked = [rows, columns, count, *names]
    if len({plain(name) for name in asked}) < len(asked):
        raise WrongUsage("Name a different column for each of --rows, --columns, --count and --contributors.", "same_column")
    frame = read_columns(path, asked)
    dimensions = [_label(name) for name in (rows, columns)]
    frame.columns = pd.Index([*dimensions, *asked[2:]])
    if names:
        return money(frame, dimensions, {"group": names[0], "gbp": names[1], "children": count}, name=path.name)
    return counts(frame, dimensions, count, name=path.name)


def _label(name: str) -> str:
    """A dimension's name as a person gave it, told apart from the columns that a table has of its own."""
    from analytics.disclosure.table import RESERVED

    return f"{name} (given)" if plain(name) in map(plain, RESERVED) else name
