"""What the pages say, from frames that a reader can add up."""

from __future__ import annotations

from datetime import date
from typing import Any

import pandas as pd
import pytest

from analytics.contracts.instance import parse
from analytics.contracts.problem import Plan
from analytics.contracts.unseen import beside
from analytics.findings import before as before_of
from analytics.findings import contracts as contracts_of
from analytics.findings import dossier as dossier_of
from analytics.findings import intake as intake_of
from analytics.findings.benchmark_method import method
from analytics.findings.ledger import ledger_alone
from analytics.findings.overview import OverviewFrames, overview
from analytics.findings.providers import providers
from analytics.findings.spend import SpendFrames, spend
from analytics.findings.words import change, compared, plural, share
from data.sources import SOURCES

NONE = pd.DataFrame()
AS_AT = date(2026, 3, 31)


@pytest.mark.parametrize(("now", "then", "words"), [(108.4, 100, "8.4% more"), (98, 100, "2.0% less"), (100, 100, "no change"), (5, None, ""), (5, 0, "")])
def test_a_change_in_words(now: float, then: float | None, words: str) -> None:
    assert change(now, then) == words


def test_small_words() -> None:
    assert compared(110, 100, "2024-25") == ", 10.0% more than 2024-25"
    assert compared(100, 100, "2024-25") == ", the same as 2024-25"
    assert compared(100, None, "2024-25") == ""
    assert (plural(1, "setting"), plural(2000, "setting")) == ("1 setting", "2,000 settings")
    assert (share(1, 4), share(1, 0), share(None, 4)) == (25.0, None, None)


def months(*rows: tuple[str, str | None, float]) -> pd.DataFrame:
    return pd.DataFrame(
        [
            {
                "month": pd.Timestamp(month),
                "fy": 2025 if month >= "2025-04" else 2024,
                "urn": urn,
                "setting_name": f"School {urn}" if urn else "Not matched to a setting",
                "match_kind": "automatic" if urn else "unmatched",
                "payments": 1,
                "spend_gbp": gbp,
            }
            for month, urn, gbp in rows
        ]
    )


def test_a_ledger_alone_says_what_was_paid_what_is_matched_and_what_fees_would_add() -> None:
    found = ledger_alone(months(("2025-04-01", "1", 30_000), ("2025-05-01", "2", 45_000), ("2025-05-01", None, 25_000), ("2024-05-01", "1", 7)), 2025, "v")
    assert found.answer == "The ledger shows £100k paid in 2025-26; £75k (75.0%) is matched to 2 settings, the rest is not matched yet."
    assert [figure.value for figure in found.figures] == [100_000, 75_000, 2]
    assert "Load plans, placements and fees" in found.notes[0]
    assert found.tables["by_setting"].frame["spend_gbp"].tolist() == [45_000, 30_000, 25_000]
    assert len(found.tables["by_month"].frame) == 4


def by_value(*rows: tuple[int, str, float, float]) -> pd.DataFrame:
    return pd.DataFrame([{"year": y, "value": v, "label": v, "cost_gbp": c, "placements": 1, "children": 1, "place_years": p} for y, v, c, p in rows])


def test_spend_splits_a_change_into_places_and_the_cost_of_each() -> None:
    both = pd.DataFrame([{"urn": "1", "setting_name": "School 1", "payable_gbp": 100.0, "spend_gbp": 90.0, "payments": 3}])
    trend = pd.DataFrame({"month": [pd.Timestamp("2025-04-01")], "fy": [2025], "value": ["ASD"], "label": ["ASD"], "cost_gbp": [10.0]})
    frame = by_value((2025, "ASD", 165_000, 3), (2024, "ASD", 100_000, 2))
    found = spend(SpendFrames(frame, frame, trend, both, NONE), 2025, "need", AS_AT, "", "v")
    assert found.answer.startswith("Places cost £165k in 2025-26, 65.0% more than 2024-25")
    assert found.figures[0].change == 65_000
    assert found.figures[2].value == 55_000


def test_pages_without_data_say_what_to_load() -> None:
    assert "Nothing is loaded yet" in overview(OverviewFrames(NONE, NONE, NONE, NONE), None, "v").answer
    assert "Load plans, placements and fees" in providers(NONE, pd.Series(dtype=str), {}, None, "v").answer
    assert "none are loaded yet" in before_of.nothing("v").answer
    assert "Nothing is loaded yet" in intake_of.intake(pd.DataFrame(columns=["withdrawn_by"]), NONE, NONE, "v").answer


