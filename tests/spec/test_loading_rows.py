"""What becomes of a row: accepted, duplicate, new version, conflict, waiting for its parent."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from loading import FEES, PLACEMENTS, PLANS, SETTINGS, Desk, codes, desk_without_marts

from data.errors import Cancelled, WrongUsage
from data.load import load_files


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    with desk_without_marts(tmp_path) as desk:
        yield desk


def counts(report: object) -> tuple[int, int, int, int]:
    return tuple(getattr(report, name) for name in ("rows_in", "accepted", "duplicates", "quarantined"))  # type: ignore[return-value]


def test_headers_are_known_in_any_case_with_spaces_underscores_and_synonyms(desk: Desk) -> None:
    report = desk.load("CHILD-ID,Month of Birth, Primary  Need ,plan start\nC1,2014-02,asd,01/09/2020\n")
    assert (report.source, counts(report)) == ("plans", (1, 1, 0, 0))
    assert desk.rows("SELECT child_id, birth_month, primary_need, plan_start::VARCHAR FROM raw_plans") == [("C1", "2014-02", "ASD", "2020-09-01")]


def test_files_of_one_call_are_loaded_parents_first_and_reported_in_their_order(desk: Desk) -> None:
    reports = desk.load_all(FEES, PLACEMENTS, PLANS, SETTINGS)
    assert [r.source for r in reports] == ["fees", "placements", "plans", "settings"]
    assert [r.quarantined for r in reports] == [0, 0, 0, 0]
    assert [r.batch_id[:6] for r in reports] == ["000004", "000003", "000002", "000001"]  # type: ignore[index]


def test_the_same_bytes_again_change_nothing_and_answer_the_same(desk: Desk) -> None:
    desk.load_all(SETTINGS, PLANS)
    text = "placement_id,child_id,urn,entry_date,residence\nP1,C1,700001,2024-09-01,day\nP2,C9,700001,2024-09-01,day\n"
    first = desk.load(text)
    version = desk.store.data_version()
    again = desk.load(text)
    assert again.already_loaded
    assert (again.batch_id, counts(again), again.quarantine) == (first.batch_id, counts(first), first.quarantine)
    assert desk.store.data_version() == version
    assert desk.rows("SELECT count(*) FROM meta_batch WHERE source = 'placements'") == [(1,)]


def test_a_row_equal_in_every_column_is_a_duplicate_however_it_is_written(desk: Desk) -> None:
    desk.load_all(SETTINGS, PLANS, PLACEMENTS, FEES)
    report = desk.load("Placement ID;Element;Amount;Unit;Valid From;Funder\nP1;CORE;£45,000.00;Year;01/09/2024;education\n")
    assert counts(report) == (1, 0, 1, 0)
    assert report.control_total == {"in": 45000.0, "accepted": 0.0, "duplicates": 45000.0, "quarantined": 0.0}


def test_other_values_under_the_same_key_are_a_new_version_and_the_old_one_is_kept(desk: Desk) -> None:
    first = desk.load(SETTINGS)
    second = desk.load("urn,setting_name,setting_type\n700001,One School (renamed),ISS\n700002,Two School,NMSS\n")
    assert counts(second) == (2, 1, 1, 0)
    versions = desk.rows("SELECT setting_name, batch_id, is_current FROM raw_settings WHERE urn = '700001' ORDER BY seq")
    assert versions == [("One School", first.batch_id, False), ("One School (renamed)", second.batch_id, True)]


def test_going_back_to_earlier_values_is_a_new_version_too(desk: Desk) -> None:
    desk.load(SETTINGS)
    desk.load("urn,setting_name,setting_type\n700001,Renamed,ISS\n")
    desk.load("setting_name,urn,setting_type\nOne School,700001,ISS\n")
    assert desk.rows("SELECT setting_name FROM raw_settings WHERE urn = '700001' AND is_current") == [("One School",)]


def test_versions_in_one_file_follow_each_other(desk: Desk) -> None:
    report = desk.load("urn,setting_name,setting_type\n700001,A,ISS\n700001,A,ISS\n700001,B,ISS\n700001,A,ISS\n")
    assert counts(report) == (4, 3, 1, 0)
    assert desk.rows("SELECT row_number FROM raw_settings WHERE is_current") == [(5,)]


def test_other_values_under_the_key_of_a_fee_are_a_conflict(desk: Desk) -> None:
    desk.load_all(SETTINGS, PLANS, PLACEMENTS, FEES)
    report = desk.load(
        "placement_id,component,amount_gbp,unit,valid_from\nP1,core,45000,year,2024-09-01\nP1,core,46000,year,2024-09-01\n"
        "P1,therapy,10,day,2024-09-01\nP1,therapy,11,day,2024-09-01\nP1,therapy,10,day,2024-09-01\n"
    )
    assert counts(report) == (5, 1, 2, 2)
    assert codes(report) == [(3, "key_conflict"), (5, "key_conflict")]
    assert report.control_total == {"in": 91031.0, "accepted": 10.0, "duplicates": 45010.0, "quarantined": 46011.0}


def test_replace_withdraws_the_batch_in_the_same_transaction(desk: Desk) -> None:
    *_, fees = desk.load_all(SETTINGS, PLANS, PLACEMENTS, FEES)
    report = desk.load("placement_id,component,amount_gbp,unit,valid_from\nP1,core,46000,year,2024-09-01\n", replace=fees.batch_id)
    assert counts(report) == (1, 1, 0, 0)
    assert desk.rows("SELECT amount_gbp::INT FROM raw_fees WHERE is_current") == [(46000,)]
    assert (fees.batch_id, report.batch_id) in desk.rows("SELECT batch_id, withdrawn_by FROM meta_batch")


PAID = "transaction_id,paid_on,supplier_name,net_gbp\nA1,2024-09-01,X,1\n"
A2, A3 = "A2,2024-09-01,X,2\n", "A3,2024-09-01,X,3\n"
HEAD = PAID.splitlines()[0] + "\n"


def current(desk: Desk) -> list[tuple[str, str, int]]:
    return desk.rows("SELECT transaction_id, batch_id, row_number FROM raw_payments WHERE is_current ORDER BY transaction_id")


def test_a_withdrawn_row_that_another_batch_holds_too_passes_to_that_batch(desk: Desk) -> None:
    first, second = desk.load(PAID + A2), desk.load(HEAD + A3 + A2)
    third = desk.load(HEAD + A2 + A2)
    assert [counts(report) for report in (first, second, third)] == [(2, 2, 0, 0), (2, 1, 1, 0), (2, 0, 2, 0)]
    manifest = "SELECT batch_id, accepted, duplicates, control_accepted, hash FROM meta_batch ORDER BY seq LIMIT 3"
    before = desk.rows(manifest)
    right = desk.load(PAID, replace=first.batch_id)
    assert current(desk) == [("A1", right.batch_id, 2), ("A2", second.batch_id, 3), ("A3", second.batch_id, 2)]
    last = desk.load(HEAD + A3, replace=second.batch_id)
    assert current(desk) == [("A1", right.batch_id, 2), ("A2", third.batch_id, 2), ("A3", last.batch_id, 2)]
    assert desk.rows(manifest) == before
    desk.reopen()
    none = desk.load(PAID + A3, replace=third.batch_id)
    assert (counts(none), len(current(desk))) == ((2, 0, 2, 0), 2)


def test_a_row_taken_over_is_held_again_by_its_versions_order(desk: Desk) -> None:
    one, two = "urn,setting_name,setting_type\n700001,One,ISS\n", "urn,setting_name,setting_type\n700001,Two,ISS\n"
    first, second, third = desk.load(one), desk.load(one + "700002,Other,ISS\n"), desk.load(two)
    desk.load("urn,setting_name,setting_type\n700003,Three,ISS\n", replace=first.batch_id)
    name = "SELECT setting_name, batch_id FROM raw_settings WHERE urn = '700001' AND is_current"
    assert desk.rows(name) == [("Two", third.batch_id)]
    desk.load("urn,setting_name,setting_type\n700004,Four,ISS\n", replace=third.batch_id)
    assert desk.rows(name) == [("One", second.batch_id)]


def test_a_row_of_a_batch_not_replaced_conflicts_with_the_corrected_file(desk: Desk) -> None:
    first, second = desk.load(PAID + A2), desk.load(HEAD + A2)
    report = desk.load(PAID + "A2,2024-09-01,X,20\n", replace=first.batch_id)
    assert (codes(report), f"row 2 of batch {second.batch_id}" in report.quarantine[0]["message"]) == ([(3, "key_conflict")], True)


def test_replacing_a_version_brings_back_the_one_before_where_the_new_file_is_silent(desk: Desk) -> None:
    desk.load(SETTINGS)
    second = desk.load("urn,setting_name,setting_type\n700001,Wrong,ISS\n700002,Wrong too,NMSS\n")
    desk.load("urn,setting_name,setting_type\n700001,Right,ISS\n", replace=second.batch_id)
    assert desk.rows("SELECT urn, setting_name FROM raw_settings WHERE is_current ORDER BY urn") == [("700001", "Right"), ("700002", "Two School")]


def test_replace_may_bring_the_same_bytes_back_after_a_wrong_replacement(desk: Desk) -> None:
    first = desk.load(SETTINGS)
    wrong = desk.load("urn,setting_name,setting_type\n700001,Wrong,ISS\n", replace=first.batch_id)
    back = desk.load(SETTINGS, replace=wrong.batch_id)
    assert (back.already_loaded, back.accepted) == (False, 2)


def test_replacing_says_which_children_lost_their_parent(desk: Desk) -> None:
    settings, *_ = desk.load_all(SETTINGS, PLANS, PLACEMENTS)
    report = desk.load("urn,setting_name,setting_type\n700001,One School,ISS\n", replace=settings.batch_id)
    assert [(w["code"], w["column"], w["count"]) for w in report.warnings] == [("parent_withdrawn", "urn", 1)]


def test_replace_by_a_file_that_stands_already_is_refused_before_anything_is_written(desk: Desk) -> None:
    first = desk.load(SETTINGS)
    other = "urn,setting_name,setting_type\n700003,Three,ISS\n"
    desk.load(other)
    with pytest.raises(WrongUsage, match="is loaded already"):
        desk.load_all(PLANS, other, replace=first.batch_id)
    assert desk.rows("SELECT count(*) FROM meta_batch") == [(2,)]
    again = desk.load("urn,setting_name,setting_type\n700001,Right,ISS\n", replace=first.batch_id)
    assert desk.load("urn,setting_name,setting_type\n700001,Right,ISS\n", replace=first.batch_id).batch_id == again.batch_id  # a retry is a success


def test_replace_names_a_batch_that_is_there_and_stands_and_one_file(desk: Desk) -> None:
    first = desk.load(SETTINGS)
    with pytest.raises(WrongUsage, match="no batch 'nowhere'"):
        desk.load(PLANS, replace="nowhere")
    with pytest.raises(WrongUsage, match="exactly one file of settings"):
        desk.load(PLANS, replace=first.batch_id)
    desk.load("urn,setting_name,setting_type\n700003,Three,ISS\n", replace=first.batch_id)
    with pytest.raises(WrongUsage, match="already replaced"):
        desk.load("urn,setting_name,setting_type\n700004,Four,ISS\n", replace=first.batch_id)


def test_a_record_without_its_parent_waits_and_is_accepted_when_the_parent_comes(desk: Desk) -> None:
    waiting = desk.load_all(FEES, PLACEMENTS)
    assert [codes(r) for r in waiting] == [
        [(2, "unknown_parent"), (3, "unknown_parent")],
        [(2, "unknown_parent"), (2, "unknown_parent"), (3, "unknown_parent"), (3, "unknown_parent")],
    ]
    assert [e["column"] for e in waiting[1].quarantine] == ["child_id", "urn", "child_id", "urn"]
    assert waiting[1].quarantined == 2
    assert desk.load(PLANS).resolved == 0
    brought = desk.load(SETTINGS)
    assert brought.resolved == 4  # two placements, and then their two fees
    assert desk.rows("SELECT placement_id, batch_id, row_number FROM raw_fees ORDER BY row_number") == [
        ("P1", waiting[0].batch_id, 2),
        ("P2", waiting[0].batch_id, 3),
    ]
    assert desk.rows("SELECT DISTINCT resolved_by FROM meta_quarantine") == [(brought.batch_id,)]


def test_a_waiting_record_is_older_than_what_came_after_it(desk: Desk) -> None:
    desk.load_all(SETTINGS, PLANS)
    desk.load("placement_id,child_id,urn,entry_date,residence\nP1,C1,700009,2024-09-01,day\n")
    desk.load("placement_id,child_id,urn,entry_date,residence\nP1,C1,700001,2024-09-01,day\n")
    desk.load("urn,setting_name,setting_type\n700009,Nine,ISS\n")
    assert desk.rows("SELECT urn, is_current FROM raw_placements ORDER BY seq") == [("700009", False), ("700001", True)]


def test_a_waiting_fee_that_conflicts_by_then_stays_out_with_the_new_reason(desk: Desk) -> None:
    desk.load_all(SETTINGS, PLANS)
    desk.load("placement_id,component,amount_gbp,unit,valid_from\nP1,core,1,day,2024-09-01\nP1,core,2,day,2024-09-01\n")
    assert desk.load(PLACEMENTS).resolved == 1
    assert desk.rows("SELECT row_number, code FROM meta_quarantine WHERE resolved_by IS NULL") == [(3, "key_conflict")]


def test_a_mended_record_closes_what_was_open_of_it(desk: Desk) -> None:
    desk.load_all(SETTINGS, PLANS, PLACEMENTS)
    desk.load("placement_id,component,amount_gbp,unit,valid_from\nP1,core,abc,year,2024-09-01\nP2,core,0,year,01/09/2024\nP1,therapy,x,day,never\n")
    mended = desk.load("placement_id,component,amount_gbp,unit,valid_from\nP1,core,45000,year,2024-09-01\nP2,core,1,year,2024-09-01\n")
    open_entries = desk.rows("SELECT row_number, resolved_by FROM meta_quarantine ORDER BY row_number, rowid")
    assert open_entries == [(2, mended.batch_id), (3, mended.batch_id), (4, None), (4, None)]


def test_records_of_a_withdrawn_batch_wait_no_longer(desk: Desk) -> None:
    desk.load(PLANS)
    placements = desk.load(PLACEMENTS)
    desk.load("placement_id,child_id,urn,entry_date,residence\nP3,C1,700001,2024-09-01,day\n", replace=placements.batch_id)
    assert desk.load(SETTINGS).resolved == 1
    assert desk.rows("SELECT placement_id FROM raw_placements") == [("P3",)]


def test_an_empty_parent_is_no_fault_where_the_column_is_optional(desk: Desk) -> None:
    desk.load_all(SETTINGS, PLANS)
    outcome = "child_id,urn,measure,period_start,period_end,numerator,denominator\nC1,,attendance,2024-09-01,2024-12-20,60,70\n"
    payment = "transaction_id,paid_on,supplier_name,net_gbp\nT1,2024-09-30,One School Ltd,100\n"
    assert [r.accepted for r in desk.load_all(outcome, payment)] == [1, 1]
    assert codes(desk.load("transaction_id,paid_on,supplier_name,net_gbp,urn\nT2,2024-09-30,One,1,799999\n")) == [(2, "unknown_parent")]


def test_row_is_the_physical_line_where_the_record_begins(desk: Desk) -> None:
    text = '\ufeffPublished by the council\r\n\r\nurn,setting_name,setting_type\r\n700001,"Two\r\nlines",ISS\r\n\r\n,,\r\n700002,Two School,XXX\r\n  \t\r\n'
    report = desk.load(text)
    assert (counts(report), codes(report)) == ((2, 1, 0, 1), [(8, "unknown_code")])
    assert desk.rows("SELECT setting_name, row_number FROM raw_settings") == [("Two\r\nlines", 4)]


def test_every_fault_of_a_record_is_listed_and_the_record_counts_once(desk: Desk) -> None:
    desk.load_all(SETTINGS, PLANS, PLACEMENTS)
    report = desk.load("placement_id,component,amount_gbp,unit,valid_from\nP1,cake,abc,year,31/02/2025\nP1,core,7,year,2024-09-01\n")
    assert (counts(report), codes(report)) == ((2, 1, 0, 1), [(2, "unknown_code"), (2, "bad_number"), (2, "bad_date")])
    assert [e["column"] for e in report.quarantine] == ["component", "amount_gbp", "valid_from"]
    assert report.quarantine[2]["message"] == "'31/02/2025' is not a day of the calendar; correct the date."


def test_the_list_of_faults_ends_after_a_thousand_entries(desk: Desk) -> None:
    report = desk.load("urn,setting_name,setting_type\n" + "".join(f"8{i:05d},S,?\n" for i in range(1001)))
    assert (report.quarantined, len(report.quarantine), report.quarantine_truncated) == (1001, 1000, True)
    assert desk.rows("SELECT count(*) FROM meta_quarantine") == [(1001,)]


def test_control_total_is_null_where_a_source_has_no_amount(desk: Desk) -> None:
    assert desk.load(SETTINGS).control_total is None


def test_a_rejected_file_leaves_the_others_loaded(desk: Desk) -> None:
    reports = desk.load_all("", SETTINGS)
    assert [(r.rejected or {}).get("code") for r in reports] == ["empty", None]
    assert desk.rows("SELECT source FROM meta_batch") == [("settings",)]


def test_a_file_that_is_not_there_is_wrong_usage_before_anything_is_loaded(desk: Desk) -> None:
    with pytest.raises(WrongUsage, match="no file"):
        load_files(desk.store, [desk.write(SETTINGS), desk.folder / "absent.csv"])
    assert desk.rows("SELECT count(*) FROM meta_batch") == [(0,)]


def test_cancel_keeps_what_was_acknowledged_and_nothing_else(desk: Desk) -> None:
    def after_settings() -> bool:
        return desk.rows("SELECT count(*) FROM meta_batch") == [(1,)]

    heard: list[str | None] = []
    with pytest.raises(Cancelled, match=r"kept: file1\.csv\. Nothing else was changed"):
        desk.load_all(SETTINGS, PLANS, cancelled=after_settings, each=lambda report: heard.append(report.source))
    assert heard == ["settings"]
    assert desk.rows("SELECT source FROM meta_batch") == [("settings",)]
    assert desk.rows("SELECT count(*) FROM raw_plans") == [(0,)]


def test_only_batches_of_the_sample_make_a_sample(desk: Desk) -> None:
    assert not desk.store.is_sample()
    desk.load(SETTINGS, is_sample=True)
    assert desk.store.is_sample()
    desk.load(PLANS)
    assert not desk.store.is_sample()
