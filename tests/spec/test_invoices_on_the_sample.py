"""The faults planted in the made-up ledger are found, and little else: precision and recall by fault."""

from __future__ import annotations

import json
from datetime import date
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory

import pandas as pd
import pytest
from measuring import measured

from analytics.invoices import RECOVERABLE, check
from data.sample import generate

FAULTS = {
    "duplicate_term": ("duplicate",),
    "missing_credit": ("missing_credit",),
    "paid_after_leaving": ("paid_after_leaving",),
    "wrong_rate": ("above_agreed", "below_agreed"),
    "refund": ("refund_without_payment",),
}
NAMED, SETTING = "the ledger names the placement", "the ledger names only the setting"


@cache
def looked_at(plans: int, seed: int) -> tuple[pd.DataFrame, dict[str, list[dict[str, str]]]]:
    """Every line of a made-up ledger judged, with what it told (`named`), and the faults planted in it. Suppliers that name no setting are left unmatched."""
    with TemporaryDirectory() as folder:
        generate(Path(folder), seed, plans, date(2026, 3, 31))
        frames = {name: pd.read_csv(Path(folder) / f"{name}.csv", dtype=str) for name in ("payments", "fees", "placements", "settings")}
        truth = json.loads((Path(folder) / "truth.json").read_text())["payments"]
    placed = frames["placements"].set_index("placement_id")
    lines = frames["payments"].assign(paid_on=lambda f: pd.to_datetime(f["paid_on"]), net_gbp=lambda f: f["net_gbp"].astype(float), match_kind="given")
    lines["urn"] = lines["urn"].fillna(lines["placement_id"].map(placed["urn"]))
    lines["setting_name"] = lines["urn"].map(frames["settings"].set_index("urn")["setting_name"])
    found = check(lines, _fees(frames["fees"], placed)).lines
    return found.assign(told=lines["placement_id"].notna().map({True: NAMED, False: SETTING}).where(lines["urn"].notna())), truth


def _fees(fees: pd.DataFrame, placed: pd.DataFrame) -> pd.DataFrame:
    """As the read `invoice_fees` gives them; each fee's units a year from the reference file."""
    units = pd.read_csv(Path(__file__).resolve().parents[2] / "data" / "reference" / "units_per_year.csv", dtype=str).set_index(["unit", "residence"])
    own = fees[(fees["component"] != "transport") & (fees["funder"] == "education")].join(
        placed[["urn", "entry_date", "leaving_date", "residence"]], on="placement_id"
    )
    own = own.join(units[["spread", "units_per_year"]], on=["unit", "residence"])
    amount, per_year = own["amount_gbp"].astype(float), own["units_per_year"].astype(float)
    own = own.assign(amount_gbp=amount, full_year_gbp=amount * per_year, first_day=own["valid_from"], last_day=own["valid_to"])
    return own.sort_values(["placement_id", "first_day"], kind="stable")


def scores(plans: int, seed: int) -> pd.DataFrame:
    """One row a fault × what the ledger tells: planted, flagged, found."""
    found, truth = looked_at(plans, seed)
    rows = []
    for fault, kinds in FAULTS.items():
        planted = {row["transaction_id"] for row in truth[fault]}
        for told in (NAMED, SETTING):
            there = found[found["told"] == told]
            flagged = set(there.loc[there["kind"].isin(kinds), "transaction_id"])
            rows.append((fault, told, len(planted & set(there["transaction_id"])), len(flagged), len(planted & flagged)))
    return pd.DataFrame(rows, columns=["fault", "told", "planted", "flagged", "found"])


def test_where_the_ledger_names_the_placement_every_fault_is_found_and_nearly_nothing_else() -> None:
    named = scores(6000, 1).query("told == @NAMED")
    assert named["planted"].sum() >= 20
    assert named["found"].sum() == named["planted"].sum()
    assert named["flagged"].sum() <= named["found"].sum() + 2


def test_the_totals_are_the_ledger_and_no_pound_is_owed_twice() -> None:
    found, _ = looked_at(6000, 1)
    assert (found["recoverable_gbp"] <= found["net_gbp"].clip(lower=0) + 0.005).all()
    assert (found.loc[~found["kind"].isin(RECOVERABLE), "recoverable_gbp"] == 0).all()
    assert found["transaction_id"].is_unique
    assert (found["kind"] != "").all()


@pytest.mark.slow
@pytest.mark.parametrize("seed", [1, 2, 3])
def test_precision_and_recall_on_the_whole_sample(seed: int) -> None:
    scored = scores(20_635, seed)
    for told, part in scored.groupby("told"):
        for row in part.itertuples():
            measured(
                f"invoice check, made-up authority, seed {seed}, {told}: {row.fault}: {row.found} of {row.planted} planted found "
                f"(recall {row.found / max(row.planted, 1):.2f}), {row.flagged} flagged (precision {row.found / max(row.flagged, 1):.2f})"
            )
        measured(
            f"invoice check, made-up authority, seed {seed}, {told}, all faults: recall {part['found'].sum() / part['planted'].sum():.3f}, "
            f"precision {part['found'].sum() / part['flagged'].sum():.3f}"
        )
    named, others = (scored[scored["told"] == told] for told in (NAMED, SETTING))
    assert named["found"].sum() >= 0.98 * named["planted"].sum()
    assert named["found"].sum() >= 0.97 * named["flagged"].sum()
    assert others["found"].sum() >= 0.7 * others["planted"].sum()
    assert others["found"].sum() >= 0.85 * others["flagged"].sum()
