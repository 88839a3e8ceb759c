"""On the published payments of two councils, against three registers: what is matched without a person is right (97 suppliers labelled by hand).

The labels (labels/supplier_labels.csv) say how sure each is and why; a group or trust is none. The thresholds were chosen on made-up ledgers
(tests/matching_noise.py), not on these labels; docs/matching.md says what was known of them when the rules were written.
"""

from __future__ import annotations

import gzip
import os
import time
from functools import cache
from pathlib import Path

import pandas as pd
import pytest
from measuring import measured
from scipy.stats import beta

from data.load import load_files
from data.matching import Matcher, refresh
from data.store import Store

SHARED = Path(os.environ.get("SHARED_DATA", Path(__file__).resolve().parents[2].parent / "shared" / "data"))
LABELS = Path(__file__).parent / "labels" / "supplier_labels.csv"
pytestmark = pytest.mark.skipif(not (SHARED / "nmiss_register_2018.csv").exists(), reason="public files absent; set SHARED_DATA")
REGISTERS = {"special schools 2018": (True, False), "all establishments 2021": (False, True), "both": (True, True)}


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
    return pd.DataFrame({"urn": raw["urn"], "register_name": raw["name"], "town": raw["town"], "postcode": raw["postcode"], **days})


def labels() -> pd.DataFrame:
    return pd.read_csv(LABELS, dtype=str, keep_default_na=False).set_index("supplier_name")


@cache
def judged(registers: str) -> pd.DataFrame:
    """Proposals for both ledgers beside the label, one row a supplier of a council; a school that no register lists counts as none."""
    with_settings, with_register = REGISTERS[registers]
    settings, register = nmiss() if with_settings else nmiss().iloc[:0], gias() if with_register else gias().iloc[:0]
    ledgers = {
        "bradford": ledger("bradford", "Supplier Name", "Payment date", "Net Amount"),
        "newcastle": ledger("newcastle", "Supplier Name", "Paid Date", "Total (excludes VAT)", "Total"),
    }
    matcher = Matcher(settings, register)
    found = pd.concat([matcher.propose(rows).assign(council=name) for name, rows in ledgers.items()], ignore_index=True)
    truth, listed = found["supplier_name"].map(labels()["urn"]), {*settings["urn"], *register["urn"]}
    assert truth.notna().all()
    return found.assign(truth=truth.where(truth.isin(listed), "none"), sure=found["supplier_name"].map(labels()["sure"]))


def interval(right: int, of: int) -> tuple[float, float]:
    """Clopper-Pearson, 95%."""
    low = float(beta.ppf(0.025, right, of - right + 1)) if right else 0.0
    return low, float(beta.ppf(0.975, right + 1, of - right)) if right < of else 1.0


def told(what: str, right: int, of: int) -> str:
    low, high = interval(right, of)
    return f"{what} {right} of {of} ({right / of:.3f}; 95% {low:.3f} to {high:.3f})"


def test_every_supplier_of_the_two_files_is_labelled_with_its_reason() -> None:
    found, known = judged("both"), labels()
    assert set(found["supplier_name"]) == set(known.index)
    assert len(known) == 97
    assert set(known["sure"]) == {"certain", "likely", "disputed"}
    assert (known["reason"].str.len() > 5).all()
    assert known.loc[known["sure"] == "disputed", "also"].ne("").all()  # what else might be said


@pytest.mark.parametrize("registers", ["special schools 2018", pytest.param("all establishments 2021", marks=pytest.mark.slow), "both"])
def test_automatic_matches_are_right_and_most_listed_suppliers_are_matched(registers: str) -> None:
    found = judged(registers)
    automatic, listed = found[found["automatic"]], found[found["truth"] != "none"]
    right = automatic["urn"] == automatic["truth"]
    matched, proposed = listed["automatic"] & (listed["urn"] == listed["truth"]), listed["urn"] == listed["truth"]
    measured(
        f"matching against {registers}: {told('automatic right', int(right.sum()), len(automatic))}; "
        f"{told('listed suppliers matched automatically', int(matched.sum()), len(listed))}; {told('proposed', int(proposed.sum()), len(listed))}"
    )
    assert right.mean() >= 0.97, automatic[~right][["supplier_name", "setting_name"]].to_string()
    assert matched.mean() >= 0.8, listed[~matched][["supplier_name", "setting_name", "confidence", "reason"]].to_string()


def test_each_council_alone_is_matched_as_well() -> None:
    """Nothing rests on one of the two ledgers."""
    found = judged("both")
    for council, rows in found.groupby("council"):
        automatic = rows[rows["automatic"]]
        right = int((automatic["urn"] == automatic["truth"]).sum())
        measured(f"matching {council} alone: {told('automatic right', right, len(automatic))}")
        assert right >= 0.95 * len(automatic)


def test_confidence_tells_right_from_wrong() -> None:
    found = judged("both")
    proposed = found[found["urn"].notna()]
    right = proposed["urn"] == proposed["truth"]
    sure = proposed["confidence"] >= 0.9
    assert right[sure].mean() >= 0.95
    assert right[~sure].mean() < right[sure].mean()


@pytest.mark.slow
def test_the_wider_register_loads_within_a_minute_and_matches_within_twenty_seconds(tmp_path: Path) -> None:
    """From the file to proposals kept in the store, and `match` anew; the settings stay the council's own."""
    file = tmp_path / "gias_names_2021.csv"
    file.write_bytes(gzip.decompress((SHARED / "gias_names_2021.csv.gz").read_bytes()))
    payments = [SHARED / f"payments_{name}_independent_placements.csv" for name in ("bradford", "newcastle")]
    with Store.opened(tmp_path / "r.duckdb", create=True) as store:
        load_files(store, payments)
        started = time.perf_counter()
        (report,) = load_files(store, [file])
        loaded = time.perf_counter() - started
        assert (report.source, report.accepted, report.quarantined) == ("register", 49_029, 0)
        assert store.read("supplier_proposal")["automatic"].sum() >= 38
        started = time.perf_counter()
        found = refresh(store)
        matched = time.perf_counter() - started
        measured(f"the register of 49,029 loads with proposals in {loaded:.1f} s; matching {len(found)} suppliers anew takes {matched:.1f} s")
        assert loaded <= 60
        assert matched <= 20
        paid = store.read("mart_payment")
        assert paid.loc[paid["match_kind"] == "automatic", "setting_name"].notna().all()
        assert store.read("stg_setting").empty
