"""Who did what with the data: one line an event beside the database, each holding the hash of the line before, on the disk before the call returns.

A chain alone does not show that its end was cut off. So the hash of the newest line is copied to the person's configuration folder with every event,
and into the database with those that write to it; `verify` compares. No line names a child.
"""

from __future__ import annotations

import errno
import hashlib
import json
import os
import secrets
import sys
import threading
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO

from data.errors import StoreUnusable
from data.ledger import FIRST
from data.paths import config_dir

if TYPE_CHECKING:
    from data.store import Store

EVENTS = {
    "loaded": "Loaded a file",
    "refused": "A file was refused",
    "exported": "Exported a table",
    "matched": "Confirmed a supplier's setting",
    "unmatched": "Took back a supplier's setting",
    "recovery": "Recorded what came of a payment",
    "recovery_undone": "Took back what was recorded of a payment",
    "budget": "Entered a budget",
    "replied": "Recorded a setting's reply",
    "visit": "Recorded a visit",
    "visit_taken_back": "Took back a visit",
    "forecast_frozen": "Froze a forecast",
    "scenario": "Saved a scenario",
    "scenario_taken_back": "Took back a scenario",
    "released": "Published tables",
    "confirmed": "Confirmed the protection of real data",
    "pseudonym": "Looked up a pseudonym",
    "retention_begun": "Began to remove records past their time",
    "retention_done": "Removed records past their time",
    "backed_up": "Made a backup",
    "backups_deleted": "Deleted old backups",
    "restored": "Restored a backup",
    "withdrawn": "Took a batch back",
    "published_added": "Added a published table",
    "published_removed": "Took a published table away",
    "page": "Opened a page",
    "view_as": "Took a role",
    "signed_in": "Signed in",
    "signed_out": "Signed out",
}
TAIL = 1 << 16  # bytes; far longer than any line
Line = dict[str, Any]
Head = tuple[str, int, str]  # log, line, hash
_writing = threading.Lock()


@dataclass(frozen=True)
class Verdict:
    """Whether the log is whole. `faults` are sentences; `notes` say what could not be compared."""

    events: tuple[Line, ...]
    faults: tuple[str, ...]
    notes: tuple[str, ...]

    @property
    def holds(self) -> bool:
        return not self.faults


def audit_path(db: Path) -> Path:
    """The audit log of a database file stands beside it."""
    return db.with_name(db.name + ".audit.jsonl")


def heads_path(db: Path) -> Path:
    """Where this computer keeps the copies of the log's head, apart from the data: one file a database."""
    return config_dir() / "audit" / f"{hashlib.sha256(str(Path(db).resolve()).encode()).hexdigest()[:16]}.heads"


def record(db: Path, event: str, role: str, user: str = "", about: Mapping[str, object] | None = None) -> Line:
    """Writes one event and waits until the disk has it; answers the line. StoreUnusable when the log cannot be written.

    `about` holds texts and numbers, never a child's id. KeyError for an event that is not one of EVENTS.
    """
    words = f"'{EVENTS[event]}'"
    try:
        with _writing, audit_path(db).open("a+b") as file, _locked(file):
            last = _last(file)
            line: Line = {
                "seq": int(last["seq"]) + 1,
                "log": last["log"],
                "at": datetime.now(UTC).isoformat(timespec="milliseconds"),
                "event": event,
                "role": role,
                "user": user,
                "about": {name: value if isinstance(value, int | float | bool) else str(value) for name, value in (about or {}).items()},
                "previous_hash": last["hash"],
            }
            line["hash"] = line_hash(line)
            file.write(json.dumps(line).encode() + b"\n")
            file.flush()
            os.fsync(file.fileno())
            with suppress(OSError):  # a copy that is missing is told by `verify`; the event itself is safe
                _copy_head(heads_path(db), (line["log"], line["seq"], line["hash"]))
    except OSError as error:
        raise _unwritable(words, db, error) from error
    return line


def expect_writable(db: Path) -> None:
    """StoreUnusable when an event could not be written: asked before work that must not go unrecorded."""
    try:
        if audit_path(db).exists():
            audit_path(db).open("r+b").close()
        elif not os.access(db.parent, os.W_OK):
            raise PermissionError(errno.EACCES, os.strerror(errno.EACCES))
    except OSError as error:
        raise _unwritable("This", db, error) from error


def _unwritable(what: str, db: Path, error: OSError) -> StoreUnusable:
    name = audit_path(db).name
    return StoreUnusable(f"{what} was not done, as the audit log {name} cannot be written ({error.strerror}). Mend that and try again.", "audit_unwritable")


def line_hash(line: Line) -> str:
    """SHA-256 over every field but the hash itself."""
    return hashlib.sha256(json.dumps({name: value for name, value in line.items() if name != "hash"}, sort_keys=True).encode()).hexdigest()


def _last(file: BinaryIO) -> Line:
    """The line to go on from. A last line torn by a crash was never answered for, and is cut off; an unreadable one is chained over and stays to be found."""
    end = file.seek(0, os.SEEK_END)
    file.seek(max(0, end - TAIL))
    tail = file.read()
    whole = tail[: tail.rfind(b"\n") + 1]
    if len(whole) < len(tail):
        file.truncate(end - len(tail) + len(whole))
    lines = whole.splitlines()
    if not lines:
        return {"seq": 0, "log": secrets.token_hex(8), "hash": FIRST}
    found = _read(lines[-1])
    if found is not None:
        return found
    file.seek(0)
    return {"seq": sum(1 for _ in file), "log": secrets.token_hex(8), "hash": hashlib.sha256(lines[-1]).hexdigest()}


