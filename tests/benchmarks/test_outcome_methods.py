"""Measures adjusted outcomes and early warnings on markets of known truth: coverage, error against raw gaps, harder children, detection, false alarms.

pytest tests/benchmarks/test_outcome_methods.py -m benchmark -s     (a few minutes; OUTCOME_SEEDS=40 for more markets)
"""

from __future__ import annotations

import json
import os
from functools import cache
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from measuring import measured
from outcome_simulator import FIRST_AY, simulate

from analytics.outcomes import adjusted, panel, warning
from analytics.outcomes.adjusted import BETTER, WORSE, OutcomesParams
from analytics.outcomes.measures import MEASURES
from data.sample import generate

SEEDS = int(os.environ.get("OUTCOME_SEEDS", "20"))
KINDS = ("attendance", "outcomes_met", "parent_satisfaction", "suspensions", "ended_early")
pytestmark = [pytest.mark.benchmark, pytest.mark.slow]


@cache
def markets(kind: str) -> pd.DataFrame:
    """One row a setting of every seed: what was found, the truth, and the raw gap on the same scale."""
    parts = []
    for seed in range(SEEDS):
        sim = simulate(seed, kind)
        found, _ = adjusted.adjusted(sim.frame, MEASURES[kind], FIRST_AY + 2, OutcomesParams())
        raw, all_in_all = found["raw"] / 100, found["numerator"].sum() / found["denominator"].sum()
        if MEASURES[kind].share:
            inner = raw.clip(0.02, 0.98)
            gap = np.log(inner / (1 - inner)) - np.log(all_in_all / (1 - all_in_all))
        else:
            gap = np.log((raw + 0.01) / all_in_all)
        parts.append(found.assign(true=sim.effect.reindex(found["urn"]).to_numpy(), gap=gap, harder=found["urn"].isin(sim.harder), seed=seed))
    return pd.concat(parts, ignore_index=True)


def inside(found: pd.DataFrame) -> pd.Series:
    """Whether the interval of the adjusted rate holds the true one; the map from effect to rate is the one of each market."""
    low, high = found["effect_low"], found["effect_high"]
    return (low <= found["true"]) & (found["true"] <= high)


@pytest.mark.parametrize("kind", KINDS)
def test_intervals_hold_the_truth_and_harder_children_mark_nobody_down(kind: str) -> None:
    found = markets(kind)
    held = inside(found)
    sizes = held.groupby(pd.cut(found["n"], [0, 3, 8, 20, 10_000], labels=["1-3", "4-8", "9-20", "21+"]), observed=True).mean()
    error = {name: float(np.sqrt(((found[name] - found["true"]) ** 2).mean())) for name in ("effect", "gap")}
    hard = found[found["harder"]]
    high = MEASURES[kind].high_is_good
    wronged = (hard["standing"] == WORSE) & ((hard["true"] > 0) if high else (hard["true"] < 0))
    sign = 1 if high else -1
    by_size = ", ".join(f"{k}: {v:.0%}" for k, v in sizes.items())
    measured(
        f"outcomes, {kind}, {SEEDS} markets: 95% intervals hold {held.mean():.1%} of true effects (by children {by_size}); error {error['effect']:.3f}, "
        f"raw gaps {error['gap']:.3f}; settings with harder children lie off by {sign * (hard['effect'] - hard['true']).mean():+.3f}, "
        f"raw {sign * (hard['gap'] - hard['true']).mean():+.3f}; wrongly less good {wronged.mean():.2%}"
    )
    assert 0.92 <= held.mean() <= 0.98
    assert error["effect"] < error["gap"]
    assert wronged.mean() <= 0.025


