"""Pages as known on an earlier day: chosen in the sidebar or by a link, said on every page, nothing to load there; and a batch withdrawn on Intake."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest
from dashboards import ROOT
from loading import FEES, PLACEMENTS, PLANS, SETTINGS
from streamlit.testing.v1 import AppTest

from analytics.run import stores
from data import store as stored
from data.load import load_files
from data.store import Store

RAISED = FEES.replace("45000", "52000")
TOLD = "Shown as it was known on 30 April 2025; files loaded since are left out."


@pytest.fixture
def app(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AppTest:
    """A council's own store: everything loaded on 30 April 2025, the fees corrected on 31 May."""
    folder = tmp_path / "data"
    folder.mkdir()
    with Store.opened(folder / "placements.duckdb", create=True) as store:
        first = [tmp_path / f"{n}.csv" for n in range(4)]
        for path, text in zip(first, (SETTINGS, PLANS, PLACEMENTS, FEES), strict=True):
            path.write_text(text, encoding="utf-8")
        *_, fees = load_files(store, first, now=datetime(2025, 4, 30, 12, tzinfo=UTC))
        (tmp_path / "raised.csv").write_text(RAISED, encoding="utf-8")
        load_files(store, [tmp_path / "raised.csv"], replace=fees.batch_id, now=datetime(2025, 5, 31, 12, tzinfo=UTC))
    monkeypatch.setenv("PLACEMENTS_DATA_DIR", str(folder))
    monkeypatch.delenv("PLACEMENTS_ROLE", raising=False)
    monkeypatch.chdir(ROOT)
    yield AppTest.from_file(str(ROOT / "app.py"), default_timeout=60)
    stores._past.clear()
    for open_one in list(stored._shared.values()):
        open_one.close()


def said(page: AppTest) -> str:
    return " ".join(text.value for text in page.markdown)


def test_an_earlier_day_is_chosen_said_on_every_page_kept_in_the_address_and_left_again(app: AppTest) -> None:
    page = app.run().switch_page("pages/spend.py").run()
    today = page.metric[0].value
    assert page.selectbox(key="_as_known").options == ["Today", "30 April 2025"]
    page.selectbox(key="_as_known").set_value("2025-04-30").run()
    assert not page.exception
    assert page.metric[0].value != today
    assert page.query_params["known_on"] == "2025-04-30"
    for name in ("overview", "intake", "spend"):
        page.switch_page(f"pages/{name}.py").run()
        assert not page.exception
        assert f"**{TOLD}**" in said(page)
    page.button(key="_back_to_today").click().run()
    assert "Shown as it was known" not in said(page)
    assert page.metric[0].value == today
    assert "known_on" not in page.query_params


def test_a_link_opens_the_day_that_it_names(app: AppTest) -> None:
    app.query_params["known_on"] = "2025-05-10"  # between two loads
    page = app.run().switch_page("pages/overview.py").run()
    assert "Shown as it was known on 10 May 2025" in said(page)
    assert len(stores._past) == 1


def test_nothing_can_be_loaded_in_a_past_state(app: AppTest) -> None:
    app.query_params["known_on"] = "2025-04-30"
    page = app.run().switch_page("pages/intake.py").run()
    assert any("nothing can be loaded" in info.value for info in page.info)
    assert not page.error
    keys = {button.key for button in page.button}
    assert not keys & {"_load", "_backup", "_confirm", "_load_mended", "_withdraw"}
    assert not page.get("file_uploader")


def test_intake_tells_what_changed_since_a_day_and_withdraws_a_batch(app: AppTest) -> None:
    page = app.run().switch_page("pages/intake.py").run()
    page.selectbox(key="_changed_since").set_value("2025-04-30").run()
    changed = next(frame.value for frame in page.dataframe if {"what", "rows"} <= set(frame.value))
    assert changed[["source", "what", "column", "rows"]].to_numpy().tolist() == [["fees", "Other value in", "amount_gbp", 1]]
    batch = next(option for option in page.selectbox(key="_withdraw_batch").options if option.startswith("raised.csv"))
    page.selectbox(key="_withdraw_batch").select(batch).run()
    assert page.button(key="_withdraw").disabled
    page.checkbox(key="_withdraw_sure").check().run()
    page.button(key="_withdraw").click().run()
    assert not page.exception
    assert "raised.csv is withdrawn: 2 records of fees, £67,000, left." in page.success[0].value.replace("\\", "")
