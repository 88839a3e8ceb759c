"""Real data under protection, from the command line: confirmed once, told to the audit log, removed when past its time."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, cast

import pytest
from loading import FEES, PLACEMENTS, PLANS, SETTINGS
from typer.testing import CliRunner, Result

from analytics import __main__ as cli
from analytics.run import intake, protection, watching
from analytics.run.session import Session
from data import audit, rewriting
from data.domain import Role
from data.errors import NotAllowed, WrongUsage
from data.store import Store

CONFIRM = ("--assessed-on", "2026-03-01", "--encrypted-disk")


@pytest.fixture(autouse=True)
def config(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PLACEMENTS_CONFIG_DIR", str(tmp_path_factory.mktemp("config")))


@pytest.fixture
def db(tmp_path: Path) -> Path:
    return tmp_path / "council.duckdb"


@pytest.fixture
def plans(tmp_path: Path) -> Path:
    path = tmp_path / "plans.csv"
    path.write_text(PLANS)
    return path


def call(*args: object, stdin: str | None = None) -> Result:
    return CliRunner().invoke(cli.app, [str(a) for a in args], input=stdin)


def answer(*args: object, code: int = 0) -> Any:
    result = call(*args, "--json")
    assert result.exit_code == code, result.stderr
    return json.loads(result.stdout)


def events(db: Path) -> list[str]:
    return [event["event"] for event in audit.verify(db).events]


def found(db: Path) -> dict[str, dict[str, Any]]:
    return {check["code"]: check for check in answer("check", "--db", db)["checks"]}


def test_a_load_by_command_goes_on_and_says_on_standard_error_what_to_confirm(db: Path, plans: Path) -> None:
    result = call("load", plans, "--db", db, "--json")
    assert (result.exit_code, json.loads(result.stdout)[0]["accepted"]) == (0, 2)
    assert len([line for line in result.stderr.splitlines() if "python -m analytics assure --db" in line]) == 1
    assert (found(db)["assurance_not_given"]["level"], found(db)["assurance_not_given"]["count"]) == ("warning", 1)
    given = answer("assure", "--db", db, *CONFIRM, "--assessment", "DPIA 7", "--keep-years", 8)
    assert (given["confirmed"], given["keep_years"], given["lies_at"], given["fingerprint"]) == (True, 8, str(db), None)
    assert found(db)["assurance_not_given"]["count"] == 0
    plans.write_text(PLANS + "C3,2012-11,SEMH,2019-09-01\n")
    assert "assure" not in call("load", plans, "--db", db).stderr
    assert events(db) == ["loaded", "confirmed", "loaded"]


def test_what_is_missing_is_one_sentence_and_makes_no_confirmation(db: Path, plans: Path) -> None:
    assert answer("assure", "--db", db, code=5)["error"]["code"] == "no_database"
    call("load", plans, "--db", db)
    assert answer("assure", "--db", db)["needed"] is True
    for wrong, code in (
        (("--assessed-on", "2026-03-01"), "disk_not_encrypted"),
        (("--encrypted-disk",), "not_assessed"),
        (("--assessed-on", "2999-01-01", "--encrypted-disk"), "not_assessed"),
        ((*CONFIRM, "--pseudonyms"), "pseudonyms_fixed"),
    ):
        assert answer("assure", "--db", db, *wrong, code=2)["error"]["code"] == code
    assert call("assure", "--db", db, *CONFIRM, "--keep-years", 26).exit_code == 2
    assert answer("assure", "--db", db)["confirmed"] is False


def test_a_caseworker_looks_up_a_pseudonym_and_the_id_is_told_to_nobody(db: Path, plans: Path) -> None:
    answer("assure", "--db", db, *CONFIRM, "--pseudonyms")
    call("load", plans, "--db", db)
    made = call("pseudonym", "C1", "--db", db).stdout.strip()
    assert made == call("pseudonym", "-", "--db", db, stdin="C1\n").stdout.strip() == answer("pseudonym", "C1", "--db", db)["pseudonym"]
    with Store.opened(db) as store:
        assert made in set(store.read("stg_plan")["child_id"])
    assert b'"C1"' not in audit.audit_path(db).read_bytes()
    assert events(db)[-1] == "pseudonym"
    assert answer("pseudonym", "C1", "--db", db, "--kind", "pet", code=2)
    assert answer("pseudonym", "1.2E+05", "--db", db, code=2)["error"]["code"] == "no_id"


def test_without_pseudonyms_there_is_none_to_look_up(db: Path, plans: Path) -> None:
    call("load", plans, "--db", db)
    assert answer("pseudonym", "C1", "--db", db, code=2)["error"]["code"] == "no_pseudonyms"


def test_what_is_past_its_time_is_counted_then_removed_and_older_backups_go_on_request(db: Path, tmp_path: Path) -> None:
    files = []
    for name, text in {
        "s": SETTINGS,
        "p": PLANS,
        "pl": PLACEMENTS.replace("residence", "residence,leaving_date").replace("day\n", "day,2024-10-01\n"),
        "f": FEES,
    }.items():
        (tmp_path / f"{name}.csv").write_text(text.replace("38wk\n", "38wk,\n") if name == "pl" else text)
        files.append(tmp_path / f"{name}.csv")
    call("load", *files, "--db", db)
    call("backup", "--db", db, "--to", str(db) + ".backups")
    would = answer("retain", "--db", db, "--years", 1, "--dry-run")
    assert (would["done"], would["placements"], would["rows"]["fees"], would["fee_lines_gbp"], would["children_kept"]) == (False, 1, 1, 45000.0, 1)
    assert answer("retain", "--db", db)["placements"] == 0  # six years, as assumed
    assert answer("retain", "--db", db, "--years", 0, code=2)["error"]["code"] == "keep_years"
    did = answer("retain", "--db", db, "--years", 1, "--backups")
    same = ("placements", "children", "rows", "fee_lines_gbp", "ended_before", "batches")
    assert {name: did[name] for name in same} == {name: would[name] for name in same}
    assert (did["done"], [copy["deleted"] for copy in did["copies"]]) == (True, [True])
    assert Path(did["fresh_backup"]).is_file()
    assert not Path(did["copies"][0]["file"]).exists()
    assert events(db)[-3:] == ["retention_begun", "retention_done", "backups_deleted"]
    assert found(db)["removal_notes"]["count"] == found(db)["removal_undone"]["count"] == found(db)["audit_log"]["count"] == 0


def test_check_finds_a_backup_from_before_a_removal_put_back_and_a_log_cut_short(db: Path, plans: Path, tmp_path: Path) -> None:
    plans.write_text(
        PLANS.replace("plan_start\n", "plan_start,plan_ceased\n").replace("2020-09-01\n", "2020-09-01,2023-01-01\n").replace("2019-09-01\n", "2019-09-01,\n")
    )
    call("load", plans, "--db", db)
    backup = answer("backup", "--db", db, "--to", tmp_path / "elsewhere")["file"]
    assert answer("retain", "--db", db, "--years", 1)["children"] == 1
    call("restore", "--from", backup, "--db", db)
    assert (found(db)["removal_undone"]["level"], found(db)["removal_undone"]["count"]) == ("warning", 1)
    assert events(db)[-1] == "restored"
    log = audit.audit_path(db)
    log.write_bytes(b"".join(log.read_bytes().splitlines(keepends=True)[:-1]))
    assert found(db)["audit_log"]["level"] == "error"
    assert "its end was cut off" in found(db)["audit_log"]["message"]
    assert answer("audit", "--db", db)["holds"] is False
    assert "its end was cut off" in call("audit", "--db", db).stdout


def test_intake_loads_nothing_before_the_confirmation_and_tells_decisions_to_the_log(db: Path, plans: Path) -> None:
    with Store.opened(db, create=True) as store:
        clerk = Session(Role.FINANCE, store, "Jo Clerk")
        with pytest.raises(WrongUsage, match="Before real data is loaded, confirm"):
            intake.load(clerk, [plans])
        call_wish = protection.assurance.Wish(protection.date(2026, 3, 1), True)
        protection.confirm(store, call_wish, "finance", "Jo Clerk")
        intake.load(clerk, [plans]).result()
        watching.page_opened(clerk, "intake")
        with pytest.raises(NotAllowed):
            protection.log_of(clerk)
        log = protection.log_of(Session(Role.ADMIN, store))
        assert [(event["event"], event["user"]) for event in log["events"]] == [("confirmed", "Jo Clerk"), ("loaded", "Jo Clerk"), ("page", "Jo Clerk")]
        assert (log["holds"], log["notes"]) == (True, [])
        assert len(audit.heads_in(store)) == 2


def test_a_cabinet_member_is_told_nothing_of_protection(db: Path) -> None:
    nobody = Session(Role.CABINET, cast("Any", None))
    for ask in (protection.due_now, protection.log_of, protection.log_file):
        with pytest.raises(NotAllowed):
            ask(nobody)


def test_copies_of_a_run_that_was_killed_are_gone_after_the_next(db: Path, plans: Path) -> None:
    call("load", plans, "--db", db)
    left = rewriting.working_folder(db) / "working.duckdb"
    left.parent.mkdir(parents=True)
    left.write_bytes(b"C1")
    answer("retain", "--db", db)
    assert not left.exists()
    assert not left.parent.parent.exists()
