"""On the published payments of two councils, against two registers: what is matched without a person is right (97 suppliers labelled by hand)."""

from __future__ import annotations

import os
from pathlib import Path

import pandas as pd
import pytest

from data.matching import propose

SHARED = Path(os.environ.get("SHARED_DATA", Path(__file__).resolve().parents[2].parent / "shared" / "data"))
LABELS = Path(__file__).parent / "labels" / "supplier_labels.csv"
pytestmark = pytest.mark.skipif(not (SHARED / "nmiss_register_2018.csv").exists(), reason="public files absent; set SHARED_DATA")


def ledger(name: str, supplier: str, paid: str, *amounts: str) -> pd.DataFrame:
    raw = pd.read_csv(SHARED / f"payments_{name}_independent_placements.csv", dtype=str)
    amount = raw[list(amounts)].bfill(axis=1).iloc[:, 0].str.replace(",", "").str.replace(r"^\((.*)\)$", r"-\1", regex=True).astype(float)
    frame = pd.DataFrame({"supplier_name": raw[supplier], "on": pd.to_datetime(raw[paid]), "net": amount})
    return frame.groupby("supplier_name", as_index=False).agg(payments=("net", "size"), gbp=("net", "sum"), first_paid=("on", "min"), last_paid=("on", "max"))


def nmiss() -> pd.DataFrame:
    raw = pd.read_csv(SHARED / "nmiss_register_2018.csv", dtype=str)
    return pd.DataFrame({"urn": raw["URN"], "setting_name": raw["SCHNAME"], "postcode": raw["POSTCODE"], "closed": pd.to_datetime(raw["CLOSEDATE"])})


def gias() -> pd.DataFrame:
    raw = pd.read_csv(SHARED / "gias_names_2021.csv.gz", dtype=str, keep_default_na=False)
    days = {column: pd.to_datetime(raw[f"{short}_date"], format="%d-%m-%Y", errors="coerce") for column, short in (("opened", "open"), ("closed", "close"))}
    return pd.DataFrame({"urn": raw["urn"], "setting_name": raw["name"], "postcode": raw["postcode"], **days})


def judged(settings: pd.DataFrame) -> pd.DataFrame:
    """Proposals for both ledgers beside the label; a school that the register does not list counts as none."""
    labels = pd.read_csv(LABELS, dtype=str).set_index("supplier_name")["urn"]
    ledgers = [
        ledger("bradford", "Supplier Name", "Payment date", "Net Amount"),
        ledger("newcastle", "Supplier Name", "Paid Date", "Total (excludes VAT)", "Total"),
    ]
    found = pd.concat([propose(rows, settings) for rows in ledgers], ignore_index=True)
    truth = found["supplier_name"].map(labels)
    assert truth.notna().all()
    return found.assign(truth=truth.where(truth.isin(set(settings["urn"])), "none"))


@pytest.mark.parametrize(("settings", "least_matched", "least_proposed"), [(nmiss, 0.6, 0.95), (gias, 0.55, 0.8)])
def test_automatic_matches_are_right(settings: object, least_matched: float, least_proposed: float) -> None:
    found = judged(settings())  # type: ignore[operator]
    automatic = found[found["automatic"]]
    wrong = automatic[automatic["urn"] != automatic["truth"]]
    assert len(automatic) >= 14
    assert len(wrong) <= 0.03 * len(automatic), wrong[["supplier_name", "setting_name"]].to_string()
    listed = found[found["truth"] != "none"]
    assert (listed["automatic"] & (listed["urn"] == listed["truth"])).mean() >= least_matched
    assert (listed["urn"] == listed["truth"]).mean() >= least_proposed


def test_confidence_tells_right_from_wrong() -> None:
    found = judged(nmiss())
    proposed = found[found["urn"].notna()]
    right = proposed["urn"] == proposed["truth"]
    sure, unsure = proposed["confidence"] >= 0.9, proposed["confidence"] < 0.6
    assert right[sure].mean() >= 0.97
    assert right[unsure].mean() <= 0.6
