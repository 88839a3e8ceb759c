"""Providers: a setting's reply is recorded by a commissioner, seen by others, and changes the page's answer; the other view stands apart."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest
from dashboards import ROOT
from like_schools import DEAR, files
from streamlit.testing.v1 import AppTest

from analytics.run import benchmarking, stores
from data import store as stored
from data.load import load_files
from data.store import Store


@pytest.fixture
def app(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[AppTest]:
    folder = tmp_path / "data"
    folder.mkdir()
    paths = [tmp_path / f"{number}.csv" for number in range(4)]
    for path, text in zip(paths, files(), strict=True):
        path.write_text(text, encoding="utf-8")
    with Store.opened(folder / "placements.duckdb", create=True) as store:
        load_files(store, paths)
    benchmarking._fitted.clear()
    monkeypatch.setenv("PLACEMENTS_DATA_DIR", str(folder))
    monkeypatch.delenv("PLACEMENTS_ROLE", raising=False)
    monkeypatch.chdir(ROOT)
    yield AppTest.from_file(str(ROOT / "app.py"), default_timeout=90)
    stores._past.clear()
    for each in list(stored._shared.values()):
        each.close()


def opened(app: AppTest) -> AppTest:
    """Providers with the dear school's dossier."""
    page = app.run().switch_page("pages/providers.py").run()
    return page.selectbox(key="setting").set_value(DEAR).run()


def titles(page: AppTest) -> list[str]:
    return [heading.value for heading in page.subheader]


def test_a_commissioner_records_a_reply_and_the_answer_counts_it(app: AppTest) -> None:
    page = opened(app)
    assert page.header[0].value.startswith("1 of 12 settings cost more than expected")
    assert "none has replied yet" in page.header[0].value
    assert "What might explain it" in titles(page)
    assert "Our own data could explain 0 of 1 setting that differs" in titles(page)
    assert "The setting's replies" not in titles(page)
    record = next(button for button in page.button if button.label == "Record the reply")
    page.date_input[0].set_value(date(2026, 3, 30))
    page.text_input[0].set_value("Business manager")
    page.text_area[0].set_value("Rents rose.")
    record.click().run()
    assert "choose one of the four effects" in page.error[0].value
    assert page.text_area[0].value == "Rents rose."
    page.radio[0].set_value("in_part")
    next(button for button in page.button if button.label == "Record the reply").click().run()
    assert not page.exception
    assert page.success[0].value == "Reply 1 is recorded."
    assert "; 1 has replied" in page.header[0].value
    assert "The setting's replies" in titles(page)


def test_a_finance_officer_sees_the_checks_and_records_no_reply(app: AppTest, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PLACEMENTS_ROLE", "finance")
    page = opened(app)
    assert not page.exception
    assert "What might explain it" in titles(page)
    assert not page.text_area
