"""Commands that answer a question of the council's: benchmark, forecast, contracts."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from analytics.verbs.frame import AsAt, Db, Json, KnownOn, answer, app, day, progress, verb
from data.errors import WrongUsage


@app.command()
@verb
def benchmark(db: Db, as_at: AsAt = None, known_on: KnownOn = None, as_json: Json = False) -> None:
    """What placements cost against what children's needs explain, by setting."""
    from analytics.run import commands

    answer(commands.benchmark(db, day(as_at), day(known_on)), as_json)


@app.command()
@verb
def forecast(
    db: Annotated[Path | None, typer.Option("--db", help="The database file")] = None,
    history: Annotated[Path | None, typer.Option(help="Published counts, CSV: area, year (of the January census), places")] = None,
    as_at: AsAt = None,
    years: Annotated[int, typer.Option(min=1, max=10, help="Academic years ahead; with --history, Januaries after the last one")] = 5,
    draws: Annotated[int, typer.Option(min=1, max=5000, help="Futures drawn")] = 1000,
    seed: Annotated[int, typer.Option(min=0, help="The same seed gives the same futures")] = 1,
    known_on: KnownOn = None,
    as_json: Json = False,
) -> None:
    """How many places will be needed, of which kind and when, or by area from published counts, with P10, P50 and P90."""
    from analytics.run import demand, published_forecast

    if (history is None) == (db is None):
        raise WrongUsage("Name either --db FILE or --history FILE, a CSV of area, year and places.")
    if history is not None and (as_at is not None or known_on is not None):
        raise WrongUsage("--as-at and --known-on need --db: a forecast from published counts begins at the file's last year.")
    if history is not None:
        answer(published_forecast.forecast(history, years, draws, seed), as_json)
    elif db is not None:
        answer(demand.forecast(db, day(as_at), years, draws, seed, day(known_on)), as_json)


@app.command()
@verb
def contracts(
    instance: Annotated[Path | None, typer.Option(help="A contract instance, JSON")] = None,
    db: Annotated[Path | None, typer.Option("--db", help="The database file")] = None,
    policy: Annotated[Path | None, typer.Option(help="Defaults and overrides by lot and URN, JSON")] = None,
    phase: Annotated[str | None, typer.Option(help="primary, secondary or post16")] = None,
    area: Annotated[str | None, typer.Option(help="Area where the children live")] = None,
    seconds: Annotated[float, typer.Option(min=1, help="Longest time to solve")] = 300,
    known_on: KnownOn = None,
    as_json: Json = False,
) -> None:
    """How many places to block against buying one by one, from an instance or from the database."""
    from analytics.run import planning

    if (instance is None) == (db is None):
        raise WrongUsage("Name either --instance FILE or --db FILE.")
    if known_on is not None and db is None:
        raise WrongUsage("--known-on needs --db: an instance file has no days of loading.")
    if instance is not None:
        answer(planning.from_instance(instance, seconds, progress), as_json)
    elif db is not None:
        answer(planning.from_database(db, policy, phase, area, seconds, progress, day(known_on)), as_json)
