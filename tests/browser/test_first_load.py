"""First load by someone who has never seen it: ten spoilt files at once, each told in a sentence; what can be mended is, and nothing else is lost."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable
from pathlib import Path
from typing import Any

from dashboards import SCREENSHOTS, settled
from playwright.sync_api import Page, expect
from workbooks import workbook

from data.store import Store

expect.set_options(timeout=60_000)
PLANS = "child_id,birth_month,primary_need,plan_start\nC1,2014-02,ASD,01/09/2020\nC2,2012-11,SEMH,12/31/2019\n"
PLACEMENTS = "placement_id,child_id,urn,entry_date,residence\nP1,C1,700001,2024-09-01,day\nP2,C9,700001,2024-09-01,day\n"
SETTINGS = "urn,setting_name,setting_type\n700001,One School,ISS\n700001,One School,ISS\n"
SPOILT: dict[str, tuple[bytes, str]] = {  # file → its bytes, and the words by which a person knows what to do
    "empty.csv": (b"", "save the export again with its header and rows"),
    "header.csv": (b"urn,setting_name,setting_type\n", "has a header but no rows"),
    "old.xls": (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + "Workbook".encode("utf-16-le"), "save it as"),
    "page.xls": (b"<html><table><tr><td>urn</td></tr></table></html>", "web page"),
    "cut.xlsx": (workbook([["700001", "One School", "ISS"]])[:900], "damaged or cut off"),
    "quote.csv": (b'urn,setting_name,setting_type\n700001,"One School,ISS\n', "quotation mark"),
    "twice.csv": (b"urn,setting_name,setting_type,URN\n1,A,ISS,2\n", "appears twice in the header"),
    "plans.csv": (PLANS.encode(), "Recognised as plans"),
    "placements.csv": (PLACEMENTS.encode(), "Recognised as placements"),
    "settings.csv": (SETTINGS.encode("utf-16"), "Recognised as settings"),
}


def upload(page: Page, folder: Path, *names: str) -> None:
    page.locator("input[type=file]").set_input_files([str(folder / name) for name in names])


def confirm_protection(page: Page) -> None:
    page.get_by_text("The disk that holds this file is encrypted").click()
    page.get_by_role("spinbutton", name="day, Day of the data-protection impact assessment").click()
    page.keyboard.type("01032026")
    page.get_by_role("button", name="Confirm", exact=True).click()
    settled(page)


def held(folder: Path) -> dict[str, int]:
    with Store.opened(folder / "placements.duckdb") as store:
        return {name: store.count(f"stg_{name}") for name in ("setting", "plan", "placement")}


def mended(told: bytes) -> bytes:
    """The downloaded records with the date written as the message says."""
    rows = list(csv.reader(io.StringIO(told.decode("utf-8-sig"))))
    assert "12/31/2019" in rows[1]
    return "\n".join(",".join(cell.replace("12/31/2019", "31/12/2019") for cell in row) for row in rows).encode()


def test_ten_spoilt_files_are_told_and_what_can_be_mended_is(tmp_path: Path, dashboard: Callable[..., Any], visit: Callable[..., Page]) -> None:
    desk, data = tmp_path / "desk", tmp_path / "data"
    desk.mkdir()
    data.mkdir()
    for name, (content, _) in SPOILT.items():
        (desk / name).write_bytes(content)
    SCREENSHOTS.mkdir(exist_ok=True)
    running, page = dashboard(data), visit(1440, 2600)
    page.goto(f"{running.url}/intake")
    expect(page.get_by_text("Nothing is loaded yet")).to_be_visible()

    upload(page, desk, *SPOILT)
    for name, (_, words) in SPOILT.items():
        told = page.locator("[data-testid=stAlert], [data-testid=stExpander]").filter(has_text=name).filter(has_text=words)
        expect(told.first).to_be_visible()
    settled(page)
    page.screenshot(path=SCREENSHOTS / "first_load_1440.png", full_page=True)
    expect(page.get_by_role("button", name="Load 3 files")).to_be_disabled()
    confirm_protection(page)
    page.get_by_role("button", name="Load 3 files").click()
    expect(page.get_by_text("settings.csv: 1 record of settings loaded, 1 duplicate.")).to_be_visible()
    expect(page.get_by_text("plans.csv: 1 record of plans loaded, 1 record set aside.")).to_be_visible()
    expect(page.get_by_text("placements.csv: 1 record of placements loaded, 1 record set aside.")).to_be_visible()
    expect(page.get_by_role("heading", name="3 records of 3 sources loaded; 2 records set aside to mend")).to_be_visible()
    settled(page)
    page.screenshot(path=SCREENSHOTS / "first_loaded_1440.png", full_page=True)

    with page.expect_download() as download:
        page.get_by_role("button", name="Download to mend elsewhere").click()
    (desk / "mended.csv").write_bytes(mended(Path(download.value.path()).read_bytes()))
    (desk / "more_plans.csv").write_text("child_id,birth_month,primary_need,plan_start\nC9,2013-05,SLCN,2020-01-01\n")
    upload(page, desk, "mended.csv", "more_plans.csv")
    page.get_by_role("button", name="Load 2 files").click()
    expect(
        page.get_by_role("heading", name="6 records of 3 sources loaded; 0 records set aside to mend").or_(page.get_by_text("No record is set aside."))
    ).to_be_visible()
    settled(page)
    page.screenshot(path=SCREENSHOTS / "first_mended_1440.png", full_page=True)
    assert page.left_host == []  # type: ignore[attr-defined]
    running.close()
    assert held(data) == {"setting": 1, "plan": 3, "placement": 2}
