"""Taking a batch back and going back to a backup stand in the audit log, by command and by page; without the log neither is done."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from loading import PLANS, SETTINGS, Desk, desk_without_marts

from analytics.run import audited, commands, intake, restoring
from analytics.run.session import Session
from data import assurance, audit
from data.backup import backup
from data.domain import Role
from data.errors import Cancelled, StoreUnusable
from data.store import shared


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    with desk_without_marts(tmp_path) as desk:
        desk.load_all(SETTINGS, PLANS)
        yield desk


def events(db: Path, name: str) -> list[dict[str, Any]]:
    return [{"role": event["role"], **event["about"]} for event in audit.verify(db).events if event["event"] == name]


def by_command(desk: Desk, batch: str) -> None:
    desk.store.close()
    commands.withdraw(desk.db, batch)


def in_the_page(desk: Desk, batch: str) -> None:
    intake.withdraw(Session(Role.COMMISSIONER, desk.store), batch)


@pytest.mark.parametrize(("withdraw", "role"), [(by_command, "command"), (in_the_page, "commissioner")])
def test_a_batch_taken_back_is_told_once(desk: Desk, withdraw: Callable[[Desk, str], None], role: str) -> None:
    batch = desk.rows("SELECT batch_id FROM meta_batch WHERE source = 'plans'")[0][0]
    withdraw(desk, batch)
    (told,) = events(desk.db, "withdrawn")
    assert (told["role"], told["batch_id"], told["source"], told["rows_left"]) == (role, batch, "plans", 2)
    withdraw(desk, batch)  # taken back before: nothing is done, so nothing is told
    assert len(events(desk.db, "withdrawn")) == 1
    assert "C1" not in audit.audit_path(desk.db).read_text()


def test_files_loaded_before_a_load_is_stopped_are_told(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    paths = [desk.write(f"child_id,urn,sent_on\nC1,100001,2024-0{month}-01\n") for month in (3, 4)]
    monkeypatch.setattr(assurance, "expect_given", lambda _store: None)
    first, told = threading.Event(), audited.loaded

    def then_cancel(*given: Any) -> None:
        told(*given)
        first.set()
        assert stopped.wait(60)

    stopped = threading.Event()
    monkeypatch.setattr(audited, "loaded", then_cancel)
    job = intake.load(Session(Role.COMMISSIONER, desk.store), paths)
    assert first.wait(60)
    job.cancel()
    stopped.set()
    with pytest.raises(Cancelled, match=f"kept: {paths[0].name}"):
        job.result()
    assert [event["file"] for event in events(desk.db, "loaded")] == [paths[0].name]


def test_a_restore_in_the_page_is_told(desk: Desk) -> None:
    made = Path(backup(desk.store)["file"])
    desk.store.close()
    shared(desk.db)
    restoring.restore(Role.ADMIN, desk.db, made, "A. Officer")
    assert events(desk.db, "restored") == [{"role": "admin", "backup": made.name, "batches": 2}]
    assert audit.verify(desk.db).events[-1]["user"] == "A. Officer"
    shared(desk.db).close()


def test_without_the_log_neither_is_done(desk: Desk) -> None:
    made = Path(backup(desk.store)["file"])
    batch = desk.rows("SELECT batch_id FROM meta_batch WHERE source = 'plans'")[0][0]
    audit.audit_path(desk.db).mkdir()
    with pytest.raises(StoreUnusable, match="audit log"):
        intake.withdraw(Session(Role.COMMISSIONER, desk.store), batch)
    assert desk.rows("SELECT count(*) FROM meta_batch WHERE withdrawn_by IS NOT NULL") == [(0,)]
    desk.store.close()
    with pytest.raises(StoreUnusable, match="audit log"):
        restoring.restore(Role.ADMIN, desk.db, made)
    assert not desk.db.with_name(f"{desk.db.name}.before-restore").exists()
