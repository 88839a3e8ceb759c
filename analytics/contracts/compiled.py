"""How inner loops become machine code: compiled at first use by Numba, on one thread, and kept in a folder named for the source it was made from."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any, ParamSpec, TypeVar

import numba
import platformdirs

P = ParamSpec("P")
R = TypeVar("R")


def _folder() -> Path | None:
    """Where machine code is kept: Numba sees changes of a function's own file only, so the folder is named for all of them. None: nowhere."""
    here = Path(__file__).parent
    sources = [text for path in sorted(here.glob("*.py")) if b"@compiled" in (text := path.read_bytes())]
    digest = hashlib.sha256(b"".join(sources)).hexdigest()[:16]
    for parent in (here / "__pycache__", platformdirs.user_cache_path("special-school-placements")):
        try:
            (parent / f"numba-{digest}").mkdir(parents=True, exist_ok=True)
        except OSError:
            continue
        if os.access(parent / f"numba-{digest}", os.W_OK):
            return parent / f"numba-{digest}"
    return None


_kept_in = _folder()
if _kept_in is not None:
    numba.config.CACHE_DIR = str(_kept_in)  # type: ignore[attr-defined]


def compiled(function: Callable[P, R]) -> Callable[P, R]:
    """The function as machine code. Its `py_func` is the function as it is written, which the tests run too."""
    found: Any = numba.njit(function, cache=_kept_in is not None)
    return found  # type: ignore[no-any-return]
