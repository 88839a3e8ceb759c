"""Demand as a person uses it: a lever needs its reason, a kind of place changes the answer, a frozen forecast stays on the page."""

from __future__ import annotations

from pathlib import Path

import pytest
from dashboards import ROOT, build_sample
from streamlit.testing.v1 import AppTest

from analytics.run import demand


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return build_sample(tmp_path_factory.mktemp("data"), plans=1500)


@pytest.fixture
def page(folder: Path, monkeypatch: pytest.MonkeyPatch) -> AppTest:
    monkeypatch.setenv("PLACEMENTS_DATA_DIR", str(folder))
    monkeypatch.delenv("PLACEMENTS_ROLE", raising=False)
    monkeypatch.setattr(demand, "DRAWS", 50)
    monkeypatch.chdir(ROOT)
    app = AppTest.from_file(str(ROOT / "app.py"), default_timeout=120)
    app.run()
    return app.switch_page("pages/demand.py").run()


def test_levers_with_reasons_kinds_of_place_and_a_frozen_forecast(page: AppTest) -> None:
    answer = page.header[0].value
    assert "P10 to P90" in answer
    assert "Looking back" in answer

    page.selectbox(key="kind").set_value("post16").run()
    assert "(Post-16)" in page.header[0].value
    page.selectbox(key="kind").set_value("all").run()

    page.number_input(key="_lever_entry_rate").set_value(1.5)
    page.button(key="_levers_apply").click().run()
    assert "say why it is moved" in page.error[0].value
    assert page.header[0].value == answer

    page.number_input(key="_lever_entry_rate").set_value(1.5)
    page.text_input(key="_lever_why_entry_rate").set_value("A tribunal backlog clears")
    page.button(key="_levers_apply").click().run()
    assert not page.error
    assert page.header[0].value != answer
    assert "A tribunal backlog clears" in page.info[0].value

    page.text_input(key="_freeze_note").set_value("Cabinet of June")
    page.button(key="_freeze_now").click().run()
    assert "frozen" in page.success[0].value
    kept = next(table.value for table in page.dataframe if "frozen_by" in table.value.columns)
    assert kept[["note", "levers"]].to_numpy().tolist() == [["Cabinet of June", "moved"]]

    page.button(key="_levers_back").click().run()
    assert page.header[0].value == answer


def test_finance_sees_demand_and_freezes_nothing(page: AppTest) -> None:
    page.selectbox(key="_view_as").set_value("finance").run()
    assert page.metric
    assert not [box for box in page.text_input if box.key == "_freeze_note"]
