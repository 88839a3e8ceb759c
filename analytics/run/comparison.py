"""What Comparison asks for: the published caseload that a person added, else the counts that come with the product."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

import pandas as pd

from analytics.findings.comparison import DENOMINATOR_NAMES
from analytics.run import published
from analytics.run.session import Session, require

if TYPE_CHECKING:
    from analytics.figures import Finding

__all__ = ["DENOMINATOR_NAMES", "TABLE", "comparison", "councils", "neighbours"]

TABLE = "caseload"
SAMPLE_COUNCIL = "886"  # the made-up authority has Kent's size
_COUNTS = ("year", "plans", "independent", "non_maintained", "special", "post16")


def councils(session: Session, _stamp: str) -> dict[str, str]:
    """Every council with published counts, by code: ours first, then in order of name. `_stamp`: which caseload, for the cache."""
    counts = _counts(session)[0]
    known = counts[counts["la_code"] != "England"].sort_values("year", kind="stable").drop_duplicates("la_code", keep="last").sort_values("la_name")
    names = dict(zip(known["la_code"].astype(str), known["la_name"].astype(str), strict=True))
    ours = our_council(session)
    return {code: names[code] for code in sorted(names, key=lambda code: code != ours)}


def our_council(session: Session) -> str:
    """The council's code: that of the SEN2 returns loaded, else Kent's, whose size the made-up authority has."""
    require(session, "view_costs")
    returned = session.store.read("stg_sen2")["la"].dropna().astype(str)
    return SAMPLE_COUNCIL if session.store.is_sample() or returned.empty else str(returned.mode().iloc[0])


def neighbours(session: Session, ours: str) -> dict[str, str]:
    """The statistical neighbours that are known here, by code."""
    require(session, "view_costs")
    rows = session.store.read("ref_statistical_neighbours")
    rows = rows[rows["la_code"] == ours]
    return dict(zip(rows["neighbour_code"].astype(str), rows["neighbour_name"].astype(str), strict=True))


def comparison(session: Session, ours: str, wanted: tuple[str, ...], denominator: str, _stamp: str) -> Finding:
    """How do we compare with councils like ours? `wanted`: codes of councils to compare with."""
    from analytics import comparison as model
    from analytics.findings import comparison as finding

    require(session, "view_costs")
    counts, file, added_on = _counts(session)
    names = {**neighbours(session, ours), **councils(session, _stamp)}
    known = finding.Published(
        rates=model.measured(counts, denominator),
        ours=ours,
        name=names.get(ours, ours),
        wanted={code: names.get(code, code) for code in wanted},
        file=file,
        added_on=added_on,
        made_up=session.store.is_sample(),
    )
    return finding.comparison(known, denominator, session.store.data_version())


def _counts(session: Session) -> tuple[pd.DataFrame, str, date | None]:
    kept = published.table(session, TABLE)
    if kept is not None:
        return kept.rows, kept.file, kept.added_on
    rows = session.store.read("ref_published_caseload")
    return rows.assign(**{name: pd.to_numeric(rows[name]) for name in _COUNTS}), "", None
