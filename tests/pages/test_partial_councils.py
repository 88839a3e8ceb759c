"""Every page, with everything on it opened, for councils that hold a part of the data: a sentence or an answer, and never a fault."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import streamlit as st
from dashboards import ROOT
from loading import FEES, PLACEMENTS, PLANS, SETTINGS
from streamlit.testing.v1 import AppTest

from analytics.run import stores
from data import assurance, store
from data.load import load_files
from data.store import Store
from pages._frame.routes import PAGES

PAID = "transaction_id,paid_on,supplier_name,net_gbp,urn\nT1,2024-10-01,ONE SCHOOL LTD,15000.17,700001\nT2,2025-02-03,ONE SCHOOL LTD,100.00,799999\n"
CREDIT = "transaction_id,paid_on,supplier_name,net_gbp,urn\nT1,2024-10-01,ONE SCHOOL LTD,-150.00,700001\n"
BEFORE = "transaction_id,paid_on,supplier_name,net_gbp,urn\nT1,2020-10-01,ONE SCHOOL LTD,150.00,700001\n"
COUNCILS = {
    "settings alone": (SETTINGS,),
    "payments and settings": (SETTINGS, PAID),
    "a credit alone": (SETTINGS, CREDIT),
    "no fees": (SETTINGS, PLANS, PLACEMENTS),
    "no payments": (SETTINGS, PLANS, PLACEMENTS, FEES),
    "payments before the first fee": (SETTINGS, PLANS, PLACEMENTS, FEES, BEFORE),
}


@pytest.fixture(scope="module", params=COUNCILS)
def folder(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Path:
    made = tmp_path_factory.mktemp("council")
    with Store.opened(made / "placements.duckdb", create=True) as council:
        paths = []
        for number, text in enumerate(COUNCILS[request.param]):
            paths.append(made / f"{number}.csv")
            paths[-1].write_text(text, encoding="utf-8")
        load_files(council, paths)
    return made


@pytest.fixture
def app(folder: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[AppTest]:
    def opened(*given: Any, **named: Any) -> Any:
        box = st.container(key=named.get("key"))
        box.__dict__["open"] = True
        return box

    monkeypatch.setenv("PLACEMENTS_DATA_DIR", str(folder))
    monkeypatch.delenv("PLACEMENTS_ROLE", raising=False)
    monkeypatch.setattr(assurance, "expect_given", lambda _store: None)
    monkeypatch.setattr(st, "expander", opened)
    monkeypatch.chdir(ROOT)
    yield AppTest.from_file(str(ROOT / "app.py"), default_timeout=90)
    stores._past.clear()
    for each in list(store._shared.values()):
        each.close()


def test_every_page_answers_or_says_what_is_missing(app: AppTest) -> None:
    app.run()
    for name in PAGES:
        page = app.switch_page(f"pages/{name}.py").run()
        assert not page.exception, name
        assert not [error.value for error in page.error if "could not be made" in error.value], name
        assert page.header or page.info or page.warning or page.error, name
