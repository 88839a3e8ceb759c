"""Intake's bridges as Streamlit runs them, and who may see which of their rows."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from dashboards import ROOT, build_sample
from streamlit.testing.v1 import AppTest

from analytics.run import agreement as run
from analytics.run.session import Session
from data.domain import Role
from data.errors import NotAllowed
from data.store import Store


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return build_sample(tmp_path_factory.mktemp("data"), plans=600)


@pytest.fixture
def app(folder: Path, monkeypatch: pytest.MonkeyPatch) -> AppTest:
    monkeypatch.setenv("PLACEMENTS_DATA_DIR", str(folder))
    monkeypatch.chdir(ROOT)
    return AppTest.from_file(str(ROOT / "app.py"), default_timeout=120)


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Store]:
    """A store of its own: the pages hold theirs open."""
    with Store.opened(build_sample(tmp_path_factory.mktemp("store"), plans=600) / "sample.duckdb") as opened:
        yield opened


def test_intake_says_what_agrees_who_mends_what_and_how_fresh(app: AppTest, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("PLACEMENTS_ROLE", raising=False)
    app.run()
    page = app.switch_page("pages/intake.py").run()
    assert not page.exception
    assert not page.error
    parts = [part.value for part in page.subheader]
    assert {"To mend, by team", "Does it agree?", "How fresh and complete"} <= set(parts)
    bridge = next(frame.value for frame in page.dataframe if "line" in frame.value and "year" in frame.value)
    assert (bridge["line"].iloc[0], bridge["line"].iloc[-1]) == ("Agreed cost", "Not explained")
    assert not bridge.drop(columns=["line", "words"]).iloc[-1].any()
    page.selectbox(key="_agree_setting_2025").select_index(1).run()
    assert not page.exception
    chosen = next(frame.value for frame in page.dataframe if "line" in frame.value and "year" in frame.value)
    assert chosen["year"].iloc[0] != bridge["year"].iloc[0]


def test_an_administrator_mends_without_seeing_what_settings_cost(app: AppTest, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PLACEMENTS_ROLE", "admin")
    app.run()
    page = app.switch_page("pages/intake.py").run()
    assert not page.exception
    parts = [part.value for part in page.subheader]
    assert "To mend, by team" in parts
    assert "Does it agree?" not in parts


def test_rows_of_children_are_for_those_who_may_see_them(store: Store) -> None:
    admin, cabinet = Session(Role.ADMIN, store), Session(Role.CABINET, store)
    for session in (admin, cabinet):
        for ask in (
            lambda s: run.count_rows(s, 2025, 0),
            lambda s: run.agreement_rows(s, "agreements_gap"),
            lambda s: run.sen2_difference(s, 2026, "rank"),
            lambda s: run.ledger(s, 2025, run.ALL, "All settings"),
            run.agreements,
            lambda s: run.counts(s, 2025),
        ):
            with pytest.raises(NotAllowed):
                ask(session)
    assert run.mending(admin)[1].frame.shape[0]
    with pytest.raises(NotAllowed):
        run.mending(cabinet)


def test_each_choice_of_rows_has_as_many_as_its_line_says(store: Store) -> None:
    session = Session(Role.FINANCE, store)
    steps = run.count_steps(session, 2025)
    assert steps
    for step, words in steps.items():
        said = [int(part.rsplit(": ", 1)[1].replace(",", "")) for part in words.split("; ")]
        table = run.count_rows(session, 2025, int(step))
        assert len(table.frame) == sum(abs(count) for count in said)
        assert table.child_level
    for code in run.agreement_codes(session):
        assert len(run.agreement_rows(session, code).frame)
    bridge, known, published = run.counts(session, 2025)
    assert not bridge.frame["left"].any()
    assert len(known.frame) == 3
    assert "rest" in published.frame
    said_sen2, tables, differences = run.sen2(session, 2026)
    assert said_sen2.startswith("The return and the placements here agree in all")
    assert (len(tables), differences) == (2, {})


def test_how_fresh_and_complete_each_source_is(store: Store) -> None:
    sources, columns = run.freshness(Session(Role.ADMIN, store))
    rows = sources.frame.set_index("source")
    assert 0 <= rows.loc["payments", "days_behind"] <= 31  # the smaller the authority, the rarer a payment
    assert rows.loc["payments", "late"] == "good"
    assert rows.loc["settings", "never"] == "postcode"
    assert (columns.frame["per_cent"] <= 100).all()
    assert columns.frame["per_cent"].is_monotonic_increasing
