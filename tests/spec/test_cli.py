"""The commands as a script meets them: one JSON document on standard output, exit codes, sentences, never a traceback."""

from __future__ import annotations

import json
import math
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from analytics import __main__ as cli
from analytics.run import commands
from analytics.verbs import frame
from data.sources import SOURCES

ROOT = Path(__file__).resolve().parents[2]
SETTINGS = "urn,setting_name,setting_type\n700001,One School,ISS\n700002,Two School,NMSS\n"
PLANS = "child_id,birth_month,primary_need,plan_start\nC1,2014-02,asd,01/09/2020\nC2,2012-11,,2019-09-01\n"
PLACEMENTS = "placement_id,child_id,urn,entry_date,residence\nP1,C1,700001,2024-09-01,day\nP2,C9,700001,2024-09-01,day\n"
FEES = 'placement_id,component,amount_gbp,unit,valid_from\nP1,core,"£45,000.50",year,2024-09-01\nP1,core,abc,year,2025-09-01\n'


def call(*args: object) -> Result:
    return CliRunner().invoke(cli.app, [str(a) for a in args])


def answer(*args: object, code: int = 0) -> Any:
    """The JSON document of a command; NaN and Infinity are refused, and standard output holds nothing else."""
    result = call(*args, "--json")
    assert result.exit_code == code, result.stderr
    assert "Traceback" not in result.stderr
    return json.loads(result.stdout, parse_constant=lambda constant: pytest.fail(f"{constant} in JSON"))


