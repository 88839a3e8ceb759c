"""A council beside others: published counts read whole or not at all, rates by hand, and what is not there is said."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from cost_store import cost_store
from dashboards import SHARED

from analytics import comparison as model
from analytics.findings import comparison as finding
from analytics.run import comparison as run
from analytics.run import published
from analytics.run.session import Session
from data import beside
from data.domain import Role
from data.errors import InputRejected, NotAllowed, StoreUnusable, WrongUsage
from data.load import load_files
from data.paths import past_path
from data.store import Store

HEAD = "time_period,geographic_level,old_la_code,la_name,breakdown_topic,breakdown,ehcplans,special_independent,special_non_maintained,special_total"
ALL = "All EHC plans,All EHC plans"
KENT = f"202425,Local authority,886,Kent,{ALL},20635,1487,136,8050"
ENGLAND = f"202425,National,,,{ALL},638745,29647,4381,193880"
REAL = SHARED / "dfe_ehc_plans_2025_caseload_part.csv"


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Store]:
    made = cost_store(tmp_path_factory.mktemp("published"))
    yield made
    made.close()


@pytest.fixture
def session(store: Store) -> Session:
    beside.remove(store.path, "caseload")
    return Session(Role.COMMISSIONER, store, "a person")


def file(folder: Path, *lines: str, head: str = HEAD) -> Path:
    path = folder / "caseload.csv"
    path.write_text("\n".join([head, *lines]) + "\n", encoding="utf-8")
    return path


def counts(*rows: tuple[str, int, float | None, float | None, float | None]) -> pd.DataFrame:
    """Code, January, plans, independent, non-maintained; special placements are ten times both."""
    frame = pd.DataFrame(rows, columns=["la_code", "year", "plans", "independent", "non_maintained"])
    return frame.assign(la_name=frame["la_code"], special=10 * (frame["independent"] + frame["non_maintained"]))


# The file


def test_a_caseload_is_read_as_published_and_kept_beside_the_database(session: Session, tmp_path: Path) -> None:
    assert published.table(session, "caseload") is None
    by_age = KENT.replace(ALL, "Child or young persons age,age 10")
    region = KENT.replace("Local authority,886,Kent", "Regional,,")
    said = published.add(session, "caseload", file(tmp_path, ENGLAND, KENT, by_age, region))
    assert said == "caseload.csv is kept beside the database: 2 rows are used."
    kept = published.table(session, "caseload")
    assert kept is not None
    assert kept.rows[["la_code", "year", "plans", "independent", "non_maintained", "special"]].to_dict("records") == [
        {"la_code": "886", "year": 2025, "plans": 20635, "independent": 1487, "non_maintained": 136, "special": 8050},
        {"la_code": "England", "year": 2025, "plans": 638745, "independent": 29647, "non_maintained": 4381, "special": 193880},
    ]
    published.remove(session, "caseload")
    assert published.table(session, "caseload") is None


def test_symbols_are_missing_and_never_nought(session: Session, tmp_path: Path) -> None:
    published.add(session, "caseload", file(tmp_path, KENT.replace("1487", "c").replace("8050", "low"), ENGLAND.replace("29647", "0")))
    kept = published.table(session, "caseload")
    assert kept is not None
    assert pd.isna(kept.rows["independent"].iloc[0])
    assert pd.isna(kept.rows["special"].iloc[0])
    assert kept.rows["independent"].iloc[1] == 0


@pytest.mark.parametrize(
    ("lines", "code", "words"),
    [
        ([KENT.replace("1487", "many")], "bad_count", "neither a count nor one of DfE's symbols"),
        ([KENT.replace("202425", "202427")], "bad_period", "'202427' is not an academic year"),
        ([KENT, KENT.replace("1487", "1488")], "twice", "Kent has two rows"),
        ([KENT.replace(ALL, "Age,age 9")], "no_caseload", "no row of all EHC plans"),
        ([KENT.replace("886", "")], "no_area", "without its code or name"),
        ([KENT.replace("202425", "soon")], "bad_number", "line 3"),
        ([KENT + ",1"], "ragged", "The record has 11 cells"),
        (["\0"], "ragged", ""),
    ],
)
def test_a_caseload_with_a_fault_is_refused_whole_and_the_one_before_stays(lines: list[str], code: str, words: str, session: Session, tmp_path: Path) -> None:
    published.add(session, "caseload", file(tmp_path, ENGLAND))
    with pytest.raises(InputRejected) as refused:
        published.add(session, "caseload", file(tmp_path, ENGLAND, *lines) if code != "no_caseload" else file(tmp_path, *lines))
    assert refused.value.code == code
    assert words in refused.value.message
    kept = published.table(session, "caseload")
    assert kept is not None
    assert kept.rows["la_code"].tolist() == ["England"]


def test_another_file_is_refused_and_a_caseload_is_no_record_of_the_council(session: Session, tmp_path: Path) -> None:
    with pytest.raises(InputRejected, match="needs the column"):
        published.add(session, "caseload", file(tmp_path, "1,Kent", head="la_code,la_name"))
    (report,) = load_files(session.store, [file(tmp_path, KENT)])
    assert report.rejected is not None
    assert report.rejected["code"] == "published_table"
    assert "add it on the page Comparison" in report.rejected["message"]
    with pytest.raises(WrongUsage, match="no source 'caseload'"):
        load_files(session.store, [file(tmp_path, KENT)], source="caseload")


def test_a_damaged_table_is_told_with_the_way_out(session: Session, tmp_path: Path) -> None:
    published.add(session, "caseload", file(tmp_path, KENT))
    lies = beside.place(session.store.path, "caseload")
    document = json.loads(lies.read_text(encoding="utf-8"))
    document["rows"]["independent"] = [1]
    for damage in (json.dumps(document), "{", "[]"):
        lies.write_text(damage, encoding="utf-8")
        with pytest.raises(StoreUnusable, match="remove it and add the table again"):
            published.table(session, "caseload")


def test_a_past_state_sees_the_table_of_today(session: Session) -> None:
    assert beside.place(past_path(session.store.path), "caseload") == beside.place(session.store.path, "caseload")


def test_adding_is_told_to_the_audit_log_and_refused_to_a_cabinet_member(session: Session, tmp_path: Path) -> None:
    from data.audit import audit_path

    published.add(session, "caseload", file(tmp_path, KENT))
    last = json.loads(audit_path(session.store.path).read_text(encoding="utf-8").splitlines()[-1])
    assert (last["event"], last["about"]["table"], last["about"]["rows"]) == ("published_added", "caseload", 1)
    cabinet = Session(Role.CABINET, session.store)
    with pytest.raises(NotAllowed):
        published.add(cabinet, "caseload", file(tmp_path, KENT))
    with pytest.raises(NotAllowed):
        run.comparison(cabinet, "886", (), model.PLANS, "")


# The numbers


def test_a_rate_is_placements_for_every_thousand_plans_or_a_share_of_special_placements() -> None:
    """20 + 5 of 500 plans: 50 per 1,000; of 250 special placements: 10%."""
    frame = counts(("A", 2025, 500, 20, 5))
    (plans,), (special,) = (model.measured(frame, d)["rate"].tolist() for d in (model.PLANS, model.SPECIAL))
    assert (plans, special) == (50.0, 10.0)
    assert model.measured(counts(("A", 2025, 500, None, 5)), model.PLANS)["rate"].isna().all()


def test_the_interval_is_wilsons() -> None:
    """10 of 100: 5.52% to 17.44% (Newcombe 1998, method 3)."""
    low, high = model.wilson(np.array([10.0]), np.array([100.0]))
    assert (low[0], high[0]) == (pytest.approx(0.0552, abs=1e-4), pytest.approx(0.1744, abs=1e-4))


def test_growth_is_of_placements_and_at_englands_rate_is_by_hand() -> None:
    """A: 100, 110, 121: 10% a year. England 50 of 1,000: A's 2,000 plans would be 100 placements."""
    frame = counts(("A", 2023, 1_000, 90, 10), ("A", 2024, 1_500, 100, 10), ("A", 2025, 2_000, 111, 10), ("England", 2025, 100_000, 4_000, 1_000))
    now = model.latest(model.measured(frame, model.PLANS), "A", ["B"])
    ours, england = now.to_dict("records")
    assert (ours["la_code"], england["la_code"]) == ("A", "England")
    assert (ours["since"], ours["growth_1"], ours["growth"]) == (2023, pytest.approx(10.0), pytest.approx(10.0))
    assert ours["at_england"] == pytest.approx(100.0)
    assert pd.isna(england["growth"])


