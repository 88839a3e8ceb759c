"""The commands: python -m analytics VERB. With --json one JSON document on standard output and everything else on standard error."""

from __future__ import annotations

import io
import sys

from analytics.verbs import answers, intake, protection, release, upkeep
from analytics.verbs.frame import app

__all__ = ["answers", "app", "intake", "protection", "release", "upkeep"]

if __name__ == "__main__":
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="replace")  # a console without × or … shows a question mark, and goes on
    app(prog_name="python -m analytics")
