"""Private folders for working copies of what a person loads. They go with their work; those of a process that was killed go at the next start."""

from __future__ import annotations

import os
import re
import shutil
import sys
import tempfile
from functools import cache
from pathlib import Path

import psutil

_NAME = re.compile(r"placements-[a-z]+-(\d+)-(\d+)-(\d+)-\w+")
_SAME_START = 60.0  # seconds: the system's clock may have been set since; no number of a process comes round again so soon


def scratch(kind: str) -> tempfile.TemporaryDirectory[str]:
    """A private folder of this process; `kind`, in small letters, says what for."""
    pid = os.getpid()
    begun = round(psutil.Process(pid).create_time() * 1000)
    return tempfile.TemporaryDirectory(prefix=f"placements-{kind}-{_space()}-{pid}-{begun}-", ignore_cleanup_errors=True)


def sweep() -> None:
    """Removes the private folders of processes that are no more, and no other: what a killed process left holds children's records."""
    for entry in os.scandir(tempfile.gettempdir()):
        found = _NAME.fullmatch(entry.name)
        if found and entry.is_dir(follow_symlinks=False) and _is_left(*map(int, found.groups())):
            shutil.rmtree(Path(entry.path), ignore_errors=True)  # what a virus scanner, or another person, holds goes at a later start


def _is_left(space: int, pid: int, begun: int) -> bool:
    """Whether the process is gone that began at that time (milliseconds) under that number. Processes of another container cannot be seen from here."""
    if space != _space():
        return False
    try:
        process = psutil.Process(pid)
        return bool(process.status() == psutil.STATUS_ZOMBIE or abs(process.create_time() - begun / 1000) > _SAME_START)
    except psutil.NoSuchProcess:
        return True
    except psutil.AccessDenied:
        return False


@cache
def _space() -> int:
    """Which set of process numbers this process is counted in: on Linux containers have their own, and may share a temporary folder."""
    return Path("/proc/self/ns/pid").stat().st_ino if sys.platform == "linux" else 0
