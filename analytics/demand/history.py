"""What was known on a day: placements begun by then, which of them follow another of the same child, and where a child might go next."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

import numpy as np
import pandas as pd

from analytics.demand.clock import Floats, Ints, phase
from analytics.survival import OLDEST, age_limits, banded, cohort, days, leavers_from
from data.domain import Lot, academic_year

ANY = "any"  # area of a child whose home is not known, and of lots pooled over areas
KIND = ["primary_need", "residence_group", "area"]
KEY = ["urn", *KIND]
PHASE_CODES = ("primary", "secondary", "post16")
OVERLAP_DAYS, GAP_DAYS = 31, 122  # a place that begins this close around the end of the child's last one is a move
WIDEST = 10  # settings considered for a child whose kind of place nobody has begun lately
USUALLY_MOVE = 0.1  # share of leavers who go on to another such place, where none has been seen
MOVE_PRIOR = 10.0  # leavers that the share of like ages counts for


@dataclass(frozen=True)
class History:
    """Placements known on a day, as arrays fit for drawing.

    `frame`: one row a placement begun by then: urn, need, residence, area, named_by, cohort, limit, open, entry_ay, month_of_ay, window (years before the
    day), age (at entry), moved_in, moved_on, left_age, left_at_end, key. `keys`: one row a setting × need × residence × area. `pool`: one row
    a placement that a child who moves may get one like, sorted by group (kind × phase): group, key, limit, council, closing. `first`, `size`: where a
    group's rows stand; `stays`: how many of them, the first ones, are at settings that do not close.
    `whole_years`: years before the day for which the records hold who left too.
    """

    frame: pd.DataFrame
    keys: pd.DataFrame
    kind_of_key: Ints
    pool: pd.DataFrame
    first: Ints
    size: Ints
    stays: Ints
    whole_years: int

    @property
    def lots(self) -> list[str]:
        """Lot of each cell: key × phase."""
        columns = (self.keys[name] for name in KIND)
        return [Lot(need, p, residence, area).id for need, residence, area in zip(*columns, strict=True) for p in PHASE_CODES]


def known(placements: pd.DataFrame, as_at: date, settings: pd.DataFrame | None, entry_years: int, closing: frozenset[str] = frozenset()) -> History:
    """The history of one row a placement, past and open: nothing dated after `as_at` is looked at. Without child_id no move can be told.

    `closing`: settings that will close, beside which another must be found for their children.
    """
    frame = _frame(placements, as_at, settings)
    frame["moved_in"], frame["moved_on"] = _moves(placements, frame)
    frame["kind"] = frame.groupby(KIND, sort=True).ngroup()
    kinds = frame.drop_duplicates("kind").sort_values("kind")[KIND].reset_index(drop=True)
    pool = _pool(frame[frame["window"] < entry_years], kinds, closing)
    keys = pd.concat([frame[["urn", "kind"]], pool[["urn", "kind"]]]).drop_duplicates().sort_values(["urn", "kind"]).reset_index(drop=True)
    number = pd.Series(np.arange(len(keys)), index=pd.MultiIndex.from_frame(keys))
    for part in (frame, pool):
        part["key"] = number.reindex(pd.MultiIndex.from_frame(part[["urn", "kind"]])).to_numpy(np.int64)
    size, stays = (np.bincount(part["group"], minlength=3 * len(kinds)).astype(np.int64) for part in (pool, pool[~pool["closing"]]))
    left = frame["leaving"].to_numpy().astype("datetime64[D]")
    since = leavers_from(left[~np.isnat(left)], as_at)
    whole = int((np.datetime64(as_at, "D") - since).astype(int) // 365.25) if frame["leaving"].notna().any() else 0
    named = keys.join(kinds, on="kind")[KEY]
    return History(frame, named, keys["kind"].to_numpy(np.int64), pool, np.cumsum(size) - size, size, stays, whole)


def _frame(placements: pd.DataFrame, as_at: date, settings: pd.DataFrame | None) -> pd.DataFrame:
    entry, leaving = days(placements["entry_date"]), days(placements["leaving_date"])
    today = np.datetime64(as_at, "D")
    begun = entry <= today
    frame = placements.loc[begun, ["urn", "primary_need", "residence_group", "area", "named_by"]].reset_index(drop=True)
    frame["area"] = frame["area"].fillna(ANY)
    frame["row"] = np.flatnonzero(begun)
    frame["cohort"] = cohort(placements["birth_month"])[begun]
    frame["limit"] = age_limits(frame["urn"], settings)
    entry, leaving = entry[begun], leaving[begun]
    frame["entry"], frame["leaving"] = entry, np.where(leaving < today, leaving, np.datetime64("NaT"))
    frame["open"] = leaving >= today
    frame["entry_ay"], frame["month_of_ay"] = academic_month(entry)
    frame["window"] = ((today - entry).astype(int) / 365.25).astype(int)
    frame["age"] = frame["entry_ay"] - frame["cohort"]
    frame["entry_phase"] = phase(frame["age"].to_numpy(np.int64))
    return frame.sort_values([*KEY, "entry", "cohort", "row"], kind="stable").reset_index(drop=True)


def academic_month(when: np.ndarray) -> tuple[Ints, Ints]:
    """Academic year and month of it (September is 0) of days."""
    month = when.astype("datetime64[M]").astype(int)
    return np.asarray(1970 + month // 12 - (month % 12 < 8)), np.asarray((month + 4) % 12)


def _moves(placements: pd.DataFrame, frame: pd.DataFrame) -> tuple[pd.Series, pd.Series]:
    """Which placements follow another of the same child, and which are followed by one. A second place held beside a first is neither."""
    never = pd.Series(False, index=frame.index)
    if "child_id" not in placements.columns:
        return never, never.copy()
    rows = frame[["entry", "leaving"]].assign(child=placements["child_id"].to_numpy()[frame["row"]])
    if "rank" in placements.columns:
        rows = rows[placements["rank"].astype(str).to_numpy()[frame["row"]] != "2"]
    rows = rows.sort_values(["child", "entry"], kind="stable")
    gap = (rows["entry"] - rows.groupby("child")["leaving"].shift()).dt.days
    moved_in = gap.between(-OVERLAP_DAYS, GAP_DAYS)
    moved_on = moved_in.groupby(rows["child"]).shift(-1, fill_value=False).astype(bool)
    return moved_in.reindex(frame.index, fill_value=False), moved_on.reindex(frame.index, fill_value=False)


def _pool(recent: pd.DataFrame, kinds: pd.DataFrame, closing: frozenset[str]) -> pd.DataFrame:
    """Where a child of a kind may move in a phase: places begun lately by such children, else (or where all close) of the nearest kind that has any."""
    every = recent.assign(group=recent["kind"] * 3 + recent["entry_phase"], council=recent["named_by"].eq("council"), closing=recent["urn"].isin(closing))
    columns = ["group", "kind", "urn", "limit", "council", "closing"]
    own = every[~every["closing"]]
    missing = np.setdiff1d(np.arange(3 * len(kinds)), own["group"].to_numpy())
    likes = [["primary_need", "residence_group", "entry_phase"], ["residence_group", "entry_phase"], ["entry_phase"], ["residence_group"], []]
    found = {tuple(like): dict(list(own.groupby(like))) if like else {(): own} for like in likes}
    extra = []
    for group in missing.tolist():
        wanted = {**kinds.iloc[group // 3].to_dict(), "entry_phase": group % 3}
        rows = next((rows for like in likes if len(rows := found[tuple(like)].get(tuple(wanted[name] for name in like), own.head(0)))), own.head(0))
        some = rows.drop_duplicates("urn").head(WIDEST)
        extra.append(some.assign(group=group, kind=group // 3)[columns])
    return pd.concat([every[columns], *extra]).sort_values(["group", "closing", "urn"], kind="stable").reset_index(drop=True)


def move_shares(history: History, as_at: date, history_years: int, draws: int, rng: np.random.Generator) -> Floats:
    """Of those who leave, the share who go on to another such place: draws × (within a year, at its end) × (below, at the age limit) × academic age.

    Beta-Binomial: each age leans on ages like it by ten leavers. Who left within the last four months might still be on the way and is not counted.
    """
    left = history.frame[history.frame["leaving"].notna()]
    ago = (np.datetime64(as_at, "D") - left["leaving"].to_numpy().astype("datetime64[D]")).astype(int)
    left = left[(ago > GAP_DAYS) & (ago <= 365.25 * history_years + GAP_DAYS)]
    when = left["leaving"].to_numpy().astype("datetime64[D]")
    ay, month = academic_month(when)
    age = np.clip(ay - left["cohort"].to_numpy(np.int64), 0, OLDEST)
    cell = ((month >= 10) * 2 + (age + 1 >= left["limit"].to_numpy())) * (OLDEST + 1) + age
    every = np.bincount(cell, weights=np.ones(len(cell)), minlength=4 * (OLDEST + 1)).reshape(4, OLDEST + 1)
    moved = np.bincount(cell, weights=left["moved_on"].to_numpy(float), minlength=4 * (OLDEST + 1)).reshape(4, OLDEST + 1)
    if not moved.any():
        return np.zeros((draws, 2, 2, OLDEST + 1))
    prior = np.array([banded(m, e, USUALLY_MOVE) for m, e in zip(np.asarray(moved, dtype=np.float64), np.asarray(every, dtype=np.float64), strict=True)])
    shape = rng.beta(MOVE_PRIOR * prior + moved, MOVE_PRIOR * (1 - prior) + every - moved, (draws, 4, OLDEST + 1))
    return np.asarray(shape.reshape(draws, 2, 2, OLDEST + 1))


def first_cohort(history: History, as_at: date) -> int:
    """The oldest birth cohort of which there is a child."""
    return int(history.frame["cohort"].min()) if len(history.frame) else academic_year(as_at)
