"""Any order of a council's own settings and register extracts: a register changes what it carries and nothing else, and an equal row is a duplicate."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable
from pathlib import Path
from tempfile import TemporaryDirectory

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from loading import desk_without_marts

Row = dict[str, str]
OWN = ("urn", "setting_name", "setting_type", "capacity", "places_offered", "provider_group")
REGISTER = {"URN": "urn", "EstablishmentName": "setting_name", "TypeOfEstablishment (code)": "setting_type", "SchoolCapacity": "capacity"}
KINDS = {"10": "ISS", "8": "NMSS"}

urns, names = st.sampled_from(["801", "802"]), st.sampled_from(["A", "B"])
places = st.sampled_from(["", "5", "9"])
own_rows = st.fixed_dictionaries(
    {
        "urn": urns,
        "setting_name": names,
        "setting_type": st.just("ISS"),
        "capacity": places,
        "places_offered": places,
        "provider_group": st.sampled_from(["", "G"]),
    }
)
register_rows = st.fixed_dictionaries(
    {"URN": urns, "EstablishmentName": names, "TypeOfEstablishment (code)": st.sampled_from(list(KINDS)), "SchoolCapacity": places}
)
once_each = {"min_size": 1, "max_size": 2}
FILES = st.one_of(
    st.tuples(st.just("own"), st.lists(own_rows, unique_by=lambda row: row["urn"], **once_each)),
    st.tuples(st.just("register"), st.lists(register_rows, unique_by=lambda row: row["URN"], **once_each)),
)


def written(rows: Iterable[Row], names: Iterable[str]) -> str:
    out = io.StringIO(newline="")
    writer = csv.DictWriter(out, list(names), restval="", lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    return out.getvalue()


def held_after(held: dict[str, Row], kind: str, row: Row) -> Row:
    """A council's own row says all of a setting; a register's row leaves alone what it does not carry."""
    if kind == "own":
        return dict(row)
    read = {REGISTER[name]: value for name, value in row.items()}
    read["setting_type"] = KINDS[read["setting_type"]]
    return {**dict.fromkeys(OWN, ""), **held.get(read["urn"], {}), **read}


@settings(max_examples=8, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(FILES, min_size=1, max_size=5))
def test_a_register_changes_what_it_carries_and_nothing_else(steps: list[tuple[str, list[Row]]]) -> None:
    held: dict[str, Row] = {}
    seen: set[str] = set()
    with TemporaryDirectory() as folder, desk_without_marts(Path(folder)) as desk:
        for kind, rows in steps:
            content = written(rows, OWN if kind == "own" else (*REGISTER, "EstablishmentStatus (name)"))
            if content in seen:
                continue
            seen.add(content)
            after = {row.get("urn", row.get("URN", "")): held_after(held, kind, row) for row in rows}
            same = sum(held.get(urn) == row for urn, row in after.items())
            report = desk.load(content)
            assert (report.duplicates, report.accepted, report.quarantined) == (same, len(rows) - same, 0)
            held |= after
        cells = ", ".join(f"coalesce({name}::VARCHAR, '')" for name in OWN)
        assert {row[0]: dict(zip(OWN, row, strict=True)) for row in desk.rows(f"SELECT {cells} FROM raw_settings WHERE is_current")} == held  # noqa: S608