def test_providers_names_settings_whose_whole_interval_lies_away_from_one() -> None:
    columns = ["urn", "n", "actual_gbp", "expected_gbp", "raw_index", "index", "index_low", "index_high", "excess_gbp", "p_above", "flagged"]
    rows = [("1", 10, 120e3, 100e3, 1.2, 1.2, 1.1, 1.3, 20e3, 0.99, True), ("2", 12, 80e3, 100e3, 0.8, 0.8, 0.7, 0.9, -20e3, 0.0, False),
            ("3", 2, 110e3, 100e3, 1.1, 1.05, 0.8, 1.3, 5e3, 0.5, False)]  # fmt: skip
    found = providers(pd.DataFrame(rows, columns=columns), pd.Series({"1": "Ash", "2": "Beech"}), {"notes": ["Seen."]}, AS_AT, "v")
    assert found.answer == (
        "1 of 3 settings cost more than expected for their children's needs; together about £20k a year (95% interval £10k to £30k); none has replied yet. "
        "1 cost less. Provisional until each school's reply is recorded."
    )
    assert found.tables["index"].frame["standing"].tolist() == ["Above expected", "Below expected", "Within what chance explains"]
    assert found.tables["index"].frame["setting_name"].tolist() == ["Ash", "Beech", "3"]
    assert "overcharg" not in (found.answer + found.method).lower()
    assert "Seen." in found.method


def test_providers_lists_and_names_nobody_where_provision_is_poorly_known() -> None:
    columns = ["urn", "n", "actual_gbp", "expected_gbp", "raw_index", "index", "index_low", "index_high", "excess_gbp", "p_above", "flagged"]
    rows = [("1", 10, 120e3, 100e3, 1.2, 1.2, 1.1, 1.3, 20e3, 0.99, False), ("2", 12, 80e3, 100e3, 0.8, 0.8, 0.7, 0.9, -20e3, 0.0, False)]
    fit = {"flags_withheld": True, "provision_not_recorded": 0.62, "need_described_by": "Need described by primary need only.", "minimum_n": 5}
    found = providers(pd.DataFrame(rows, columns=columns), pd.Series({"1": "Ash", "2": "Beech"}), fit, AS_AT, "v")
    assert found.answer == (
        "2 settings are listed and none is named: one-to-one or therapy hours are not recorded for 62% of placements. Need described by primary need only."
    )
    assert found.tables["index"].frame["standing"].tolist() == ["Listed, not named"] * 2
    assert not found.tables["index"].frame["named"].any()
    assert [figure.label for figure in found.figures] == ["Settings compared"]
    assert "Loading plans with one-to-one and therapy hours" in found.notes[0]


def test_the_method_of_providers_tells_what_was_checked_and_what_would_be_found() -> None:
    left_out = {"inside": 0.889, "by_predicted_cost": [{"predicted_gbp": 31_146.0, "placements": 515, "inside": 0.895, "actual_over_predicted": 1.0}]}
    power = [{"n": 8, "settings": 61, "found": {"1.00": 0.0156, "1.10": 0.37, "1.25": 0.9981}}]
    told = method({"notes": ["Seen."], "left_out_check": left_out, "power": power, "flagged_together": {"settings": 19, "by_chance": 0.03}})
    assert "of placements left out, 88.9% cost what their 90% interval says" in told
    assert "| £31,146 | 515 | 90% | 1.00 |" in told
    assert "| Children | Settings with as many | As expected | 10% above | 25% above |" in told
    assert "| 8 | 61 | 2% | 37% | over 99% |" in told
    assert "Of the 19 named above expected, fewer than 0.1 would be expected to be there by chance alone." in told
    assert "What it cannot mean" in told


