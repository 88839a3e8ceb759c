"""Places ahead from published counts: a CSV of area, year and places, or DfE's caseload as it is kept for Comparison."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

from analytics.run import published
from analytics.run.documents import records
from analytics.run.session import Session, require
from data import beside
from data.errors import InputRejected, WrongUsage, about

if TYPE_CHECKING:
    import pandas as pd

    from analytics.figures import Finding

TABLE = "history"
YEARS = 3


def read(history: Path | bytes, name: str = "the file") -> pd.DataFrame:
    """One row an area × January: area, year, places (missing where not published), from a path or from a file's bytes.

    WrongUsage when there is no such file; InputRejected with line, column and how to mend it when a row cannot be read.
    """
    if isinstance(history, bytes):
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / (Path(name).name or "history.csv")
            path.write_bytes(history)
            return read(path)
    if not history.is_file():
        raise WrongUsage(f"There is no file {history}.", "no_file")
    return beside.read_file(TABLE, history).rows


def forecast(history: Path | bytes, years: int = YEARS, draws: int = 2000, seed: int = 1) -> dict[str, Any]:
    """P10, P50 and P90 by area and year as a document ready for JSON, with the path of all areas and what must be known of the counts.

    InputRejected when the file cannot be read; WrongUsage when `years` is not 1 to 10.
    """
    from analytics import published_demand as model

    if not 1 <= years <= model.MOST_YEARS:
        raise WrongUsage(f"Name 1 to {model.MOST_YEARS} years ahead; {years} is not.")
    rows = read(history)
    try:
        found = model.forecast(rows, years, draws=draws, seed=seed)
    except InputRejected as error:
        raise InputRejected(about(history.name if isinstance(history, Path) else "The file", error.message), error.code) from error
    return {"areas": records(found.areas.round(1)), "total": records(found.path.round(1)), "last_year": found.origin, "draws": draws, "notes": list(found.told)}


def finding(session: Session, area: str, years: int, _stamp: str) -> Finding:
    """How many places might an area need? From the history that a person added, else from DfE's caseload if that was added.

    `area`: one of `areas`; `_stamp`: which tables, for the cache.
    """
    from analytics import published_demand as model
    from analytics.findings import published_forecast as words

    counts, source = _known(session)
    version = session.store.data_version()
    if counts is None:
        return words.nothing(version)
    return words.published_forecast(counts, model.forecast(counts, years), area, source, version)


def areas(session: Session, _stamp: str) -> list[str]:
    """The areas that can be chosen, in order of name; none where no counts were added."""
    counts, _ = _known(session)
    return [] if counts is None else sorted(counts.loc[counts["places"].notna(), "area"].unique())


def stamp(session: Session) -> str:
    """Changes when either table does."""
    return f"{published.stamp(session, TABLE)}/{published.stamp(session, 'caseload')}"


def _known(session: Session) -> tuple[pd.DataFrame | None, str]:
    """The counts and where they are from; None where neither table was added, or where it has counts of fewer than two years."""
    require(session, "view_costs")
    kept = published.table(session, TABLE)
    if kept is not None:
        return kept.rows, kept.file
    caseload = published.table(session, "caseload")
    if caseload is None:
        return None, ""
    counts = from_caseload(caseload.rows)
    return (counts, caseload.file) if counts.dropna(subset=["places"])["year"].nunique() > 1 else (None, "")


def from_caseload(rows: pd.DataFrame) -> pd.DataFrame:
    """Independent and non-maintained special placements by council and January out of DfE's caseload: area, year, places."""
    import pandas as pd

    places = rows["independent"].astype("Float64") + rows["non_maintained"].astype("Float64")
    return pd.DataFrame({"area": rows["la_name"], "year": rows["year"].astype(int), "places": places}).reset_index(drop=True)
