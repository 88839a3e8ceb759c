"""Commands for what leaves the council: protect."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from analytics.verbs.frame import Json, answer, app, verb


class Audience(StrEnum):
    """What `--profile` takes."""

    EXEMPT = "exempt"
    STRICT = "strict"


@app.command()
@verb
def protect(
    table: Annotated[Path, typer.Argument(metavar="CSV", help="One row a cell; with --contributors one row a cell and provider")],
    rows: Annotated[str, typer.Option(help="The column that says which row of the table")],
    columns: Annotated[str, typer.Option(help="The column that says which column of the table")],
    count: Annotated[str, typer.Option(help="The column that counts children")],
    contributors: Annotated[str | None, typer.Option(metavar="P,V", help="A table of pounds: the columns of provider group and amount")] = None,
    profile: Annotated[Audience, typer.Option(help="exempt hides counts under 5, strict (for the public) under 10")] = Audience.EXEMPT,
    as_json: Json = False,
) -> None:
    """Hides small cells of a table, and what else must be hidden so that nobody can work them out. Totals are checked, or worked out."""
    from analytics.run import disclosing

    found = disclosing.protected(table, rows, columns, count, contributors, profile.value)
    answer(found if as_json else disclosing.in_words(found), as_json)