def test_without_a_file_kent_and_england_are_there_and_the_way_to_the_others_is_told(session: Session) -> None:
    """Kent 1,487 + 136 of 20,635 in 2025: 78.65; England 29,647 + 4,381 of 638,745: 53.27; Kent 891 → 1,623 in six years: 10.5% a year."""
    near = run.neighbours(session, "886")
    assert len(near) == 10
    said = run.comparison(session, "886", tuple(near), model.PLANS, "")
    assert "1,623 independent and non-maintained placements, 78.7 for every 1,000 plans" in said.answer
    assert "against 53.3 in England; since 2019 they grew by 10.5% a year, England's by 11.7%." in said.answer
    assert "Add DfE's caseload file below" in said.notes[0]
    assert [round(figure.value or 0, 2) for figure in said.figures] == [78.65, 53.27, 10.51]


def test_councils_that_the_file_lacks_are_named(session: Session, tmp_path: Path) -> None:
    devon = KENT.replace("886,Kent", "878,Devon").replace("1487", "800")
    published.add(session, "caseload", file(tmp_path, KENT, ENGLAND, devon, KENT.replace("886,Kent", "881,Essex").replace("1487", "x")))
    said = run.comparison(session, "886", tuple(run.neighbours(session, "886")), model.PLANS, "")
    assert "in 1 of 10 councils like it" in said.answer
    (note,) = said.notes
    assert note.startswith("Not in the file, or not published there: Essex, East Sussex, Bexley")
    assert "Devon" not in note
    assert said.tables["latest"].frame["la_name"].tolist() == ["Kent", "Devon", "Essex", "England"]


