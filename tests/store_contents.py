"""What stands in a store, so that a test sees that a file changed nothing but what it brought, and that every record of it is accounted for."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from loading import Desk

from data.batch import LoadReport

Contents = dict[str, tuple[int, int]]
# `meta_change` counts the changes themselves, `meta_derived` says for what the marts were made.
_NEVER = {"meta_change", "meta_derived"}


class Watched:
    """A store that is looked at after each file. `but`: columns that may change, by table, as `is_current` does where versions follow each other."""

    def __init__(self, desk: Desk, but: Mapping[str, str] | None = None) -> None:
        self._desk, self._but = desk, but or {}
        found = desk.rows("SELECT table_name, list(column_name) FROM duckdb_columns() SEMI JOIN duckdb_tables() USING (table_name) GROUP BY ALL")
        own = {table: columns for table, columns in found if table.startswith(("raw_", "meta_")) or table == "supplier_match"}
        self._tables = {table: "batch_id" in own[table] for table in sorted(set(own) - _NEVER)}
        self.stands = self.look()[0]

    def look(self, batches: Iterable[str] = ()) -> tuple[Contents, Contents]:
        """How many rows each table holds and what they hash to; and the same without the rows of some batches."""
        among = ", ".join(f"'{batch}'" for batch in batches)
        parts = []
        for table, of_batches in self._tables.items():
            seen = f"SELECT * EXCLUDE ({self._but[table]}) FROM {table}" if table in self._but else f"FROM {table}"  # noqa: S608
            others = f"coalesce(batch_id NOT IN ({among}), true)" if of_batches and among else "true"
            inner = f"SELECT hash(t) AS h, {others} AS other FROM ({seen}) AS t"  # noqa: S608 - names of our own tables
            parts.append(f"SELECT '{table}', count(*), coalesce(sum(h), 0), count(*) FILTER (other), coalesce(sum(h) FILTER (other), 0) FROM ({inner})")  # noqa: S608
        rows = self._desk.rows(" UNION ALL ".join(parts))
        return {row[0]: (row[1], int(row[2])) for row in rows}, {row[0]: (row[3], int(row[4])) for row in rows}

    def after(self, *reports: LoadReport) -> tuple[Contents, Contents]:
        """What stood before files were loaded, and what stands now but for the batches that they made."""
        before = self.stands
        self.stands, others = self.look(report.batch_id for report in reports if report.batch_id and not report.already_loaded)
        return before, others


def changed(before: Contents, after: Contents) -> set[str]:
    """The tables that do not hold the same."""
    return {table for table in before.keys() | after.keys() if before.get(table) != after.get(table)}


def expect_accounted(desk: Desk, report: LoadReport) -> None:
    """Every record of an accepted file is in the store, in quarantine or told as a duplicate, and pounds add up with it."""
    assert report.rows_in == report.accepted + report.duplicates + report.quarantined
    assert report.rows_in > 0
    with desk.store.cursor() as cursor:
        held = cursor.execute(f"SELECT count(*) FROM raw_{report.source} WHERE batch_id = $batch", {"batch": report.batch_id}).fetchall()  # noqa: S608
        aside = cursor.execute("SELECT count(DISTINCT row_number) FROM meta_quarantine WHERE batch_id = $batch", {"batch": report.batch_id}).fetchall()
    assert (held[0][0], aside[0][0]) == (report.accepted, report.quarantined)
    for entry in report.quarantine:
        assert entry["row"] >= 2
        assert entry["code"]
        assert len(entry["message"]) > 15
        assert entry["message"].endswith(".")
    if report.control_total is not None:
        total = report.control_total
        assert round(total["in"] - total["accepted"] - total["duplicates"] - total["quarantined"], 2) == 0