def _read(text: bytes) -> Line | None:
    try:
        line = json.loads(text)
    except ValueError:
        return None
    return line if isinstance(line, dict) and {"seq", "log", "hash", "previous_hash", "event", "role", "user", "at", "about"} <= set(line) else None


def _copy_head(path: Path, head: Head) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("ab") as file:
        file.write(" ".join(map(str, head)).encode() + b"\n")
        file.flush()
        os.fsync(file.fileno())


@contextmanager
def _locked(file: BinaryIO) -> Iterator[None]:
    """Processes take turns at the end of the file."""
    if sys.platform == "win32":
        import msvcrt

        file.seek(0)
        msvcrt.locking(file.fileno(), msvcrt.LK_LOCK, 1)
        try:
            yield
        finally:
            file.seek(0)
            msvcrt.locking(file.fileno(), msvcrt.LK_UNLCK, 1)
    else:
        import fcntl

        fcntl.flock(file, fcntl.LOCK_EX)
        yield  # closing the file gives the lock back


def keep_head(store: Store) -> None:
    """Copies the log's head into the database: called after work that writes to the database anyway."""
    with audit_path(store.path).open("rb") as file:
        file.seek(max(0, audit_path(store.path).stat().st_size - TAIL))
        lines = [line for text in file.read().splitlines() if (line := _read(text))]
    if lines:
        with store.transaction() as cursor:
            cursor.execute(
                "INSERT INTO meta_audit_head VALUES ($log, $seq, $hash, $now)",
                {name: lines[-1][name] for name in ("log", "seq", "hash")} | {"now": datetime.now(UTC).replace(tzinfo=None)},
            )


def heads_in(store: Store) -> list[Head]:
    """The heads that the database holds, oldest first."""
    with store.cursor() as cursor:
        rows = cursor.execute("SELECT log, seq, hash FROM meta_audit_head ORDER BY kept_at, seq").fetchall()
    return [(str(log), int(seq), str(one)) for log, seq, one in rows]


def verify(db: Path, in_store: Iterable[Head] = ()) -> Verdict:
    """Reads the whole log and says whether a line was changed, removed, added, reordered, or its end cut off. `in_store`: heads that the database holds."""
    path = audit_path(db)
    lines, faults = _chain(path.read_bytes().splitlines() if path.exists() else [])
    copies = _copies(heads_path(db))
    hashes = {(line["log"], line["seq"]): line["hash"] for line in lines}
    logs = {line["log"] for line in lines}
    notes = [] if copies or not lines else ["This computer holds no copy of the log's head, so an end cut off before would not show."]
    if len(logs) > 1:
        faults.append("The audit log was begun anew after an unreadable line.")
    last = max((int(line["seq"]) for line in lines), default=0)
    faults += _against(copies, hashes, logs, last, "This computer")
    strangers = [head for head in in_store if head[0] not in logs]
    faults += _against([head for head in in_store if head[0] in logs or not lines], hashes, logs, last, "The database")
    if strangers and lines:
        notes.append("The database also knows another audit log: it was restored here from another place, or the log was exchanged.")
    return Verdict(tuple(lines), tuple(dict.fromkeys(faults)), tuple(notes))


def _chain(texts: list[bytes]) -> tuple[list[Line], list[str]]:
    lines, faults, previous = [], [], FIRST
    for number, text in enumerate(texts, 1):
        line = _read(text)
        if line is None:
            faults.append(f"Line {number} of the audit log cannot be read.")
            previous = hashlib.sha256(text).hexdigest()
            continue
        if line_hash(line) != line["hash"]:
            faults.append(f"Line {number} of the audit log was changed after it was written.")
        if line["previous_hash"] != previous or line["seq"] != number:
            faults.append(f"Before line {number} of the audit log a line was removed, added or moved.")
        previous = line["hash"]
        lines.append(line)
    return lines, faults


def _against(heads: list[Head], hashes: Mapping[tuple[str, int], str], logs: set[str], last: int, who: str) -> list[str]:
    """What the copies of heads tell against the log."""
    faults = []
    if heads and not hashes:
        return [f"{who} remembers an audit log of {max(seq for _, seq, _ in heads)} lines, and there is none: it was removed."]
    if any(log not in logs for log, _, _ in heads):
        faults.append(f"{who} remembers another audit log for this database: the log was exchanged, or the database begun anew in the same place.")
    ours = [head for head in heads if head[0] in logs]
    furthest = max((seq for _, seq, _ in ours), default=0)
    if furthest > last:
        faults.append(f"The audit log ends with line {last}, but line {furthest} was written: its end was cut off.")
    differing = [seq for log, seq, one in ours if seq <= last and hashes.get((log, seq)) != one]
    if differing:
        faults.append(f"Line {differing[0]} of the audit log is not the line that was written first: its end was cut off or written anew.")
    return faults


def _copies(path: Path) -> list[Head]:
    if not path.exists():
        return []
    parts = [text.split() for text in path.read_text(encoding="utf-8").splitlines()]
    return [(part[0], int(part[1]), part[2]) for part in parts if len(part) == 3 and part[1].isdigit()]
