"""The two stores of the dashboard, never mixed: the made-up authority, and the council's own data. Building the sample on the first start."""

from __future__ import annotations

import threading
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

from analytics.run.child import Child
from data.ledger import ledger_path
from data.paths import data_dir, default_db
from data.restoring import ready_path
from data.seal import note_path

if TYPE_CHECKING:
    from data.store import Store

_BUILDING = "sample.building.duckdb"
_BUILD_SECONDS = 900
# One build a process, whichever browser asked first.
_builders: dict[str, Child] = {}
_lock = threading.Lock()
# The one past state that is kept open; one that a running page still reads goes when that page is done.
_past: dict[tuple[Path, date, str], Store] = {}
_looking_back = threading.Lock()


def sample_path() -> Path:
    return data_dir() / "sample.duckdb"


def council_path() -> Path:
    return default_db()


def is_there(path: Path) -> bool:
    """Whether there is a store to open, or one that went missing and left its ledger or a restore that waits to be finished."""
    return any(trace.exists() for trace in (path, ledger_path(path), ready_path(path)))


def has_council() -> bool:
    """Whether the council has data of its own, be they damaged."""
    return is_there(council_path())


def open_sample() -> Store:
    """The made-up authority's store, once it is built. StoreUnusable if it cannot be opened."""
    from data.store import shared

    return shared(sample_path())


def open_council() -> Store:
    """The council's own store, made on first use. StoreUnusable if it cannot be opened."""
    from data.store import shared

    return shared(council_path())


def days_of_loading(store: Store) -> list[date]:
    """Days (UTC) on which something was loaded or withdrawn, newest first."""
    from data import known

    return known.days_of_loading(store)


def as_known(store: Store, day: date) -> Store:
    """The store as it was known at the end of a day, made on first use (as long as making the costs anew takes). At most one is kept."""
    from data import known

    with _looking_back:
        key = (store.path, day, known.fingerprint(store, day))
        past = _past.get(key)
        if past is None:
            _past.clear()
            past = _past[key] = store.known_on(day)
        return past


def build_sample() -> None:
    """Starts to build the sample beside its final place, unless it is there or being built."""
    with _lock:
        if "sample" not in _builders and not is_there(sample_path()):
            data_dir().mkdir(parents=True, exist_ok=True)
            _remove_building()
            _builders["sample"] = Child(["sample", "--db", str(data_dir() / _BUILDING), "--json"], seconds=_BUILD_SECONDS)


def building() -> Child | None:
    """The child that builds the sample now."""
    return _builders.get("sample")


def finish_building() -> str:
    """Puts the finished sample in its place; the first browser that comes does it for all. Answers what went wrong, or nothing."""
    with _lock:
        child = _builders.pop("sample", None)
        if child is None:
            return ""
        code, _, last_line = child.result()
        if code != 0:
            _remove_building()
            return last_line or f"exit code {code}"
        made = data_dir() / _BUILDING
        made.replace(sample_path())  # the database first: a ledger that lags behind is completed, one that is ahead is refused
        ledger_path(made).replace(ledger_path(sample_path()))
        note_path(made).replace(note_path(sample_path()))
        return ""


def stop_building() -> None:
    """Ends the build and removes what it made."""
    with _lock:
        child = _builders.pop("sample", None)
        if child is not None:
            child.cancel()
            _remove_building()


def _remove_building() -> None:
    for file in data_dir().glob(f"{_BUILDING}*"):
        file.unlink()
