"""The main job in a real browser: start, load the council's own files, see them, match, open a provider, size contracts, read why."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from dashboards import SCREENSHOTS, SHARED, settled
from playwright.sync_api import Page, expect

expect.set_options(timeout=60_000)
REAL = (SHARED / "payments_newcastle_independent_placements.csv", SHARED / "nmiss_register_2018.csv")


def choose(page: Page, label: str, text: str) -> None:
    box = page.get_by_role("combobox", name=label, exact=False).first
    box.focus()
    box.press("ArrowDown")
    page.get_by_role("option", name=text, exact=True).click()
    settled(page)


def go(page: Page, name: str, question: str) -> None:
    page.get_by_test_id("stSidebarNav").get_by_role("link", name=name).click()
    expect(page.get_by_role("heading", name=question, level=1)).to_be_visible()
    settled(page)


@pytest.mark.skipif(not all(path.exists() for path in REAL), reason=f"the public payments and register are not under {SHARED}")
def test_a_commissioner_goes_from_start_to_a_sized_contract(sample: Path, tmp_path: Path, dashboard: Callable[..., Any], visit: Callable[..., Page]) -> None:
    folder = tmp_path / "data"
    shutil.copytree(sample, folder)
    app, page = dashboard(folder), visit()
    SCREENSHOTS.mkdir(exist_ok=True)

    page.goto(app.url)
    expect(page.get_by_role("heading", name="Where do we stand")).to_be_visible()
    expect(page.get_by_text("Made-up data.")).to_be_visible()

    go(page, "Intake", "Is our data in, and right?")
    page.locator("input[type=file]").set_input_files([str(path) for path in REAL])
    expect(page.get_by_text("Recognised as payments")).to_be_visible()
    expect(page.get_by_text("Recognised as settings")).to_be_visible()
    page.get_by_text("The disk that holds this file is encrypted").click()
    page.get_by_role("spinbutton", name="day, Day of the data-protection impact assessment").click()
    page.keyboard.type("01032026")
    page.get_by_label("Its reference").fill("DPIA 7")
    page.get_by_role("button", name="Confirm", exact=True).click()
    expect(page.get_by_text("an impact assessment of 1 March 2026 (DPIA 7)")).to_be_visible()
    settled(page)
    page.get_by_role("button", name="Load 2 files").click()
    expect(page.get_by_text("of payments loaded")).to_be_visible()
    expect(page.get_by_text("of settings loaded")).to_be_visible()
    expect(page.get_by_text("Made-up data.")).to_have_count(0)
    page.screenshot(path=SCREENSHOTS / "intake.png", full_page=True)

    go(page, "Spend", "What do we spend, and why did it change?")
    expect(page.get_by_role("heading", name="The ledger shows")).to_be_visible()
    expect(page.get_by_text("Load plans, placements and fees to see cost beside spend")).to_be_visible()
    before = page.get_by_role("heading", name="The ledger shows").inner_text()
    page.screenshot(path=SCREENSHOTS / "spend_real.png", full_page=True)

    go(page, "Intake", "Is our data in, and right?")
    waiting = page.get_by_role("heading", name="to match with a setting").inner_text()
    if not page.get_by_role("combobox", name="This supplier is").input_value():  # nothing is proposed for the dearest supplier
        choose(page, "This supplier is", "Not a setting (transport, therapy, agency…)")
    page.get_by_role("button", name="Confirm the match").click()
    expect(page.get_by_role("heading", name=waiting)).to_have_count(0)
    expect(page.get_by_role("combobox", name="Decisions taken")).to_be_visible()
    assert before

    choose(page, "Data", "Sample authority (made up)")
    go(page, "Providers", "Whose cost differs from expected")
    dossier = page.get_by_role("combobox", name="Open a setting's dossier")
    dossier.focus()
    dossier.press("ArrowDown")
    page.get_by_role("option").first.wait_for()
    dossier.press("Enter")
    expect(page.get_by_text("Children's needs")).to_be_visible()

    go(page, "Contracts", "How many places to block, where, and why?")
    page.get_by_role("button", name="Size the contracts").click()
    expect(page.get_by_role("heading", name="for 3 years").or_(page.get_by_role("heading", name="over 3 years"))).to_be_visible(timeout=240_000)
    expect(page.get_by_text("How this was worked out").first).to_be_visible()
    page.screenshot(path=SCREENSHOTS / "contracts.png", full_page=True)
    assert page.left_host == []  # type: ignore[attr-defined]


def test_the_first_start_builds_the_sample_and_can_be_stopped(tmp_path: Path, dashboard: Callable[..., Any], visit: Callable[..., Page]) -> None:
    app, page = dashboard(tmp_path), visit()
    page.goto(f"{app.url}/spend")
    expect(page.get_by_role("heading", name="Building the sample authority")).to_be_visible()
    page.get_by_role("button", name="Stop building").click()
    expect(page.get_by_text("Building was stopped and nothing was kept.")).to_be_visible()
    assert list(tmp_path.glob("sample*")) == []
    page.get_by_role("button", name="Build the sample authority").click()
    expect(page.get_by_role("progressbar")).to_be_visible()
    expect(page.get_by_role("heading", name="Places cost")).to_be_visible(timeout=180_000)
    names = ("sample.duckdb", "sample.duckdb.audit.jsonl", "sample.duckdb.ledger.jsonl", "sample.duckdb.state.json")
    assert sorted(path.name for path in tmp_path.glob("sample*")) == list(names)
