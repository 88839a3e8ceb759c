"""A dashboard of its own for each test, and Debian's Chromium. A missing browser is a visible skip, a failure where CI is set."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from dashboards import Dashboard, build_sample
from playwright.sync_api import Browser, Page, sync_playwright

QUIET = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
)
CHROMIUM = Path(os.environ.get("CHROMIUM", "/usr/bin/chromium"))


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if Path(item.fspath).is_relative_to(Path(__file__).parent):
            item.add_marker(pytest.mark.browser)


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    if not CHROMIUM.exists():
        said = f"No browser at {CHROMIUM}: set CHROMIUM to an installed Chromium or Chrome."
        if os.environ.get("CI") == "true":
            pytest.fail(said)
        pytest.skip(said)
    with sync_playwright() as playwright:
        opened = playwright.chromium.launch(executable_path=str(CHROMIUM), args=list(QUIET))
        yield opened
        opened.close()


@pytest.fixture(scope="session")
def sample(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A small sample authority, built once."""
    return build_sample(tmp_path_factory.mktemp("sample"))


@pytest.fixture
def dashboard() -> Iterator[Callable[..., Dashboard]]:
    opened: list[Dashboard] = []

    def start(folder: Path, **environment: str) -> Dashboard:
        opened.append(Dashboard(folder, **environment))
        return opened[-1]

    yield start
    for each in opened:
        each.close()


@pytest.fixture
def visit(browser: Browser) -> Iterator[Callable[..., Page]]:
    """A page that notes every request which leaves the host."""
    contexts = []

    def open_at(width: int = 1440, height: int = 900, scheme: str = "light") -> Page:
        context = browser.new_context(viewport={"width": width, "height": height}, color_scheme=scheme)  # type: ignore[arg-type]
        contexts.append(context)
        page = context.new_page()
        page.set_default_timeout(60_000)
        page.left_host = []  # type: ignore[attr-defined]
        page.on("request", lambda r: page.left_host.append(r.url) if not r.url.startswith(("http://127.0.0.1:", "data:", "blob:")) else None)  # type: ignore[attr-defined]
        return page

    yield open_at
    for context in contexts:
        context.close()
