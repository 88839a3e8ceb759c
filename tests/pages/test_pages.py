"""Each page as Streamlit runs it, without a browser: the answer first, then figures; filters; roles; errors as sentences."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import streamlit as st
from dashboards import ROOT, build_sample
from streamlit.testing.v1 import AppTest

import data.store
from analytics.run import pages as run
from analytics.run.choices import Choices
from data.audit import audit_path
from data.errors import StoreUnusable
from pages._frame import filters

QUESTIONS = {
    "overview": "Where do we stand, and what needs a decision?",
    "spend": "What do we spend, and why did it change?",
    "invoices": "Did we pay what was agreed?",
    "budget": "Will we end the year within budget?",
    "whole_cost": "What does a place cost once everything is counted?",
    "providers": "Whose cost differs from expected, and what might explain it?",
    "shouldcost": "What should a placement like this cost?",
    "uplift": "How much of an uplift that a school asks for is it reasonable to agree?",
    "quality": "Are children doing well there?",
    "comparison": "How do we compare with councils like ours?",
    "bands": "What would price bands change?",
    "demand": "How many places, of which kind, when?",
    "contracts": "How many places to block, where, and why?",
    "intake": "Is our data in, and right?",
}


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return build_sample(tmp_path_factory.mktemp("data"), plans=3000)


@pytest.fixture
def app(folder: Path, monkeypatch: pytest.MonkeyPatch) -> AppTest:
    monkeypatch.setenv("PLACEMENTS_DATA_DIR", str(folder))
    monkeypatch.delenv("PLACEMENTS_ROLE", raising=False)
    monkeypatch.chdir(ROOT)
    return AppTest.from_file(str(ROOT / "app.py"), default_timeout=60)


def open_page(app: AppTest, name: str) -> AppTest:
    app.run()
    return app if name == "overview" else app.switch_page(f"pages/{name}.py").run()


@pytest.mark.parametrize("name", QUESTIONS)
def test_a_page_opens_with_its_question_an_answer_with_numbers_and_at_most_four_figures(name: str, app: AppTest) -> None:
    page = open_page(app, name)
    assert not page.exception
    assert not page.error
    assert [title.value for title in page.title] == [QUESTIONS[name]]
    assert any(sign.isdigit() for sign in page.header[0].value)
    assert 1 <= len(page.metric) <= 4


@pytest.mark.parametrize("name", QUESTIONS)
def test_a_cabinet_member_gets_a_sentence_and_nothing_else(name: str, app: AppTest, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PLACEMENTS_ROLE", "cabinet")
    page = open_page(app, name)
    assert "none has been made yet" in page.info[0].value
    assert not page.metric
    assert not page.header
    assert not page.dataframe


def test_view_as_takes_the_costs_away(app: AppTest) -> None:
    page = open_page(app, "spend")
    assert page.metric
    page.selectbox(key="_view_as").set_value("cabinet").run()
    assert not page.metric
    assert "releases" in page.info[0].value


def test_of_a_very_large_authority_the_bridge_waits_until_it_is_asked_for(app: AppTest, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("analytics.run.bridge.VERY_LARGE", 10)
    st.cache_data.clear()
    page = open_page(app, "spend")
    assert page.header[0].value.startswith("Places cost £")
    page.toggle(key="_bridge_wanted").set_value(True).run()
    assert page.header[0].value.startswith("Cost ")
    assert " from £" in page.header[0].value
    st.cache_data.clear()


def test_an_unknown_role_is_refused(app: AppTest, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PLACEMENTS_ROLE", "mayor")
    page = open_page(app, "spend")
    assert "mayor" in page.info[0].value
    assert not page.metric


def test_a_filter_changes_the_answer_stands_as_a_chip_and_is_kept_on_the_next_page(app: AppTest) -> None:
    page = open_page(app, "spend")
    whole = page.metric[0].value
    page.multiselect(key="need").set_value(["ASD"]).run()
    assert page.metric[0].value != whole
    assert page.button(key="_chip_need_ASD").label == "Primary need: Autistic spectrum disorder"
    page.switch_page("pages/overview.py").run()
    page.switch_page("pages/spend.py").run()
    assert page.multiselect(key="need").value == ["ASD"]
    page.button(key="_chip_need_ASD").click().run()
    assert page.metric[0].value == whole


def test_filters_that_leave_nothing_get_a_sentence_not_a_fault(app: AppTest) -> None:
    page = open_page(app, "spend")
    page.selectbox(key="year").set_value(page.selectbox(key="year").options[-1].split("-")[0])
    page.multiselect(key="need").set_value(["MSI"])
    page.multiselect(key="phase").set_value(["post16"])
    page.multiselect(key="residence_group").set_value(["residential"]).run()
    assert not page.error
    assert not page.exception
    assert page.header[0].value.startswith("No cost fits the filters") or page.metric


def test_a_link_with_filters_the_data_do_not_hold_says_what_was_left_out() -> None:
    held = Choices((2025,), 2025, None, {"need": {"ASD": "Autistic spectrum disorder"}})
    assert filters.unknown({"need": ("ASD", "nonsense"), "year": ("1776",), "area": ("x",)}, held) == (
        "Primary need: nonsense; Financial year: 1776; Home area: x"
    )
    assert filters.unknown({"need": ("ASD",), "year": ("2025",), "phase": ()}, held) == ""


def test_without_sign_in_only_this_computer_is_served(app: AppTest, monkeypatch: pytest.MonkeyPatch) -> None:
    import streamlit as st

    monkeypatch.setattr(st, "get_option", lambda name: "0.0.0.0" if name == "server.address" else None)  # noqa: S104
    page = open_page(app, "overview")
    assert "answers on this computer only" in page.info[0].value
    assert not page.metric


def test_a_store_in_use_elsewhere_is_told_in_a_sentence(app: AppTest, monkeypatch: pytest.MonkeyPatch) -> None:
    def held(_path: Path) -> None:
        raise StoreUnusable("The database is in use by another process: close the dashboard or load through Intake, then try again.")

    monkeypatch.setattr(data.store, "shared", held)
    page = open_page(app, "overview")
    assert "in use by another process" in page.error[0].value
    assert not page.exception


def test_a_fault_of_ours_shows_a_reference_and_no_traceback(app: AppTest, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(_session: object) -> None:
        raise ZeroDivisionError("C-0042 at 900001")

    broken.__module__, broken.__name__ = "x", "broken"
    monkeypatch.setattr(run, "overview", broken)
    page = open_page(app, "overview")
    assert "give the reference" in page.error[0].value
    assert "C-0042" not in page.error[0].value
    assert not page.exception


def test_pages_and_roles_are_told_to_the_audit_log_once_a_session(app: AppTest, folder: Path) -> None:
    audit_path(folder / "sample.duckdb").unlink(missing_ok=True)
    page = open_page(app, "intake")
    page.run()
    page.selectbox(key="_view_as").set_value("admin").run()
    page.selectbox(key="_view_as").set_value("cabinet").run()
    lines = [json.loads(line) for line in audit_path(folder / "sample.duckdb").read_text().splitlines()]
    assert [(line["event"], line["role"], line["about"].get("page")) for line in lines] == [
        ("page", "commissioner", "overview"),
        ("page", "commissioner", "intake"),
        ("view_as", "admin", None),
        ("page", "admin", "intake"),
        ("view_as", "cabinet", None),
    ]


@pytest.mark.parametrize(("role", "sees"), [("commissioner", True), ("finance", False), ("admin", True)])
def test_intake_shows_the_audit_log_to_those_who_may_see_it(role: str, sees: bool, app: AppTest, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PLACEMENTS_ROLE", role)
    page = open_page(app, "intake")
    labels = {box.label for box in page.expander}
    assert "What would be removed today" in labels
    assert ("Audit log" in labels) is sees


def test_a_log_that_cannot_be_written_is_told_in_a_banner_and_the_page_opens(app: AppTest, folder: Path) -> None:
    log = audit_path(folder / "sample.duckdb")
    log.unlink(missing_ok=True)
    log.mkdir()
    try:
        page = open_page(app, "overview")
        assert "nothing can be loaded or exported" in page.warning[0].value
        assert page.metric
    finally:
        log.rmdir()


def test_a_setting_fixed_at_two_numbers_is_told_and_the_form_stays(app: AppTest) -> None:
    page = app.run().switch_page("pages/contracts.py").run()
    chosen = page.selectbox(key="_lock_0_None").options[0]
    for row, places in ((0, 3), (1, 4)):
        page.selectbox(key=f"_lock_{row}_None").select(chosen)
        page.number_input(key=f"_locked_{row}_None_None").set_value(places)
    next(button for button in page.button if button.label == "Size the contracts").click().run()
    assert "is fixed at two numbers, 3 and 4" in page.error[0].value
    assert "Size the contracts" in [button.label for button in page.button]
