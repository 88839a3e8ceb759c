"""Providers: a setting's reply is recorded by a commissioner, seen by others, and changes the page's answer; the other view stands apart."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest
from dashboards import ROOT, build_sample
from streamlit.testing.v1 import AppTest

from analytics.run import stores
from data import store as stored


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return build_sample(tmp_path_factory.mktemp("data"), plans=3000)


@pytest.fixture
def app(folder: Path, monkeypatch: pytest.MonkeyPatch) -> AppTest:
    monkeypatch.setenv("PLACEMENTS_DATA_DIR", str(folder))
    monkeypatch.delenv("PLACEMENTS_ROLE", raising=False)
    monkeypatch.chdir(ROOT)
    yield AppTest.from_file(str(ROOT / "app.py"), default_timeout=90)
    stores._past.clear()
    for each in list(stored._shared.values()):
        each.close()


def titles(page: AppTest) -> list[str]:
    return [heading.value for heading in page.subheader]


def test_a_commissioner_records_a_reply_and_the_answer_counts_it(app: AppTest) -> None:
    page = app.run().switch_page("pages/providers.py").run()
    assert "none has replied yet" in page.header[0].value
    above = page.dataframe(key="_rows_explanations").value["urn"].iloc[0]
    page.selectbox(key="setting").set_value(above).run()
    assert "What might explain it" in titles(page)
    assert "The setting's replies" not in titles(page)
    page.date_input[0].set_value(date(2026, 3, 30))
    page.text_input[0].set_value("Business manager")
    page.text_area[0].set_value("Rents rose.")
    page.button[-1].click().run()
    assert "choose one of the four effects" in page.error[0].value
    page.radio[-1].set_value("in_part")
    page.button[-1].click().run()
    assert not page.exception
    assert page.success[0].value == "Reply 1 is recorded."
    assert "; 1 has replied" in page.header[0].value
    assert "The setting's replies" in titles(page)


def test_a_finance_officer_sees_replies_and_records_none(app: AppTest, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PLACEMENTS_ROLE", "finance")
    page = app.run().switch_page("pages/providers.py").run()
    urn = page.dataframe(key="_rows_explanations").value["urn"].iloc[0]
    page.selectbox(key="setting").set_value(urn).run()
    assert not page.exception
    assert not page.text_area
