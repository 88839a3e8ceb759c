"""What reaches a browser: the raw bytes of the websocket and of every response, role by role, on a server that has just started."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from dashboards import settled
from playwright.sync_api import Error, Page, Response, WebSocket, expect

from data.store import Store

PAGES = (
    *("", "spend", "invoices", "budget", "whole_cost", "providers", "quality", "shouldcost", "uplift"),
    *("comparison", "bands", "demand", "contracts", "intake"),
)


@pytest.fixture(scope="module")
def children(sample: Path, tmp_path_factory: pytest.TempPathFactory) -> list[bytes]:
    """Every child id of the sample, read from a copy."""
    copy = tmp_path_factory.mktemp("copy") / "data"
    shutil.copytree(sample, copy)
    store = Store.open(copy / "sample.duckdb")
    ids = [str(child).encode() for child in store.read("stg_plan")["child_id"]]
    store.close()
    assert len(ids) > 1000
    return ids


def listen(page: Page) -> list[bytes]:
    """Collects what the server sends to this browser."""
    heard: list[bytes] = []

    def frame(payload: bytes | str) -> None:
        heard.append(payload if isinstance(payload, bytes) else payload.encode())

    def socket(opened: WebSocket) -> None:
        opened.on("framereceived", frame)

    def response(found: Response) -> None:
        if "/static/" in found.url:
            return
        try:
            heard.append(found.body())
        except Error:
            heard.append(found.url.encode())  # a redirect or an upgrade has no body

    page.on("websocket", socket)
    page.on("response", response)
    return heard


def leaked(heard: list[bytes], ids: list[bytes]) -> list[bytes]:
    everything = b"\n".join(heard)
    return [each for each in ids if each in everything]


@pytest.mark.parametrize("name", PAGES)
@pytest.mark.parametrize("role", ["cabinet"])
def test_no_child_reaches_a_cabinet_member(
    role: str, name: str, sample: Path, children: list[bytes], dashboard: Callable[..., Any], visit: Callable[..., Page]
) -> None:
    app, page = dashboard(sample, PLACEMENTS_ROLE=role), visit()
    heard = listen(page)
    page.goto(f"{app.url}/{name}")
    expect(page.get_by_text("Cabinet members see published releases")).to_be_visible(timeout=60_000)
    settled(page)
    assert sum(map(len, heard)) > 1_000
    assert leaked(heard, children) == []


def test_the_same_listening_hears_children_sent_to_a_commissioner(
    sample: Path, children: list[bytes], dashboard: Callable[..., Any], visit: Callable[..., Page]
) -> None:
    app, page = dashboard(sample, PLACEMENTS_ROLE="commissioner"), visit()
    heard = listen(page)
    page.goto(f"{app.url}/spend")
    page.get_by_text("Placements under this total").click(timeout=60_000)
    expect(page.get_by_role("button", name="Download workbook")).to_be_visible(timeout=60_000)
    settled(page)
    assert len(leaked(heard, children)) > 100


def test_an_administrator_sees_intake_but_no_costs(sample: Path, dashboard: Callable[..., Any], visit: Callable[..., Page]) -> None:
    app, page = dashboard(sample, PLACEMENTS_ROLE="admin"), visit()
    page.goto(f"{app.url}/spend")
    expect(page.get_by_text("The role administrator does not include this page")).to_be_visible(timeout=60_000)
    page.goto(f"{app.url}/intake")
    expect(page.get_by_role("heading", name="Is our data in, and right?")).to_be_visible(timeout=60_000)