def test_contracts_tells_places_fill_saving_and_spread() -> None:
    document: dict[str, Any] = {
        "name": "Secondary, east",
        "years": 1,
        "uplift": 0,
        "rate": 0,
        "lots": [{"id": "ASD-secondary-day@east", "over_price": 90_000}],
        "providers": [{"id": "1", "capacity": 10, "quality": 0, "fixed": 0, "tiers": [{"min": 1, "disc": 0.1}]}],
        "offers": [{"provider": "1", "lot": "ASD-secondary-day@east", "list": 60_000, "max_block": 5, "eligible": True}],
        "scenarios": [{"prob": 0.5, "demand": [[0]], "existing": [[2]]}, {"prob": 0.5, "demand": [[4]], "existing": [[0]]}],
        "builds": [],
        "risk": {"lambda": 0, "alpha": 0.9},
    }
    sized = beside(parse(document), Plan((3,), (0,), ()))
    fresh = beside(parse(document | {"scenarios": [{"prob": 1.0, "demand": [[2]], "existing": [[0]]}]}), Plan((3,), (0,), ()))
    none = pd.DataFrame({"urn": [], "contract_id": [], "ends": [], "notice_terms": []})
    offers = pd.DataFrame(
        {"urn": ["1", "2"], "setting_name": ["Ash School", "Beech"], "kept": [True, False], "why_not": ["", "51 km away"], "places": [3.0, 1.0]}
    )
    asked = contracts_of.Asked({"1": "Ash School"}, ("A note.",), offers, "secondary", 2026, date(2026, 1, 10), none, frozenset(), "v")
    found = contracts_of.contracts(sized, fresh, {"proven_optimal": True}, asked)
    # three places at £54,000; in the second future one more at £60,000; spot alone costs two or four times £60,000
    assert next(f.value for f in found.figures if f.label == "Cost of the plan") == pytest.approx(3 * 54_000 + 0.5 * 60_000)
    # in the fresh future two children need a place: spot £120,000, three guaranteed places £162,000
    assert found.answer == (
        "Guarantee 3 places at 1 setting for 1 year (Secondary, east), costing £12k more than buying one by one "
        "on average (-£42k in 1 futures it was not sized on); proven to be the least-cost plan."
    )
    assert found.tables["plan"].frame.iloc[0].tolist()[:4] == ["Ash School", 3, 2.5, pytest.approx(100 * 2.5 / 3)]
    spread = found.tables["spread"].frame
    assert spread["low"].tolist() == [162_000, 120_000, 162_000, 120_000]
    # dearer in the first future of two (£162,000 against £120,000), cheaper in the second (£222,000 against £240,000); dearer in the fresh one
    assert spread["loss"].dropna().tolist() == [50.0, 100.0]
    # two places: £108,000, and two more at £60,000 in the second future: £168,000 against £192,000; four places: £216,000
    assert found.tables["plan"].frame["why"].iloc[0] == (
        "3 places at 10% below list price (3 ASD secondary day east). The 3rd is expected to be filled in 50% of futures. "
        "With one fewer the plan would save £24,000. With one more it would cost £24,000 more: a 4th would be filled in 50% of futures. "
        "Without any contract here the plan would save £12,000."
    )
    assert found.tables["none"].frame.values.tolist() == [["Beech", "None: 51 km away."]]
    assert found.tables["voids"].frame.values.tolist() == [["Ash School", "2026/27", 3, 1.0, 1.0]]
    # signed by 15 February, asked for terms ten days before; no key decision below £1m
    assert "Commit by 15 February 2026, when phase transfers name their setting; begin by 5 February 2026." in found.notes
    assert found.tables["when"].frame["by"].tolist() == [date(2026, 2, 5), date(2026, 2, 15)]
    # two children who stay, in one of two futures
    assert any(note.startswith("On average 1 of the 3 places hold children already placed there.") for note in found.notes)
    assert "A note." in found.method


def test_the_dictionary_tells_every_column_of_a_source() -> None:
    for source in SOURCES.values():
        assert intake_of.dictionary(source).frame["column"].tolist() == list(source.names)


def test_overview_of_payments_alone_says_what_was_paid() -> None:
    ledger = ledger_alone(months(("2025-04-01", "1", 60_000), ("2025-05-01", None, 40_000)), 2025, "v")
    found = overview(OverviewFrames(NONE, NONE, NONE, NONE, ledger), None, "v")
    assert found.answer.startswith("The ledger shows £100k paid in 2025-26")
    assert "No fees are loaded yet" in found.answer
    assert found.figures == ledger.figures
    assert "Load plans, placements and fees" in found.notes[0]


def test_filters_that_leave_nothing_are_named_and_draw_nothing() -> None:
    both = pd.DataFrame([{"urn": "1", "setting_name": "School 1", "payable_gbp": 100.0, "spend_gbp": 90.0, "payments": 3}])
    frames = SpendFrames(NONE, NONE, NONE, both, NONE, ledger_follows=False)
    found = spend(frames, 2025, "need", AS_AT, "Phase: Post-16", "v")
    assert found.answer.startswith("No cost fits the filters in 2025-26 or the year before: Phase: Post-16. Reset")
    assert found.figures == ()
    assert found.tables == {}


