"""Contracts in a real browser: a solve survives a reload and a second tab and is cancelled at once; limits, locks and scenarios as a commissioner uses them."""

from __future__ import annotations

import re
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from dashboards import settled
from playwright.sync_api import Page, expect

expect.set_options(timeout=60_000)
QUESTION = "How many places to block, where, and why?"


def test_a_solve_survives_a_reload_and_a_second_tab_and_is_cancelled_at_once(sample: Path, dashboard: Callable[..., Any], visit: Callable[..., Page]) -> None:
    app, page = dashboard(sample), visit()
    page.goto(f"{app.url}/contracts")
    expect(page.get_by_role("heading", name=QUESTION)).to_be_visible()
    page.get_by_role("button", name="Size the contracts").click()
    expect(page.get_by_role("button", name="Cancel")).to_be_visible()
    page.wait_for_url(re.compile("solve="))
    page.reload()
    expect(page.get_by_role("button", name="Cancel")).to_be_visible()
    expect(page.get_by_text(re.compile(r"· \d+ s"))).to_be_visible()
    address = page.url
    second = visit()
    second.goto(address)
    expect(second.get_by_role("button", name="Cancel")).to_be_visible()
    began = time.monotonic()
    second.get_by_role("button", name="Cancel").click()
    expect(second.get_by_text("Solving was stopped; nothing was changed.")).to_be_visible()
    assert time.monotonic() - began < 15  # the solve itself ends within a second (tests/spec/test_solving.py); a busy machine needs longer to draw the page
    expect(page.get_by_text("Solving was stopped; nothing was changed.")).to_be_visible()
    page.goto(f"{app.url}/contracts?solve=made-up")
    expect(page.get_by_text("is not kept any more, or is not yours")).to_be_visible()
    settled(page)
    assert "solve=made-up" not in page.url
