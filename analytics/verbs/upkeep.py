"""Commands that keep the database safe: backup, restore."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from analytics.verbs.frame import Db, Json, answer, app, verb


@app.command()
@verb
def backup(db: Db, to: Annotated[Path, typer.Option(help="Folder for the backup")], as_json: Json = False) -> None:
    """A complete copy of the database and its ledger."""
    from analytics.run import commands

    answer(commands.backup(db, to), as_json)


@app.command()
@verb
def restore(from_: Annotated[Path, typer.Option("--from", help="The backup file")], db: Db, as_json: Json = False) -> None:
    """Puts a backup in the place of the database."""
    from analytics.run import commands

    answer(commands.restore(from_, db), as_json)