@pytest.mark.parametrize(("stays", "least"), [(75, 0.85), (25, 0.5)], ids=["25 children a year", "8 children a year"])
@pytest.mark.parametrize("kind", ["outcomes_met", "attendance"])
def test_a_planted_drop_is_warned_of_within_three_periods(kind: str, stays: int, least: float) -> None:
    """One setting in twenty drops. `stays`: children who are ever at a setting in eight years; a third of them are there in each."""
    m, years, since, settings = MEASURES[kind], 8, 5, 40
    caught, at_once, planted, false, tested, allowed, there = 0, 0, 0, 0, 0, 0.0, []
    for seed in range(max(SEEDS // 2, 4)):
        drops = {str(100000 + s): (since, 1.0) for s in range(0, settings, 20)}
        past, present = history(simulate(1000 + seed, kind, settings=settings, even=stays, years=years, drop=drops).frame, kind, years)
        raised = [set(warning.warnings(past, m, 0.3, upto)[0]["urn"]) for upto in range(since, years)]
        caught, at_once = caught + len(set.union(*raised) & set(drops)), at_once + len(raised[0] & set(drops))
        planted += len(drops)
        there.append(present)
        past, _ = history(simulate(2000 + seed, kind, settings=settings, even=stays, years=years).frame, kind, years)
        for upto in range(4, years):
            found, told = warning.warnings(past, m, 2.0, upto)
            false, tested, allowed = false + len(found), tested + told["series"], allowed + told["series"] * told["allowed"]
    measured(
        f"early warning, {kind}, {np.mean(there):.0f} children a setting and year: a drop of one logit raised within three years at {caught / planted:.0%} of "
        f"{planted} settings, {at_once / planted:.0%} in the first (0.3 false warnings a year allowed over {settings}); where nothing changed {false} warnings "
        f"in {tested} series looked at, {allowed:.0f} allowed"
    )
    assert caught / planted >= least
    assert false <= 1.5 * allowed + 3


def history(frame: pd.DataFrame, kind: str, years: int) -> tuple[panel.Panel, float]:
    """The measure over all years, and how many children a setting has in one."""
    past = panel.panel(frame, MEASURES[kind], FIRST_AY + years - 1)
    assert past is not None
    return past, float(frame.groupby(["urn", "period_start"]).size().mean())


def test_the_samples_truth_is_found(tmp_path: Path) -> None:
    """The made-up authority's planted quality: what it adds to the logit of outcomes met, and nothing to reviews on time."""
    generate(tmp_path, 1)
    truth = json.loads((tmp_path / "truth.json").read_text())
    rows = sample_rows(tmp_path)
    quality = pd.Series({urn: told["quality"] for urn, told in truth["settings"].items()})
    for measure, moves in (("outcomes_met", truth["outcomes"]["quality_on_logit"]), ("review_on_time", 0.0)):
        found, _ = adjusted.adjusted(rows, MEASURES[measure], 2025, OutcomesParams())
        found = found.assign(true=moves * (quality.reindex(found["urn"]).to_numpy() - float(quality.mean())))
        held, apart = inside(found), found["standing"].isin([BETTER, WORSE])
        right = (np.sign(found["effect"]) == np.sign(found["true"]))[apart]
        wrong = int(apart.sum() if not moves else (~right).sum())
        measured(f"sample authority, {measure}: intervals hold {held.mean():.1%} of true effects; {apart.sum()} of {len(found)} told apart, {wrong} wrongly")
        assert held.mean() >= 0.9
        assert wrong <= max(1, 0.05 * len(found) if not moves else 0.03 * apart.sum())


def sample_rows(folder: Path) -> pd.DataFrame:
    """Outcomes of the sample's own files, described as the store describes them."""
    told = pd.read_csv(folder / "outcomes.csv", dtype={"urn": str}, parse_dates=["period_start", "period_end"])
    plans = pd.read_csv(folder / "plans.csv")[["child_id", "birth_month", "primary_need", "support_band"]]
    settings = pd.read_csv(folder / "settings.csv", dtype={"urn": str})[["urn", "provider_group"]]
    home = pd.read_csv(folder / "placements.csv", dtype={"urn": str}).drop_duplicates(["child_id", "urn"], keep="last")[["child_id", "urn", "residence"]]
    rows = told.merge(plans, on="child_id").merge(settings, on="urn").merge(home, on=["child_id", "urn"], how="left")
    born = rows["birth_month"].str[:4].astype(int) + (rows["birth_month"].str[5:7].astype(int) > 8)
    age = rows["period_start"].dt.year - (rows["period_start"].dt.month < 9) - born
    groups = rows["provider_group"].astype(object)
    return rows.assign(phase=np.where(age <= 10, "primary", np.where(age <= 15, "secondary", "post16")), provider_group=groups.where(groups.notna(), None))
