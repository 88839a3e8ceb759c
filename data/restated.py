"""What changed in the records since a day: by source and column, the records whose values now differ from those known then."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

import pandas as pd

from data.known import as_known, cut
from data.sources import SOURCES, Source

if TYPE_CHECKING:
    from data.store import Cursor, Store

COLUMNS = ["source", "change", "column", "rows"]
CHANGED, NEW, GONE = "changed", "new", "gone"


def restated(store: Store, day: date) -> pd.DataFrame:
    """Which records are other than they were known at the end of `day` (UTC)?

    One row a source and change: `changed` once for each column whose value differs, with how many records (`rows`) have the same key then and now;
    `new` and `gone` (column None) count keys that are there only now, or only were. Nothing where nothing differs.
    """
    seq = cut(store, day).last_seq
    found = []
    with store.cursor() as cursor:
        for source in SOURCES.values():
            found += _differences(cursor, source, seq)
    return pd.DataFrame(found, columns=COLUMNS)


def _differences(cursor: Cursor, source: Source, seq: int) -> list[tuple[str, str, str | None, int]]:
    values = [name for name in source.names if name not in source.key]
    same = " AND ".join(f"w.{key} IS NOT DISTINCT FROM n.{key}" for key in source.key)
    counts = [f"count(*) FILTER (WHERE w.was AND n.is_now AND w.{name} IS DISTINCT FROM n.{name})" for name in values]
    counts += ["count(*) FILTER (WHERE w.was IS NULL)", "count(*) FILTER (WHERE n.is_now IS NULL)"]
    row = cursor.execute(
        f"""WITH w AS (SELECT *, true AS was FROM ({as_known(source)}) WHERE is_current),
        n AS (SELECT *, true AS is_now FROM raw_{source.name} WHERE is_current)
        SELECT {", ".join(counts)} FROM w FULL JOIN n ON {same}""",
        {"seq": seq},
    ).fetchall()[0]
    kinds: list[tuple[str, str | None]] = [*((CHANGED, name) for name in values), (NEW, None), (GONE, None)]
    return [(source.name, change, column, int(count)) for (change, column), count in zip(kinds, row, strict=True) if count]
