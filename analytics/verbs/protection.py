"""Commands that keep real data under protection: assure, pseudonym, retain, audit."""

from __future__ import annotations

import sys
from typing import Annotated, Any

import typer

from analytics.verbs.frame import Db, Json, answer, app, day, verb
from data.assurance import KEEP_YEARS, LEAST_YEARS, MOST_YEARS, Wish


@app.command()
@verb
def assure(
    db: Db,
    assessed_on: Annotated[str | None, typer.Option(help="Day of the data-protection impact assessment, YYYY-MM-DD")] = None,
    encrypted_disk: Annotated[bool, typer.Option("--encrypted-disk", help="Confirms that the disk that holds the database is encrypted")] = False,
    assessment: Annotated[str, typer.Option(help="The council's reference of the assessment")] = "",
    keep_years: Annotated[int, typer.Option(min=LEAST_YEARS, max=MOST_YEARS, help="Years that placements are kept after they end")] = KEEP_YEARS,
    pseudonyms: Annotated[bool | None, typer.Option(help="Replace ids by keyed hashes; decided before the first file, and for good")] = None,
    as_json: Json = False,
) -> None:
    """Confirms, once, what real data need: the assessment and an encrypted disk. Without options it says what is confirmed."""
    from analytics.run import protection

    asked = bool(assessed_on or encrypted_disk or assessment or pseudonyms is not None)
    answer(protection.assure(db, Wish(day(assessed_on), encrypted_disk, assessment, keep_years, pseudonyms) if asked else None), as_json)


@app.command()
@verb
def pseudonym(
    identifier: Annotated[str, typer.Argument(metavar="ID", help="The id as the case system writes it; - reads it from standard input")],
    db: Db,
    kind: Annotated[str, typer.Option(help="child, placement or case")] = "child",
    as_json: Json = False,
) -> None:
    """The pseudonym of an id, for whoever holds the key. The other way there is none."""
    from analytics.run import protection

    found = protection.look_up(db, sys.stdin.readline() if identifier == "-" else identifier, kind)
    if as_json:
        answer(found, as_json)
    else:
        print(found["pseudonym"])


@app.command()
@verb
def retain(
    db: Db,
    years: Annotated[int | None, typer.Option(help="Years that placements are kept after they end; as confirmed if not named")] = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Say what would be removed, and change nothing")] = False,
    backups: Annotated[bool, typer.Option("--backups", help="Make a fresh backup, then delete the older copies beside the database")] = False,
    as_json: Json = False,
) -> None:
    """Removes placements that ended over N years ago and what belongs to them alone, and says what it did."""
    from analytics.run import protection

    answer(protection.retain(db, years, dry_run=dry_run, backups=backups), as_json)


@app.command()
@verb
def audit(db: Db, as_json: Json = False) -> None:
    """Who did what with the data, and whether the log is whole. In words the newest event comes first."""
    from analytics.run import protection

    document = protection.log(db)
    answer(document if as_json else document | {"events": [_in_words(event) for event in reversed(document["events"])]}, as_json)


def _in_words(event: dict[str, Any]) -> dict[str, Any]:
    about = "; ".join(f"{name.replace('_', ' ')} {value}" for name, value in event["about"].items())
    who = f"{event['role']} {event['user']}".strip()
    return {"seq": event["seq"], "at": event["at"][:16].replace("T", " "), "event": event["event"], "who": who, "message": about}
