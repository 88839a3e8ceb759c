"""A result as a JSON document: no NaN or infinity, dates as ISO text, money to the penny."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from datetime import date, datetime
from decimal import Decimal
from enum import Enum
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

# Keys whose numbers are pounds; beside them every key that ends in _gbp.
MONEY = frozenset({"gbp", "objective", "control_total"})


def tidy(value: Any, key: str = "", *, money: bool = False) -> Any:
    """The value with plain Python types only; a number that is not finite becomes None, pounds are rounded to pennies."""
    money = money or key in MONEY or key.endswith("_gbp")
    if value is None or isinstance(value, bool | str):
        return value
    if isinstance(value, Mapping):
        return {str(k): tidy(v, str(k), money=money and not str(k).endswith("_share")) for k, v in value.items()}
    if isinstance(value, list | tuple | set | frozenset):
        return [tidy(v, key, money=money) for v in value]
    return _scalar(value, money)


def _scalar(value: Any, money: bool) -> Any:
    if isinstance(value, np.bool_):
        return bool(value)
    if isinstance(value, int | np.integer) and not isinstance(value, Enum):
        return int(value)
    if isinstance(value, float | np.floating | Decimal):
        number = float(value)
        if not math.isfinite(number):
            return None
        return round(number, 2) + 0.0 if money else number
    if value is pd.NaT or value is pd.NA:
        return None
    if isinstance(value, pd.Timestamp | datetime):
        return value.date().isoformat() if value.time() == value.time().min else value.isoformat()
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, Path | Enum):
        return str(value)
    raise TypeError(f"{type(value).__name__} has no place in a JSON document")


def records(frame: pd.DataFrame) -> list[dict[str, Any]]:
    """Rows of a frame as dicts, missing cells None."""
    return [{str(k): None if _missing(v) else v for k, v in row.items()} for row in frame.to_dict("records")]


def _missing(value: Any) -> bool:
    return value is None or value is pd.NaT or value is pd.NA or (isinstance(value, float | np.floating) and math.isnan(value))


def dumps(document: Any) -> str:
    """The document as JSON text in ASCII, so that no console's encoding can spoil it; ValueError if anything not finite were left in it."""
    return json.dumps(tidy(document), allow_nan=False)
