"""A running dashboard for tests that look at it from outside, and where things lie."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.request import urlopen

if TYPE_CHECKING:
    from playwright.sync_api import Page

ROOT = Path(__file__).resolve().parents[1]
SHARED = Path(os.environ.get("SHARED_DATA", ROOT.parent / "shared" / "data"))
SCREENSHOTS = ROOT / "tests" / "browser" / "screenshots"


def build_sample(folder: Path, plans: int = 6000) -> Path:
    """A folder of data with a small sample authority."""
    command = [sys.executable, "-m", "analytics", "sample", "--db", str(folder / "sample.duckdb"), "--plans", str(plans), "--json"]
    subprocess.run(command, cwd=ROOT, check=True, capture_output=True, timeout=240)
    return folder


class Dashboard:
    """A running dashboard on a free port of this host."""

    def __init__(self, folder: Path, **environment: str) -> None:
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port = probe.getsockname()[1]
        command = [sys.executable, "-m", "streamlit", "run", "app.py", "--server.port", str(self.port), "--server.headless", "true"]
        self.process = subprocess.Popen(
            command,
            cwd=ROOT,
            env={**os.environ, "PLACEMENTS_DATA_DIR": str(folder), **environment},
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            text=True,
        )
        self.url = f"http://127.0.0.1:{self.port}"
        self._wait()

    def _wait(self) -> None:
        until = time.monotonic() + 60
        while time.monotonic() < until:
            if self.process.poll() is not None:
                raise RuntimeError(f"the dashboard ended: {self.process.stderr.read() if self.process.stderr else ''}")
            try:
                with urlopen(f"{self.url}/_stcore/health", timeout=1):  # noqa: S310 - our own host
                    return
            except OSError:
                time.sleep(0.1)
        raise RuntimeError("the dashboard did not start within a minute")

    def close(self) -> None:
        self.process.terminate()
        self.process.wait(timeout=20)


def settled(page: Page) -> None:
    """Waits until Streamlit has finished a run."""
    page.wait_for_timeout(300)
    page.wait_for_selector("[data-testid=stStatusWidget]", state="detached")
    page.wait_for_timeout(300)
