"""Should-cost and Uplift as Streamlit runs them: a form changes the answer, and no reference is sent to the browser."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from dashboards import ROOT, build_sample
from streamlit.testing.v1 import AppTest


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return build_sample(tmp_path_factory.mktemp("data"), plans=1500)


@pytest.fixture
def app(folder: Path, monkeypatch: pytest.MonkeyPatch) -> AppTest:
    monkeypatch.setenv("PLACEMENTS_DATA_DIR", str(folder))
    monkeypatch.delenv("PLACEMENTS_ROLE", raising=False)
    monkeypatch.chdir(ROOT)
    return AppTest.from_file(str(ROOT / "app.py"), default_timeout=60)


def press(page: AppTest, label: str) -> AppTest:
    return next(button for button in page.button if button.label == label).click().run()


def everything(page: AppTest) -> str:
    """What the page sends to the browser, tables and choices included."""
    return "\n".join([*(str(element.proto) for element in page.main), *(frame.value.to_csv() for frame in page.dataframe)])


def test_an_uplift_is_a_thought_until_it_is_entered_and_then_has_a_pack(app: AppTest) -> None:
    page = app.run().switch_page("pages/uplift.py").run()
    page.number_input[0].set_value(6.5)
    press(page, "Work out the range")
    assert not page.exception
    assert not page.error
    assert "asks for 6.5%" in page.header[0].value
    assert {"Download PDF", "Download Word document", "Download form"} <= {button.label for button in page.get("download_button")}


def test_a_placement_thought_of_changes_the_answer_and_one_there_is_shows_no_reference(app: AppTest) -> None:
    page = app.run().switch_page("pages/shouldcost.py").run()
    before = page.header[0].value
    band = next(box for box in page.selectbox if box.label == "Support band")
    band.set_value(6)
    press(page, "Work out what it should cost")
    assert not page.error
    assert page.header[0].value != before
    page.segmented_control(key="shouldcost_kind").set_value("A placement we have").run()
    assert not page.exception
    assert page.header[0].value.startswith("This placement")
    assert re.findall(r"\b[PC]\d{6}\b", everything(page)) == []
