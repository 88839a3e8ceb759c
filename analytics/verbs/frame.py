"""What every command shares: the application, one sentence and an exit code for each fault, JSON or words for each answer."""

from __future__ import annotations

import functools
import os
import sys
import traceback
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Annotated, Any

import typer

from data.errors import UserError, WrongUsage

__all__ = ["AsAt", "Db", "Json", "KnownOn", "answer", "app", "day", "print_json", "progress", "verb"]
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
KnownOn = Annotated[str | None, typer.Option("--known-on", metavar="DATE", help="Answer from what was loaded and decided by the end of this day (UTC)")]


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
        print_json(document if document is not None else {"error": {"code": code, "message": message}})
    elif document is not None:
        _print_text(document)
    print(message, file=sys.stderr)
    raise typer.Exit(exit_code)


def print_json(document: object) -> None:
    from analytics.run.documents import dumps

    sys.stdout.write(dumps(document) + "\n")
    sys.stdout.flush()


def _print_text(document: object) -> None:
    from analytics.run.words import as_text

    sys.stdout.write(as_text(document) + "\n")


def answer(document: object, as_json: bool) -> None:
    (print_json if as_json else _print_text)(document)


def progress(fraction: float, words: str) -> None:
    print(f"progress {min(max(fraction, 0.0), 1.0):.2f} {words}", file=sys.stderr, flush=True)


def day(text: str | None) -> date | None:
    if text is None:
        return None
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise WrongUsage(f"'{text}' is not a day; write it like 2026-03-31.") from None
