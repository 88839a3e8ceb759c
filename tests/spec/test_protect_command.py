"""`protect`: one JSON document for a good table; one sentence and exit 3, nothing else, for one that is none."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from analytics import __main__ as cli

GOOD = "d,n,c\n" + "".join(f"D{i},N{j},{v}\n" for i, row in enumerate([[20, 3, 15], [12, 30, 8], [9, 2, 40]]) for j, v in enumerate(row))
TOTALS = "D0,Total,38\nD1,Total,50\nD2,Total,51\nTotal,N0,41\nTotal,N1,35\nTotal,N2,63\nTotal,Total,139\n"
MONEY = "d,n,provider,gbp,c\n" + "".join(
    f"D{i},N{j},{provider},{gbp},{children}\n"
    for i in range(3)
    for j in range(3)
    for provider, gbp, children in [("One", 450_000.5, 9), ("Two", 420_000, 8), ("Three", 400_000, 8), ("Four", 380_000, 7)][: 1 if (i, j) == (0, 0) else 4]
)
BAD = {
    "negative": GOOD.replace("N1,3", "N1,-3"),
    "not_whole": GOOD.replace("N1,3\n", "N1,3.5\n"),
    "not_a_number": GOOD.replace("N1,3\n", "N1,=2+1\n"),
    "empty": "",
    "no_rows": "d,n,c\n",
    "no_column": GOOD.replace("d,n,c", "d,n,k"),
    "duplicate_cell": GOOD + "D0,N0,20\n",
    "total_missing": GOOD + TOTALS.replace("D1,Total,50\n", ""),
    "total_wrong": GOOD + TOTALS.replace("139", "140"),
    "too_small": "d,n,c\nD0,N0,20\nD0,N1,3\n",
    "all_zero": "d,n,c\nD0,N0,0\nD0,N1,0\nD1,N0,0\nD1,N1,0\n",
    "formula": GOOD.replace("D0,", "=cmd|' /C calc'!A0,"),
    "too_large": GOOD.replace("N1,3\n", "N1,1e308\n"),
    "too_many_cells": "d,n,c\n" + "".join(f"D{i},N{j},7\n" for i in range(60) for j in range(60)),
    "no_category": GOOD.replace("D0,N1", ",N1"),
    "ragged": GOOD + "D3,N0\n",
    "unclosed_quote": GOOD + 'D3,"N0,5\n',
    "undecodable": GOOD.replace("D0", "D\x000"),
}


def call(path: Path, *more: str, code: int = 0) -> tuple[Any, str]:
    result = CliRunner().invoke(cli.app, ["protect", str(path), "--rows", "d", "--columns", "n", "--count", "c", *more, "--json"])
    assert result.exit_code == code, result.stderr
    assert "Traceback" not in result.stderr
    return json.loads(result.stdout, parse_constant=lambda constant: pytest.fail(f"{constant} in JSON")), result.stderr


def table(folder: Path, text: str) -> Path:
    path = folder / "table.csv"
    path.write_text(text, encoding="utf-8")
    return path


@pytest.mark.parametrize("text", [GOOD, GOOD + TOTALS, GOOD.replace("d,n,c", "D , N,C")], ids=["without totals", "with totals", "other case"])
def test_one_document_with_every_cell_and_total(tmp_path: Path, text: str) -> None:
    answer, _ = call(table(tmp_path, text))
    cells = {(cell["row"], cell["column"]): cell for cell in answer["cells"]}
    assert len(cells) == 16
    assert cells["D0", "N1"] == {"row": "D0", "column": "N1", "value": None, "status": "primary"}
    assert cells["Total", "Total"] == {"row": "Total", "column": "Total", "value": 139, "status": "published"}
    assert {cell["status"] for cell in cells.values() if cell["value"] is None} == {"primary", "secondary"}
    assert answer["suppressed"] == sum(cell["value"] is None for cell in cells.values()) == 4
    assert answer["verified"] is True


@pytest.mark.parametrize("name", ["status", "value", "Group", "gbp"])
def test_a_column_may_be_named_as_one_of_the_tables_own(tmp_path: Path, name: str) -> None:
    path = table(tmp_path, GOOD.replace("d,n,c", f"{name},n,c"))
    result = CliRunner().invoke(cli.app, ["protect", str(path), "--rows", name, "--columns", "n", "--count", "c", "--json"])
    assert result.exit_code == 0, result.stderr
    assert {cell["row"] for cell in json.loads(result.stdout)["cells"]} == {"D0", "D1", "D2", "Total"}


def test_the_public_profile_hides_counts_below_ten(tmp_path: Path) -> None:
    answer, _ = call(table(tmp_path, GOOD), "--profile", "strict")
    assert {(c["row"], c["column"]) for c in answer["cells"] if c["status"] == "primary"} == {("D0", "N1"), ("D1", "N2"), ("D2", "N0"), ("D2", "N1")}


def test_pounds_are_hidden_where_one_provider_stands_behind_them_and_rounded_elsewhere(tmp_path: Path) -> None:
    answer, _ = call(table(tmp_path, MONEY), "--contributors", "provider,gbp")
    cells = {(cell["row"], cell["column"]): cell for cell in answer["cells"]}
    assert cells["D0", "N0"]["status"] == "primary"
    assert cells["D2", "N2"] == {"row": "D2", "column": "N2", "value": 1_650_000, "status": "published"}
    assert all(cell["value"] % 1000 == 0 for cell in cells.values() if cell["value"] is not None)


def test_in_words_both_kinds_look_the_same(tmp_path: Path) -> None:
    result = CliRunner().invoke(cli.app, ["protect", str(table(tmp_path, GOOD)), "--rows", "d", "--columns", "n", "--count", "c"])
    assert result.exit_code == 0
    assert "primary" not in result.stdout
    assert result.stdout.split("Cells")[1].count(" c\n") == 4


@pytest.mark.parametrize("code", BAD)
def test_bad_input_gives_one_sentence_and_exit_3(tmp_path: Path, code: str) -> None:
    answer, told = call(table(tmp_path, BAD[code]), code=3)
    assert answer["error"]["code"] == code
    assert len(told.strip().splitlines()) == 1
    assert told.strip().endswith(".")


def test_wrong_use_is_exit_2(tmp_path: Path) -> None:
    assert call(tmp_path / "none.csv", code=2)[0]["error"]["code"] == "no_file"
    assert call(table(tmp_path, MONEY), "--contributors", "provider", code=2)[0]["error"]["code"] == "contributors"
    assert call(table(tmp_path, MONEY), "--contributors", "provider,c", code=2)[0]["error"]["code"] == "same_column"
    assert call(table(tmp_path, MONEY), "--contributors", "provider,C", code=2)[0]["error"]["code"] == "same_column"