def test_a_council_that_nobody_published_gets_a_sentence(session: Session) -> None:
    said = run.comparison(session, "999", (), model.PLANS, "")
    assert said.answer.startswith("No published counts of 999 are known here")
    assert not said.figures


def test_a_difference_that_chance_explains_is_said_to_be_one() -> None:
    frame = counts(("A", 2025, 1_000, 50, 5), ("England", 2025, 100_000, 4_000, 1_000)).assign(la_name=["A", "England"])
    known = finding.Published(model.measured(frame, model.PLANS), "A", "A", {}, "f.csv", date(2026, 1, 1))
    assert finding.comparison(known, model.PLANS, "v").headlines["trend"] == "A does not differ from England by more than chance"


@pytest.mark.skipif(not REAL.exists(), reason="public files absent; set SHARED_DATA")
def test_the_published_file_agrees_with_what_comes_with_the_product_and_names_who_is_not_in_it(session: Session) -> None:
    own = session.store.read("ref_published_caseload")
    published.add(session, "caseload", REAL)
    kept = published.table(session, "caseload")
    assert kept is not None
    theirs = kept.rows.set_index(["la_code", "year"])
    for row in own.to_dict("records"):
        for name in ("plans", "independent", "non_maintained", "special", "post16"):
            if not pd.isna(row[name]):
                assert int(row[name]) == theirs.at[(row["la_code"], int(row["year"])), name], (row["la_name"], row["year"], name)
    assert len(run.councils(session, "")) == 82
    said = run.comparison(session, "886", tuple(run.neighbours(session, "886")), model.PLANS, "")
    assert said.notes == ("Not in the file, or not published there: Essex, Bexley, Norfolk, Nottinghamshire, West Sussex, Bedford.",)
