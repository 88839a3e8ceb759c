"""Outcomes adjusted for who the children are: not marked down for harder children, shrunken where children are few, warned of a change and not of chance."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from cost_store import cost_store, fill
from outcome_simulator import FIRST_AY, simulate

from analytics.outcomes import adjusted, panel, warning
from analytics.outcomes.adjusted import BETTER, FEW, WITHIN, WORSE, OutcomesParams
from analytics.outcomes.frontier import frontier, on_frontier
from analytics.outcomes.measures import MEASURES
from analytics.outcomes.result import work_out

MET = MEASURES["outcomes_met"]
LAST = FIRST_AY + 2


def row(child: str, urn: str, numerator: float, denominator: float, measure: str = "outcomes_met", ay: int = 2024, **more: object) -> dict[str, object]:
    start, end = pd.Timestamp(ay, 9, 1), pd.Timestamp(ay + 1, 8, 31)
    told = {"residence": "day", "provider_group": None, "primary_need": "ASD", "support_band": 3, "phase": "secondary"}
    return (
        {"child_id": child, "urn": urn, "measure": measure, "period_start": start, "period_end": end, "numerator": numerator, "denominator": denominator}
        | told
        | more
    )


def adjust(frame: pd.DataFrame, last_ay: int = 2024) -> pd.DataFrame:
    found, _ = adjusted.adjusted(frame, MET, last_ay, OutcomesParams())
    return found.set_index("urn")


@pytest.fixture(scope="module")
def market() -> tuple[pd.DataFrame, pd.Series, set[str]]:
    sim = simulate(3, "outcomes_met", settings=60, children=1200)
    return adjust(sim.frame, LAST), sim.effect, sim.harder


def test_where_all_children_do_alike_every_setting_stands_at_the_plain_rate() -> None:
    found = adjust(pd.DataFrame([row(f"C{s}-{k}", str(100000 + s), 3, 5) for s in range(20) for k in range(8)]))
    assert found["adjusted"].round(1).unique().tolist() == [60.0]
    assert found["raw"].round(6).unique().tolist() == [60.0]
    assert set(found["standing"]) == {WITHIN}


def test_a_setting_with_harder_children_is_not_marked_down_for_it(market: tuple[pd.DataFrame, pd.Series, set[str]]) -> None:
    found, truth, harder = market
    hard = found[found.index.isin(harder)]
    true = truth.reindex(hard.index)
    average = float((found["raw"] * found["denominator"]).sum() / found["denominator"].sum())
    assert (hard["raw"] < average).mean() > 0.55  # raw rates look bad there
    assert hard["expected"].mean() < found.loc[~found.index.isin(harder), "expected"].mean() - 4  # which is what is expected of their children
    assert not ((hard["standing"] == WORSE) & (true > 0)).any()
    assert abs(float((hard["effect"] - true).mean())) < 0.12


def test_few_children_are_drawn_towards_the_average_and_never_told_apart(market: tuple[pd.DataFrame, pd.Series, set[str]]) -> None:
    found, _, _ = market
    small, large = found[found["n"] <= 3], found[found["n"] >= 20]
    assert set(small["standing"]) == {FEW}
    assert float(small["effect_sd"].mean()) > 1.5 * float(large["effect_sd"].mean())
    spread = {len(part): float(part["adjusted"].std() / part["raw"].std()) for part in (small, large)}
    assert spread[len(small)] < 0.6 < spread[len(large)] + 0.2
    assert ((found["low"] <= found["adjusted"]) & (found["adjusted"] <= found["high"])).all()


def test_the_adjusted_rate_is_nearer_the_truth_than_the_raw_one(market: tuple[pd.DataFrame, pd.Series, set[str]]) -> None:
    found, truth, _ = market
    true = truth.reindex(found.index)
    share = found["raw"].clip(2, 98) / 100
    average = float(found["numerator"].sum() / found["denominator"].sum())
    raw = np.log(share / (1 - share)) - np.log(average / (1 - average))
    assert float(((found["effect"] - true) ** 2).mean()) < 0.4 * float(((raw - true) ** 2).mean())
    assert float(((found["effect"] - true).abs() <= 1.96 * found["effect_sd"]).mean()) >= 0.85


def test_rows_that_cannot_be_counted_are_left_out_and_counted() -> None:
    good = [row(f"C{k}", "100000", 3, 5) for k in range(6)]
    bad = [row("C7", "100000", 6, 5), row("C8", "100000", -1, 5), row("C9", "100000", 0, 0), row("C10", "100000", float("nan"), 5)]
    found, note = adjusted.adjusted(pd.DataFrame([*good, *bad]), MET, 2024, OutcomesParams())
    assert found["n"].tolist() == [6]
    assert note["left_out"] == {"no number": 1, "denominator not above zero": 1, "numerator below zero": 1, "numerator above the denominator": 1}


def test_a_child_counts_once_however_many_years_are_told() -> None:
    once = pd.DataFrame([row(f"C{s}-{k}", str(100000 + s), 4 if s else 1, 5) for s in range(8) for k in range(6)])
    thrice = pd.concat([once.assign(period_start=pd.Timestamp(y, 9, 1), period_end=pd.Timestamp(y + 1, 8, 31)) for y in (2022, 2023, 2024)])
    assert adjust(thrice)["n"].tolist() == adjust(once)["n"].tolist()


def test_what_is_recorded_is_counted_by_child_setting_and_year() -> None:
    placed = [row(f"C{k}", "100000" if k < 4 else "100001", 0, 1.0, "ended_early") for k in range(6)]
    told = work_out(pd.DataFrame([*placed, *(row(f"C{k}", "100000", 3, 5) for k in range(3))]), date(2025, 6, 1)).note
    assert told["outcomes_met"]["coverage"] == {"expected": 6, "recorded": 3, "settings": 2, "settings_without": 1}


def test_nothing_loaded_gives_nothing() -> None:
    empty = work_out(pd.DataFrame([row("C1", "100000", 1, 2)]).iloc[:0], date(2025, 6, 1))
    assert (len(empty.settings), len(empty.warnings), empty.measures) == (0, 0, [])


def test_a_planted_drop_is_warned_of_within_three_years_and_the_others_are_left_alone() -> None:
    sim = simulate(5, "outcomes_met", settings=30, even=25, years=8, drop={"100004": (5, 1.2)})
    past = panel.panel(sim.frame, MET, FIRST_AY + 7)
    assert past is not None
    raised = [warning.warnings(past, MET, 0.3, upto)[0] for upto in (5, 6, 7)]
    assert any("100004" in set(found["urn"]) for found in raised)
    assert len(set(pd.concat(raised)["urn"]) - {"100004"}) <= 1
    told = raised[-1].set_index("urn").loc["100004"]
    assert told["now"] < told["expected_now"] < 100
    assert told["since_name"] == "2023/24"


def test_a_setting_without_a_past_is_not_warned_of() -> None:
    rows = [row(f"C{s}-{k}", str(100000 + s), 0 if s == 0 else 4, 5, ay=2023 + y) for s in range(10) for k in range(8) for y in range(2)]
    past = panel.panel(pd.DataFrame(rows), MET, 2024)
    assert past is not None
    found, told = warning.warnings(past, MET, 1.0)
    assert (len(found), told["series"]) == (0, 0)


def test_the_frontier_is_what_no_other_beats_on_both() -> None:
    price = np.array([[1.0, 2.0, 3.0, 2.5]])
    good = np.array([[0.0, 5.0, 6.0, 4.0]])
    assert on_frontier(price, good).tolist() == [[True, True, True, False]]


def test_the_frontier_says_how_sure_it_is() -> None:
    cost = pd.DataFrame({"urn": ["1", "2", "3"], "n": [20, 20, 3], "expected_gbp": [1e6, 1e6, 1e5], "index": [0.8, 1.2, 1.0],
                         "index_low": [0.75, 1.1, 0.7], "index_high": [0.85, 1.3, 1.4]})  # fmt: skip
    did = pd.DataFrame({"urn": ["1", "2", "3"], "n": [20, 20, 3], "effect": [0.3, 0.2, 0.0], "effect_sd": [0.2, 0.2, 0.4], "adjusted": [72.0, 70.0, 66.0],
                        "low": [66.0, 64.0, 50.0], "high": [77.0, 75.0, 80.0]})  # fmt: skip
    found = frontier(cost, did, high_is_good=True, fewest=5).set_index("urn")
    assert list(found.index) == ["1", "2"]  # three children are too few to place
    assert found.loc["1", "p_frontier"] == 1.0
    assert found.loc["2", "p_frontier"] == pytest.approx(0.36, abs=0.04)  # better than the cheaper one: P(N(-0.1, 0.283) > 0)
    assert found.loc["1", "cost_gbp"] == pytest.approx(0.8 * 2.1e6 / 43)
    turned = frontier(cost, did, high_is_good=False, fewest=5).set_index("urn")
    assert turned.loc["2", "p_frontier"] == pytest.approx(0.64, abs=0.04)


def test_endings_and_years_come_from_placements(tmp_path: Path) -> None:
    store = cost_store(tmp_path)
    ended = {"placement_id": "P1", "leaving_date": date(2024, 12, 31), "leaving_reason": "breakdown"}
    fill(store, placements=[ended, {"placement_id": "P2", "child_id": "C2", "entry_date": date(2025, 1, 1)}],
         plans=[{}, {"child_id": "C2", "primary_need": "SEMH", "support_band": 5}],
         outcomes=[{"child_id": "C2", "urn": "100001", "measure": "attendance", "period_start": date(2025, 1, 6), "period_end": date(2025, 7, 20),
                    "numerator": "150", "denominator": "190"}])  # fmt: skip
    rows = store.read("outcome_rows", as_at=date(2025, 8, 31)).set_index(["measure", "child_id"])
    store.close()
    early = rows.loc["ended_early"]
    assert early["numerator"].to_dict() == {"C1": 1.0, "C2": 0.0}
    assert early["denominator"].round(4).to_dict() == {"C1": round(122 / 365.25, 4), "C2": round(243 / 365.25, 4)}
    seen = rows.loc[("attendance", "C2")]
    assert (seen["primary_need"], seen["support_band"], seen["phase"], seen["residence"]) == ("SEMH", 5, "secondary", "day")


def test_better_is_less_where_less_is_better() -> None:
    rows = [row(f"C{s}-{k}", str(100000 + s), 2 if s == 0 else 0.2 * (k == 0), 1, "suspensions") for s in range(12) for k in range(30)]
    found, _ = adjusted.adjusted(pd.DataFrame(rows), MEASURES["suspensions"], 2024, OutcomesParams())
    standing = found.set_index("urn")["standing"]
    assert standing["100000"] == WORSE
    assert BETTER not in set(standing.drop("100000")) or (found.set_index("urn").loc[standing == BETTER, "raw"] < 60).all()


def test_a_setting_that_became_better_raises_no_warning_however_few_settings_there_are() -> None:
    rng = np.random.default_rng(3)
    rows = [row(f"C{n}", "1", float(rng.binomial(10, 0.5 if ay < 2023 else 0.8)), 10.0, ay=ay) for n in range(6) for ay in range(2019, 2025)]
    found = work_out(pd.DataFrame(rows), date(2025, 7, 31))
    assert len(found.settings) == 1
    assert found.warnings.empty


def test_only_rows_that_count_are_recorded() -> None:
    placed = [row(f"C{n}", "1", 0.0, 0.9, "ended_early") for n in range(3)]
    told = [row(f"C{n}", "1", 300.0 if n == 0 else np.nan, 380.0, "attendance") for n in range(3)]
    coverage = work_out(pd.DataFrame(placed + told), date(2025, 7, 31)).note["attendance"]["coverage"]
    assert (coverage["expected"], coverage["recorded"]) == (3, 1)


def test_places_open_for_a_few_days_in_all_tell_no_rate_a_year() -> None:
    found = work_out(pd.DataFrame([row(f"C{n}", "1", 0.0, 1 / 365.25, "ended_early") for n in range(6)]), date(2025, 7, 31))
    assert found.settings.empty
    assert found.measures == []