def test_a_headline_does_not_take_not_recorded_for_a_name() -> None:
    frame = by_value((2025, "not_recorded", 75_000, 1), (2025, "Ash Group", 25_000, 1))
    trend = pd.DataFrame({"month": [pd.Timestamp("2025-04-01")], "value": ["Ash Group"], "label": ["Ash Group"], "cost_gbp": [10.0]})
    both = pd.DataFrame([{"urn": "1", "setting_name": "School 1", "payable_gbp": 100.0, "spend_gbp": 90.0, "payments": 3}])
    found = spend(SpendFrames(frame, frame, trend, both, NONE), 2025, "provider_group", AS_AT, "", "v")
    assert found.headlines["breakdown"] == "75.0% of cost has no provider group recorded"


def test_the_rest_is_not_drawn_where_it_would_flatten_the_dearest() -> None:
    months = [(pd.Timestamp("2025-04-01"), str(n), 10.0) for n in range(5)] + [(pd.Timestamp("2025-04-01"), f"x{n}", 9.0) for n in range(9)]
    trend = pd.DataFrame(months, columns=["month", "value", "cost_gbp"]).assign(label=lambda f: f["value"])
    both = pd.DataFrame([{"urn": "1", "setting_name": "School 1", "payable_gbp": 100.0, "spend_gbp": 90.0, "payments": 3}])
    frame = by_value((2025, "0", 165_000, 3), (2024, "0", 100_000, 2))
    drawn = spend(SpendFrames(frame, frame, trend, both, NONE), 2025, "setting", AS_AT, "", "v").tables["trend"]
    assert "All others" not in set(drawn.frame["series"])
    assert "all others are not drawn" in drawn.subtitle


def test_the_dossier_sets_outcomes_and_inspections_side_by_side_latest_first() -> None:
    rates = [("attendance", 2023, 9, 0.8), ("attendance", 2024, 7, 0.75), ("suspensions", 2023, 4, 0.1)]
    shown = dossier_of._outcomes(pd.DataFrame(rates, columns=["measure", "year", "children", "rate"]))
    assert list(shown.columns) == ["measure_name", "children", "2024/25", "2023/24"]
    assert shown.frame[["measure_name", "children", "2024/25", "2023/24"]].fillna(-1).values.tolist() == [
        ["Attendance", 7, 75.0, 80.0],
        ["Suspensions", 4, -1.0, 10.0],
    ]
    days = [pd.Timestamp("2025-06-23"), pd.Timestamp("2021-12-22")]
    grades = pd.DataFrame({"framework": "EIF", "area": "Safeguarding", "grade": ["Effective", "Not effective"], "inspected_on": days})
    visits = dossier_of._inspections(grades)
    assert list(visits.columns.values()) == ["What was judged", "23 June 2025, EIF", "22 December 2021, EIF"]
    assert visits.frame.values.tolist() == [["Safeguarding", "Effective", "Not effective"]]
    assert "EIF: Ofsted's framework to August 2025" in visits.subtitle


def test_spend_says_where_the_ledger_does_not_follow_the_filters() -> None:
    both = pd.DataFrame([{"urn": "1", "setting_name": "School 1", "payable_gbp": 100.0, "spend_gbp": 90.0, "payments": 3}])
    trend = pd.DataFrame({"month": [pd.Timestamp("2025-04-01")], "value": ["ASD"], "label": ["ASD"], "cost_gbp": [10.0]})
    frame = by_value((2025, "ASD", 165_000, 3))
    found = spend(SpendFrames(frame, frame, trend, both, NONE, ledger_follows=False), 2025, "need", AS_AT, "Phase: Primary", "v")
    assert "The ledger, to which not all of these filters apply, shows £90." in found.answer


def test_a_long_list_of_checks_tells_what_is_wrong_first() -> None:
    from analytics.run import words

    rows = [{"code": f"info_{n}", "level": "info"} for n in range(30)] + [{"code": "wrong", "level": "error"}, {"code": "odd", "level": "warning"}]
    lines = words.table("Checks", rows).splitlines()
    assert [line.split()[0] for line in lines[3:6]] == ["wrong", "odd", "info_0"]
    assert lines[-1] == "… and 7 more; --json gives all"