@pytest.fixture(scope="module")
def small(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The made-up authority with 1,500 plans."""
    db = tmp_path_factory.mktemp("small") / "small.duckdb"
    rows = answer("sample", "--db", db, "--plans", 1500, "--seed", 3)
    assert {name for name in SOURCES if rows[name] > 0} == set(SOURCES)
    return db


@pytest.fixture
def files(tmp_path: Path) -> dict[str, Path]:
    found = {}
    for name, text in {"s": SETTINGS, "p": PLANS, "pl": PLACEMENTS, "f": FEES, "empty": ""}.items():
        found[name] = tmp_path / f"{name}.csv"
        found[name].write_text(text, encoding="utf-8")
    return found


@pytest.mark.parametrize("source", SOURCES)
def test_template_begins_with_the_header_and_explains_each_column(source: str) -> None:
    result = call("template", source)
    header, *legend = result.stdout.splitlines()
    assert (result.exit_code, header) == (0, ",".join(SOURCES[source].names))
    assert all(any(column.name in line and column.meaning in line for line in legend) for column in SOURCES[source].columns)


def test_template_says_which_sources_there_are(tmp_path: Path) -> None:
    result = call("template", "wizards")
    assert result.exit_code == 2
    assert "There is no source 'wizards'" in result.stderr
    assert "settings" in result.stderr
    assert answer("template", "FEES", "--out", tmp_path / "fees.csv")["header"][0] == "placement_id"
    assert (tmp_path / "fees.csv").read_text(encoding="utf-8") == ",".join(SOURCES["fees"].names) + "\n"


def test_load_takes_files_in_any_order_and_lists_every_one(files: dict[str, Path], tmp_path: Path) -> None:
    reports = answer("load", files["f"], files["pl"], files["p"], files["s"], "--db", tmp_path / "x.duckdb")
    assert [r["source"] for r in reports] == ["fees", "placements", "plans", "settings"]
    assert [(r["rows_in"], r["accepted"], r["quarantined"]) for r in reports] == [(2, 1, 1), (2, 1, 1), (2, 2, 0), (2, 2, 0)]
    assert reports[0]["control_total"]["accepted"] == 45000.5
    assert [(q["row"], q["column"]) for q in reports[0]["quarantine"]] == [(3, "amount_gbp")]
    assert reports[1]["quarantine"][0]["code"] == "unknown_parent"


def test_load_rejects_with_exit_3_and_still_prints_the_list(files: dict[str, Path], tmp_path: Path) -> None:
    db = tmp_path / "x.duckdb"
    reports = answer("load", files["s"], files["empty"], "--db", db, code=3)
    assert [r["rejected"] is None for r in reports] == [True, False]
    assert reports[1]["rejected"]["code"]
    told = call("load", files["empty"], "--db", db).stderr.splitlines()[-1]
    assert (told.count(files["empty"].name), told.count("is empty; ")) == (1, 1)


def test_load_in_words(files: dict[str, Path], tmp_path: Path) -> None:
    result = call("load", files["s"], files["p"], files["pl"], "--db", tmp_path / "x.duckdb")
    assert result.exit_code == 0
    assert "s.csv" in result.stdout
    assert "unknown_parent" in result.stdout


@pytest.mark.parametrize(
    "arguments",
    [
        ["load", "absent.csv", "--db", "x.duckdb"],
        ["load", "absent.csv", "--db", "x.duckdb", "--source", "wizards"],
        ["contracts"],
        ["contracts", "--instance", "absent.json"],
        ["contracts", "--instance", "a", "--db", "b"],
        ["benchmark", "--db", "x.duckdb", "--as-at", "yesterday"],
        ["restore", "--from", "absent.duckdb", "--db", "x.duckdb"],
        ["sample", "--db", "x.duckdb", "--plans", "many"],
        ["wizards"],
        ["match"],
    ],
)
def test_wrong_usage_is_exit_2_and_makes_no_database(arguments: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    result = call(*arguments)
    assert result.exit_code == 2, result.stderr
    assert result.stderr.strip()
    assert "Traceback" not in result.stderr
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("verb", ["match", "check", "benchmark", "backup", "contracts"])
def test_no_database_is_exit_5(verb: str, tmp_path: Path) -> None:
    more = ["--to", str(tmp_path)] if verb == "backup" else []
    document = answer(verb, "--db", tmp_path / "nowhere" / "x.duckdb", *more, code=5)
    assert document["error"]["code"] == "no_database"
    assert "There is no database" in document["error"]["message"]


def test_a_database_held_by_another_process_is_exit_5_with_the_way_out(small: Path) -> None:
    hold = "import sys; from pathlib import Path; from data.store import Store; s = Store.open(Path(sys.argv[1])); print('held', flush=True); sys.stdin.read()"
    with subprocess.Popen([sys.executable, "-c", hold, str(small)], cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as holder:
        assert holder.stdout is not None
        assert holder.stdout.readline().strip() == "held"
        result = call("check", "--db", small)
        holder.communicate("")
    assert result.exit_code == 5
    assert "close the dashboard or load through Intake" in result.stderr


def test_a_fault_of_ours_is_one_sentence_and_exit_1(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.delenv(frame.DETAILS, raising=False)
    monkeypatch.setattr(commands, "check", lambda _db, **_options: 1 / 0)
    result = call("check", "--db", tmp_path / "x.duckdb")
    assert (result.exit_code, len(result.stderr.strip().splitlines())) == (1, 1)
    assert frame.DETAILS in result.stderr
    assert "Traceback" not in result.stderr
    monkeypatch.setenv(frame.DETAILS, "1")
    assert "ZeroDivisionError" in call("check", "--db", tmp_path / "x.duckdb").stderr


def test_the_sample_is_built_in_a_new_database_only(small: Path) -> None:
    assert answer("sample", "--db", small, "--plans", 1500, code=2)["error"]["code"] == "not_empty"


def test_match_proposes_for_unmatched_suppliers(small: Path) -> None:
    suppliers = answer("match", "--db", small)["suppliers"]
    assert suppliers == sorted(suppliers, key=lambda s: (-s["gbp"], s["supplier_name"]))
    assert all(set(s) >= {"supplier_name", "payments", "gbp", "urn", "setting_name", "confidence", "automatic"} for s in suppliers)
    assert any(s["automatic"] for s in suppliers)
    assert any(s["urn"] is None and not s["automatic"] for s in suppliers)
    assert all(s["gbp"] == round(s["gbp"], 2) for s in suppliers)


def test_benchmark_holds_every_placement_within_its_interval(small: Path) -> None:
    document = answer("benchmark", "--db", small)
    assert document["as_at"] == "2026-03-31"
    assert document["n_placements"] == len(document["placements"]) == sum(s["n"] for s in document["settings"])
    assert all(s["index_low"] <= s["index"] <= s["index_high"] for s in document["settings"])
    assert all(math.isclose(s["excess_gbp"], (s["index"] - 1) * s["expected_gbp"], abs_tol=2) for s in document["settings"])


def test_benchmark_without_a_fee_that_day_says_so(small: Path) -> None:
    assert "none can be compared" in answer("benchmark", "--db", small, "--as-at", "1999-01-01", code=2)["error"]["message"]


def instance(**changes: Any) -> dict[str, Any]:
    """List £60,000, 12% off every block, demand 1 to 20 with equal chance: three places, £617,400 (method.md)."""
    scenarios = [{"prob": 0.05, "demand": [[k]], "existing": [[0]]} for k in range(1, 21)]
    provider = {"id": "A", "capacity": 40, "quality": 3, "fixed": 0, "tiers": [{"min": 0, "disc": 0.12}]}
    offer = {"provider": "A", "lot": "L", "list": 60000, "max_block": 20, "eligible": True}
    whole = {"name": "uniform", "years": 1, "uplift": 0, "rate": 0, "lots": [{"id": "L", "over_price": 90000}], "providers": [provider], "offers": [offer]}
    return {**whole, "scenarios": scenarios, "builds": [], "risk": {"lambda": 0, "alpha": 0.9}, **changes}


def test_contracts_solves_an_instance(tmp_path: Path) -> None:
    path = tmp_path / "i.json"
    path.write_text(json.dumps(instance()), encoding="utf-8")
    result = answer("contracts", "--instance", path)
    assert (result["objective"], result["saving_gbp"], result["blocks"][0]["block"]) == (617400.0, 12600.0, 3)
    assert result["recosted"]
    words = call("contracts", "--instance", path)
    assert "617,400.00" in words.stdout
    assert words.stderr.startswith("progress ")


def test_contracts_without_a_feasible_answer_is_exit_4_with_the_conflict(tmp_path: Path) -> None:
    path = tmp_path / "i.json"
    path.write_text(json.dumps(instance(chance_budget={"prob": 1.0, "limit": 1000})), encoding="utf-8")
    document = answer("contracts", "--instance", path, code=4)["infeasible"]
    assert document["conflict"]
    assert set(document["relax"]) >= {"rule", "by", "cost_gbp"}


@pytest.mark.parametrize("text", ["{", "[]", '{"years": NaN}', "[" * 100_000, "\x00"])
def test_contracts_refuses_an_unreadable_instance(text: str, tmp_path: Path) -> None:
    path = tmp_path / "i.json"
    path.write_text(text, encoding="utf-8")
    assert answer("contracts", "--instance", path, code=3)["error"]["message"]


def test_contracts_from_the_database_tells_its_scope(small: Path, tmp_path: Path) -> None:
    policy = tmp_path / "policy.json"
    policy.write_text(json.dumps({"years": 1, "draws": 40, "scenarios": 8, "max_offers": 4, "max_providers": 3}), encoding="utf-8")
    result = answer("contracts", "--db", small, "--policy", policy, "--phase", "secondary", "--seconds", 20)
    assert result["scope"]["phase"] == "secondary"
    assert result["notes"]
    assert result["objective"] > 0
    assert result["out_of_sample"]["draws"] == 1000
    assert result["out_of_sample"]["p10_gbp"] <= result["out_of_sample"]["p90_gbp"]
    assert all(row["residual"] == 0 for row in result["reconciliation"] if "residual" in row)


def test_backup_and_restore_bring_the_same_data(small: Path, tmp_path: Path) -> None:
    copy = answer("backup", "--db", small, "--to", tmp_path / "backups")
    assert len(copy["sha256"]) == 64
    db = tmp_path / "again.duckdb"
    assert answer("restore", "--from", copy["file"], "--db", db) == {"restored": str(db), "batches": copy["batches"]}
    assert answer("check", "--db", db) == answer("check", "--db", small)


def test_commands_answer_as_known_on_a_day(small: Path, tmp_path: Path) -> None:
    before, today = ("--known-on", "1999-01-01"), ("--known-on", "2999-01-01")
    told = answer("benchmark", "--db", small, *before, code=2)["error"]["message"]
    assert told.startswith("Nothing had been loaded by 1 January 1999; the first file came on ")
    nothing = answer("check", "--db", small, *before)
    assert nothing["known_on"] == "1999-01-01"
    assert all(check["count"] == 0 for check in nothing["checks"])
    assert answer("match", "--db", small, *before)["suppliers"] == []
    for verb in ("match", "benchmark"):
        then, now = answer(verb, "--db", small, *today), answer(verb, "--db", small)
        assert then.pop("known").startswith("Shown as it was known on 1 January 2999; no file has been loaded since")
        assert then.pop("known_on") == "2999-01-01"
        assert then == now
    new = {row["source"]: row["rows"] for row in answer("check", "--db", small, "--since", "1999-01-01")["restated"] if row["change"] == "new"}
    assert set(new) == set(SOURCES)
    path = tmp_path / "i.json"
    path.write_text(json.dumps(instance()), encoding="utf-8")
    assert "--known-on needs --db" in answer("contracts", "--instance", path, *today, code=2)["error"]["message"]
    assert answer("check", "--db", small, "--known-on", "31/03/2026", code=2)["error"]["message"].endswith("write it like 2026-03-31.")


def test_contracts_are_sized_from_what_was_known(small: Path) -> None:
    told = answer("contracts", "--db", small, "--known-on", "1999-01-01", "--phase", "secondary", code=2)["error"]["message"]
    assert told.startswith("Nothing had been loaded by 1 January 1999")


def test_a_batch_is_withdrawn_without_another_in_its_place(files: dict[str, Path], tmp_path: Path) -> None:
    db = tmp_path / "w.duckdb"
    batch = answer("load", files["s"], "--db", db)[0]["batch_id"]
    done = answer("withdraw", batch, "--db", db)
    assert (done["withdrawn"], done["rows_left"], done["already_withdrawn"]) == (batch, 2, False)
    assert answer("withdraw", batch, "--db", db) == done | {"already_withdrawn": True}
    assert answer("withdraw", done["batch_id"], "--db", db, code=2)["error"]["code"] == "is_withdrawal"
    assert answer("withdraw", "000009-none", "--db", db, code=2)["error"]["code"] == "unknown_batch"
    assert answer("load", files["s"], "--db", db)[0]["accepted"] == 2


def test_the_module_runs_as_a_command_and_keeps_the_streams_apart(tmp_path: Path) -> None:
    (tmp_path / "s.csv").write_text(SETTINGS, encoding="utf-8")
    arguments = [sys.executable, "-m", "analytics", "load", str(tmp_path / "s.csv"), "--db", str(tmp_path / "x.duckdb"), "--json"]
    done = subprocess.run(arguments, cwd=ROOT, capture_output=True, text=True, timeout=60, check=False, env={**os.environ, "PYTHONIOENCODING": "utf-8"})
    assert done.returncode == 0, done.stderr
    assert [report["accepted"] for report in json.loads(done.stdout)] == [2]
    assert all(line.startswith(("progress ", "If these are real data, confirm")) for line in done.stderr.splitlines())


def test_check_gives_every_settings_months_when_asked(small: Path) -> None:
    yearly, monthly = (answer("check", "--db", small, *more) for more in ((), ("--by", "month")))
    names = [{line["reconciliation"] for line in document["reconciliation"]} for document in (yearly, monthly)]
    assert names[0] == names[1]
    assert yearly["checks"] == monthly["checks"]
    assert len(monthly["reconciliation"]) >= len(yearly["reconciliation"])
    assert call("check", "--db", small, "--by", "week").exit_code == 2


def test_a_forecast_gives_places_by_lot_and_year_survivors_by_setting_the_whole_and_a_look_back(small: Path) -> None:
    found = answer("forecast", "--db", small, "--years", 2, "--draws", 30)
    assert (found["as_at"], found["draws"]) == ("2026-03-31", 30)
    assert {"lot", "year", "p10", "p50", "p90", "mean"} == set(found["lots"][0])
    assert {"urn", "lot", "year", "survivors_p10", "survivors_p50", "survivors_p90"} == set(found["settings"][0])
    assert [row["year"] for row in found["total"]] == [2026, 2027]
    for year in (2026, 2027):
        mean = sum(row["mean"] for row in found["lots"] if row["year"] == year)
        assert mean == pytest.approx(next(row["mean"] for row in found["total"] if row["year"] == year), abs=0.2)
    assert all(row["p10"] <= row["p50"] <= row["p90"] for row in [*found["lots"], *found["total"]])
    assert {"origin", "years_ahead", "came", "p50", "last_value"} <= set(found["backtest"]["origins"][0])
    assert answer("forecast", "--db", small, "--years", 2, "--draws", 30) == found
    assert answer("forecast", "--db", small, "--as-at", "1990-01-01", code=2)["error"]["code"] == "none_open"
