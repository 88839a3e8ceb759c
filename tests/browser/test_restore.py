"""Going back to a backup in a real browser: from a healthy store, and from one that was damaged on the disk."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

from dashboards import SCREENSHOTS, settled
from loading import PLANS, SETTINGS
from playwright.sync_api import Page, expect

from data import assurance
from data.load import load_files
from data.store import Store

expect.set_options(timeout=60_000)
QUESTION = "Is our data in, and right?"


def council(folder: Path) -> Path:
    """The council's own store with one file of settings; the file of plans lies ready."""
    folder.mkdir()
    (folder / "settings.csv").write_text(SETTINGS)
    (folder / "plans.csv").write_text(PLANS)
    db = folder / "placements.duckdb"
    with Store.opened(db, create=True) as store:
        assurance.give(store, assurance.Wish(date(2026, 3, 1), disk_encrypted=True), "commissioner")
        load_files(store, [folder / "settings.csv"])
    return db


def restore(page: Page) -> None:
    page.get_by_text("Put this backup in the place of the data that are there now").click()
    settled(page)
    page.get_by_role("button", name="Restore this backup").click()
    expect(page.get_by_text("Restored the backup of")).to_be_visible()
    settled(page)


def test_a_backup_is_made_and_restored_in_the_page_and_again_when_the_file_is_damaged(
    tmp_path: Path, dashboard: Callable[..., Any], visit: Callable[..., Page]
) -> None:
    db = council(tmp_path / "data")
    running, page = dashboard(db.parent), visit()
    SCREENSHOTS.mkdir(exist_ok=True)
    page.goto(f"{running.url}/intake")
    expect(page.get_by_role("heading", name="2 records of 1 source loaded")).to_be_visible()
    page.get_by_role("button", name="Make a backup now").click()
    expect(page.get_by_text("Backup of 1 files written to")).to_be_visible()

    page.locator("input[type=file]").set_input_files(str(db.parent / "plans.csv"))
    expect(page.get_by_text("Recognised as plans")).to_be_visible()
    page.get_by_role("button", name="Load 1 file").click()
    expect(page.get_by_text("of plans loaded")).to_be_visible()
    expect(page.get_by_role("heading", name="4 records of 2 sources loaded")).to_be_visible()

    page.get_by_text("Restore a backup", exact=True).click()
    expect(page.get_by_role("button", name="Restore this backup")).to_be_visible()
    expect(page.get_by_text("1 file loaded after this backup must be loaded again: 2 records of plans.")).to_be_visible()
    settled(page)
    page.screenshot(path=SCREENSHOTS / "restore_1440.png", full_page=True)
    expect(page.get_by_role("button", name="Restore this backup")).to_be_disabled()
    restore(page)
    expect(page.get_by_role("heading", name="2 records of 1 source loaded")).to_be_visible()
    expect(page.get_by_text("No file was loaded after this backup.")).to_be_visible()
    expect(page.get_by_role("button", name="Restore this backup")).to_be_disabled()
    page.screenshot(path=SCREENSHOTS / "restored_1440.png", full_page=True)
    running.close()

    data = bytearray(db.read_bytes())
    data[4096 : len(data) // 2] = bytes(len(data) // 2 - 4096)
    db.write_bytes(data)
    running, phone = dashboard(db.parent), visit(390, 844)
    phone.goto(f"{running.url}/overview")
    expect(phone.get_by_text("cannot be used")).to_be_visible()
    expect(phone.get_by_role("link", name="Restore a backup in Intake")).to_be_visible()
    phone.screenshot(path=SCREENSHOTS / "damaged_390.png", full_page=True)
    phone.get_by_role("link", name="Restore a backup in Intake").click()
    expect(phone.get_by_role("heading", name=QUESTION)).to_be_visible()
    expect(phone.get_by_text("cannot be used")).to_be_visible()
    expect(phone.get_by_text("No file was loaded after this backup.")).to_be_visible()
    expect(phone.get_by_role("button", name="Restore this backup")).to_be_visible()
    expect(phone.get_by_test_id("stSkeleton")).to_have_count(0)
    settled(phone)
    phone.screenshot(path=SCREENSHOTS / "rescue_390.png", full_page=True)
    assert phone.evaluate("document.documentElement.scrollWidth") <= 390
    page.goto(f"{running.url}/intake")
    expect(page.get_by_role("heading", name="Go back to a backup")).to_be_visible()
    expect(page.get_by_role("button", name="Restore this backup")).to_be_visible()
    expect(page.get_by_test_id("stSkeleton")).to_have_count(0)
    settled(page)
    page.screenshot(path=SCREENSHOTS / "rescue_1440.png", full_page=True)
    restore(phone)
    expect(phone.get_by_role("heading", name="2 records of 1 source loaded")).to_be_visible()
    assert list(db.parent.glob("*.before-restore"))
    assert phone.left_host == page.left_host == []  # type: ignore[attr-defined]


def test_a_cabinet_member_is_offered_no_backup(tmp_path: Path, dashboard: Callable[..., Any], visit: Callable[..., Page]) -> None:
    db = council(tmp_path / "data")
    db.write_bytes(b"not a database" * 1000)
    page = visit()
    page.goto(f"{dashboard(db.parent, PLACEMENTS_ROLE='cabinet').url}/intake")
    expect(page.get_by_text("none has been made yet")).to_be_visible()
    assert page.get_by_role("button", name="Restore this backup").count() == 0
    assert page.get_by_text("cannot be used").count() == 0
