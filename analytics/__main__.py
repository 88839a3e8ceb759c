"""The commands: python -m analytics VERB. With --json one JSON document on standard output and everything else on standard error."""

from __future__ import annotations

import functools
import io
import os
import sys
import traceback
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Annotated, Any

import typer

from data.errors import UserError, WrongUsage

DETAILS = "PLACEMENTS_DEBUG"  # set to 1 to see where an unexpected fault arose
app = typer.Typer(
    name="analytics",
    help="Special-school placements: load, check, benchmark and plan from the command line.",
    add_completion=False,
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)
Json = Annotated[bool, typer.Option("--json", help="One JSON document on standard output")]
Db = Annotated[Path, typer.Option("--db", help="The database file")]
AsAt = Annotated[str | None, typer.Option("--as-at", help="Day the answer refers to, YYYY-MM-DD")]


def verb(function: Callable[..., None]) -> Callable[..., None]:
    """A command whose faults reach a person as one sentence and an exit code, never as a traceback."""

    @functools.wraps(function)
    def run(*args: Any, **kwargs: Any) -> None:
        as_json = bool(kwargs.get("as_json"))
        try:
            function(*args, **kwargs)
        except UserError as error:
            _fail(error.message, error.code, error.exit_code, as_json, getattr(error, "document", None))
        except typer.Exit:
            raise
        except BrokenPipeError:  # the reader, such as head, has seen enough; what is left goes nowhere
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        except KeyboardInterrupt:
            _fail("Stopped at your request.", "cancelled", 130, as_json)
        except Exception as error:  # noqa: BLE001 - the last gate before a person; the fault is told, and shown in full on request
            if os.environ.get(DETAILS):
                traceback.print_exc()
            _fail(f"Something unexpected went wrong ({type(error).__name__}). Set {DETAILS}=1 and try again to see where.", "unexpected", 1, as_json)

    return run


def _fail(message: str, code: str, exit_code: int, as_json: bool, document: object = None) -> None:
    if as_json:
        _print_json(document if document is not None else {"error": {"code": code, "message": message}})
    elif document is not None:
        _print_text(document)
    print(message, file=sys.stderr)
    raise typer.Exit(exit_code)


def _print_json(document: object) -> None:
    from analytics.run.documents import dumps

    sys.stdout.write(dumps(document) + "\n")
    sys.stdout.flush()


def _print_text(document: object) -> None:
    from analytics.run.words import as_text

    sys.stdout.write(as_text(document) + "\n")


def _answer(document: object, as_json: bool) -> None:
    (_print_json if as_json else _print_text)(document)


def _progress(fraction: float, words: str) -> None:
    print(f"progress {min(max(fraction, 0.0), 1.0):.2f} {words}", file=sys.stderr, flush=True)


def _day(text: str | None) -> date | None:
    if text is None:
        return None
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise WrongUsage(f"'{text}' is not a day; write it like 2026-03-31.") from None


@app.command()
@verb
def sample(
    db: Db,
    seed: Annotated[int, typer.Option(min=0, help="The same seed gives the same files")] = 1,
    plans: Annotated[int, typer.Option(min=200, max=200_000, help="Children with a plan on the as-at day")] = 20_635,
    as_at: AsAt = "2026-03-31",
    as_json: Json = False,
) -> None:
    """Builds the made-up authority in a new database."""
    from analytics.run import commands

    _answer(commands.sample(db, seed, plans, _day(as_at), _progress), as_json)


@app.command()
@verb
def load(
    files: Annotated[list[Path], typer.Argument(help="CSV files, in any order")],
    db: Db,
    source: Annotated[str | None, typer.Option(help="What the files hold; recognised by the header if not named")] = None,
    profile: Annotated[str | None, typer.Option(help="Mapping profile of another system's export")] = None,
    replace: Annotated[str | None, typer.Option(metavar="BATCH_ID", help="Batch that this load withdraws")] = None,
    as_json: Json = False,
) -> None:
    """Loads files, parents first; each file is its own transaction. Exit 3 if any is rejected."""
    from analytics.run import commands

    reports = commands.load(db, files, source, profile, replace, _progress)
    if as_json:
        _print_json(reports)
    else:
        from analytics.run.words import loaded

        sys.stdout.write(loaded(reports) + "\n")
    rejected = [report for report in reports if report["rejected"]]
    for report in rejected:
        print(f"{report['file']}: {report['rejected']['message']}", file=sys.stderr)
    if rejected:
        raise typer.Exit(3)


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
        _print_json({"source": chosen.name, "header": list(chosen.names), "columns": columns})
    else:
        sys.stdout.write(templates.template(chosen.name))


@app.command()
@verb
def match(db: Db, as_json: Json = False) -> None:
    """Proposes a setting for each supplier name of payments that name none."""
    from analytics.run import commands

    _answer(commands.match(db), as_json)


@app.command()
@verb
def check(db: Db, as_json: Json = False) -> None:
    """Data quality, and ledger against agreements line by line. Exit 0 whatever it finds."""
    from analytics.run import commands

    _answer(commands.check(db), as_json)


@app.command()
@verb
def benchmark(db: Db, as_at: AsAt = None, as_json: Json = False) -> None:
    """What placements cost against what children's needs explain, by setting."""
    from analytics.run import commands

    _answer(commands.benchmark(db, _day(as_at)), as_json)


@app.command()
@verb
def contracts(
    instance: Annotated[Path | None, typer.Option(help="A contract instance, JSON")] = None,
    db: Annotated[Path | None, typer.Option("--db", help="The database file")] = None,
    policy: Annotated[Path | None, typer.Option(help="Defaults and overrides by lot and URN, JSON")] = None,
    phase: Annotated[str | None, typer.Option(help="primary, secondary or post16")] = None,
    area: Annotated[str | None, typer.Option(help="Area where the children live")] = None,
    seconds: Annotated[float, typer.Option(min=1, help="Longest time to solve")] = 300,
    as_json: Json = False,
) -> None:
    """How many places to block against buying one by one, from an instance or from the database."""
    from analytics.run import planning

    if (instance is None) == (db is None):
        raise WrongUsage("Name either --instance FILE or --db FILE.")
    if instance is not None:
        _answer(planning.from_instance(instance, seconds, _progress), as_json)
    elif db is not None:
        _answer(planning.from_database(db, policy, phase, area, seconds, _progress), as_json)


@app.command()
@verb
def backup(db: Db, to: Annotated[Path, typer.Option(help="Folder for the backup")], as_json: Json = False) -> None:
    """A complete copy of the database and its ledger."""
    from analytics.run import commands

    _answer(commands.backup(db, to), as_json)


@app.command()
@verb
def restore(from_: Annotated[Path, typer.Option("--from", help="The backup file")], db: Db, as_json: Json = False) -> None:
    """Puts a backup in the place of the database."""
    from analytics.run import commands

    _answer(commands.restore(from_, db), as_json)


if __name__ == "__main__":
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="replace")  # a console without × or … shows a question mark, and goes on
    app(prog_name="python -m analytics")
