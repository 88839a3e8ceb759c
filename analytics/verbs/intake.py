"""Commands that bring data in and look at them: sample, load, withdraw, template, match, check."""

from __future__ import annotations

import sys
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from analytics.verbs.frame import AsAt, Db, Json, KnownOn, answer, app, day, print_json, progress, verb


class Period(StrEnum):
    """What `check --by` takes."""

    YEAR = "year"
    MONTH = "month"


@app.command()
@verb
def sample(
    db: Db,
    seed: Annotated[int, typer.Option(min=0, help="The same seed gives the same files")] = 1,
    plans: Annotated[int, typer.Option(min=200, max=700_000, help="Children with a plan on the as-at day")] = 20_635,
    as_at: AsAt = "2026-03-31",
    as_json: Json = False,
) -> None:
    """Builds the made-up authority in a new database."""
    from analytics.run import commands

    answer(commands.sample(db, seed, plans, day(as_at), progress), as_json)


@app.command()
@verb
def load(
    files: Annotated[list[Path], typer.Argument(help="CSV (or .csv.gz), Excel (.xlsx) and Parquet files, in any order")],
    db: Db,
    source: Annotated[str | None, typer.Option(help="What the files hold; recognised by the header if not named")] = None,
    profile: Annotated[str | None, typer.Option(help="Mapping profile of another system's export")] = None,
    replace: Annotated[str | None, typer.Option(metavar="BATCH_ID", help="Batch that this load withdraws")] = None,
    as_json: Json = False,
) -> None:
    """Loads files, parents first; each file is its own transaction. Exit 3 if any is rejected."""
    from analytics.run import commands

    reports = commands.load(db, files, source, profile, replace, progress, lambda words: print(words, file=sys.stderr))
    if as_json:
        print_json(reports)
    else:
        from analytics.run.words import loaded

        sys.stdout.write(loaded(reports) + "\n")
    rejected = [report for report in reports if report["rejected"]]
    for report in rejected:
        print(report["rejected"]["message"], file=sys.stderr)
    if rejected:
        raise typer.Exit(3)


@app.command()
@verb
def withdraw(batch_id: Annotated[str, typer.Argument(metavar="BATCH_ID", help="Batch to take back")], db: Db, as_json: Json = False) -> None:
    """Takes a batch back without another in its place; its rows are used no more."""
    from analytics.run import commands

    answer(commands.withdraw(db, batch_id), as_json)


@app.command()
@verb
def template(
    source: Annotated[str, typer.Argument(help="settings, plans, placements, fees, payments, …")],
    out: Annotated[Path | None, typer.Option(help="Also write the header to this CSV file")] = None,
    as_json: Json = False,
) -> None:
    """The source's CSV header, then a legend of its columns."""
    from data import templates
    from data.profiles import source_named

    chosen = source_named(source.strip().lower())
    if out is not None:
        out.write_text(templates.header_line(chosen) + "\n", encoding="utf-8")
    if as_json:
        columns = [column for column in templates.dictionary() if column["source"] == chosen.name]
        print_json({"source": chosen.name, "header": list(chosen.names), "columns": columns})
    else:
        sys.stdout.write(templates.template(chosen.name))


@app.command()
@verb
def match(db: Db, known_on: KnownOn = None, as_json: Json = False) -> None:
    """Proposes a setting for each supplier name of payments that name none."""
    from analytics.run import commands

    answer(commands.match(db, day(known_on)), as_json)


@app.command()
@verb
def check(
    db: Db,
    by: Annotated[Period, typer.Option(help="Ledger against agreements by setting and year, or by setting and month too")] = Period.YEAR,
    known_on: KnownOn = None,
    since: Annotated[str | None, typer.Option(metavar="DATE", help="Also which records changed after the end of this day (UTC)")] = None,
    as_json: Json = False,
) -> None:
    """Data quality with the team that mends it, and counts, agreements and ledger against each other line by line. Exit 0 whatever it finds."""
    from analytics.run import commands

    answer(commands.check(db, months=by is Period.MONTH, known_on=day(known_on), since=day(since)), as_json)
