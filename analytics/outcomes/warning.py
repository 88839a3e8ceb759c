"""Early warning: a setting whose outcomes have become worse than its own past by more than chance explains.

For each of the last three periods the hypothesis "worse from then on" is scored against "as before" (a generalised likelihood ratio over the start,
Lai 1995), given everything that moves a rate by chance: few children, uneven ones, children who stay and carry their own level along, the setting's
usual moves from year to year. Scores that stand out are judged against the same setting's scores in made-up pasts in which nothing changed, so that few
children and rare events are not mistaken for news. The chance allowed to each is set so that all together raise a stated number a year by chance.
"""

from __future__ import annotations

import numpy as np
import pandas as pd
from scipy.stats import norm

from analytics.benchmark.henderson import Floats
from analytics.outcomes import quasi
from analytics.outcomes.design import Rows
from analytics.outcomes.measures import Measure
from analytics.outcomes.panel import Panel, omega, solved

RECENT = 3  # periods in which a change may have begun
BASELINE = 2  # periods before it, at the least, to compare with
LEAST_TOLD = 1.0  # effective information since the change below which nothing is said
DRAWS = 3000
MOST_CHANCE = 0.01  # with few series the stated number a year would allow what chance explains
SCREEN = 6.0  # a score is looked at closely where its rough chance is below this many times what is allowed
COLUMNS = ["measure", "urn", "since", "since_name", "children", "before", "now", "expected_now", "p_value", "allowed"]


def warnings(p: Panel, measure: Measure, false_a_year: float, upto: int | None = None) -> tuple[pd.DataFrame, dict[str, float]]:
    """One row a warning: since when, children since, rate per 100 before and since and as expected, chance of such a score where nothing changed.

    `false_a_year`: how many this measure may raise by chance in a year, over its settings; `upto`: the last period looked at, to replay the past.
    Also: series tested.
    """
    last = len(p.names) if upto is None else upto + 1
    whole = omega(p.together[:, :last, :last], p.fit.var_setting + p.fit.var_group, p.drift)
    sign = -1.0 if measure.high_is_good else 1.0
    weights, able = _contrasts(whole, p.told[:, :last])
    scores = sign * np.einsum("skt,st->sk", weights, p.d[:, :last])
    scores = np.where(able, scores, -np.inf)
    series = int(able.any(1).sum())
    allowed = min(false_a_year / p.looks_a_year / max(series, 1), MOST_CHANCE)
    rough = np.where(able.any(1), np.minimum(able.sum(1), RECENT) * norm.sf(scores.max(1)), 1.0)
    found = []
    for s in np.flatnonzero((scores.max(1) > 0) & (rough < SCREEN * allowed)).tolist():
        chance = _chance(p, s, weights[s], able[s], sign, float(scores[s].max()), last)
        if chance <= allowed:
            found.append(_row(p, measure, s, last - RECENT + int(np.argmax(scores[s])), chance, allowed, last))
    return pd.DataFrame(found, columns=COLUMNS), {"series": series, "allowed": allowed, "looks_a_year": p.looks_a_year, "drift": p.drift, "lasting": p.lasting}


def _contrasts(whole: Floats, told: Floats) -> tuple[Floats, np.ndarray]:
    """For each setting and start of a change: what each period's departure counts for in its score, and whether it can be scored.

    A score has variance 1 where nothing changed.
    """
    settings, last = told.shape
    weights, able = np.zeros((settings, RECENT, last)), np.zeros((settings, RECENT), bool)
    for k, start in enumerate(range(last - RECENT, last)):
        if start < 1:
            continue
        since = np.broadcast_to((np.arange(last) >= start).astype(float), told.shape)
        toward = solved(whole, since)
        size = (since * toward).sum(1)
        weights[:, k] = toward / np.sqrt(np.maximum(size, 1e-12))[:, None]
        able[:, k] = ((told[:, :start] > 0).sum(1) >= BASELINE) & (told[:, start:].sum(1) >= LEAST_TOLD) & (told[:, start] > 0) & (told[:, last - 1] > 0)
    return weights, able


def _chance(p: Panel, s: int, weights: Floats, able: np.ndarray, sign: float, score: float, last: int) -> float:
    """How often made-up pasts of one setting in which nothing changed score as high."""
    r, rng = p.rows, np.random.default_rng([7, s, last])
    mine = np.flatnonzero((r.setting == s) & (r.period < last))
    child = np.unique(r.child[mine], return_inverse=True)[1]
    mu = quasi.mean(p.fit.linear[mine] + p.fit.effect[s], _part(p, mine))
    seen = _shares(rng, p, mine, child, mu) if r.share else _counts(rng, p, child, mu)
    off = p.fit.weight[mine] * (seen - seen.mean(0))
    d = np.zeros((DRAWS, last))
    for t in range(last):
        here = r.period[mine] == t
        if here.any():
            d[:, t] = off[:, here].sum(1) / p.told[s, t] + rng.normal(0, p.drift, DRAWS)
    most = (sign * d @ weights[able].T).max(1)
    return float((1 + (most >= score).sum()) / (1 + DRAWS))


def _part(p: Panel, mine: np.ndarray) -> Rows:
    r = p.rows
    return Rows(r.y[mine], r.n[mine], r.x[mine], r.block, r.setting[mine], r.group, r.child[mine], r.period[mine], r.share, r.urns)


def _shares(rng: np.random.Generator, p: Panel, mine: np.ndarray, child: np.ndarray, mu: Floats) -> Floats:
    """Shares of made-up children: a level that stays their own, moved as their expectation moves, uneven again in each period, then trials."""
    mean = np.clip(np.bincount(child, mu) / np.bincount(child), 1e-4, 1 - 1e-4)
    own = _beta(rng, np.broadcast_to(mean, (DRAWS, len(mean))), p.lasting)[:, child]
    ratio = (mu / (1 - mu)) / (mean / (1 - mean))[child]
    level = own * ratio / (1 - own + own * ratio)
    passing = (p.fit.spread - p.lasting) / max(1 - p.lasting, 1e-6)
    trials = np.maximum(np.rint(p.rows.n[mine]), 1).astype(np.int64)
    return np.asarray(rng.binomial(trials, np.clip(_beta(rng, level, passing), 0, 1)) / trials, dtype=np.float64)


def _beta(rng: np.random.Generator, mean: Floats, spread: float) -> Floats:
    if spread < 1e-3:
        return np.asarray(mean, dtype=np.float64)
    size = 1 / spread - 1
    inner = np.clip(mean, 1e-6, 1 - 1e-6)
    return np.asarray(rng.beta(inner * size, (1 - inner) * size), dtype=np.float64)


def _counts(rng: np.random.Generator, p: Panel, child: np.ndarray, mu: Floats) -> Floats:
    passing = max((p.fit.spread - p.lasting) / (1 + p.lasting), 0.0)
    own = rng.gamma(1 / p.lasting, p.lasting, (DRAWS, int(child.max()) + 1))[:, child] if p.lasting > 1e-3 else 1.0
    each = rng.gamma(1 / passing, passing, (DRAWS, len(mu))) if passing > 1e-3 else 1.0
    return np.asarray(rng.poisson(np.broadcast_to(mu * own * each, (DRAWS, len(mu)))), dtype=np.float64)


def _row(p: Panel, measure: Measure, s: int, start: int, chance: float, allowed: float, last: int) -> dict[str, object]:
    r = p.rows
    mine = (r.setting == s) & (r.period < last)
    before, since = mine & (r.period < start), mine & (r.period >= start)
    mu = quasi.mean(p.fit.linear + p.fit.effect[r.setting], r) * (r.n if r.share else 1.0)
    rates = [100 * float(w[part].sum() / r.n[part].sum()) for w, part in ((r.y, before), (r.y, since), (mu, since))]
    children = len(np.unique(r.child[since]))
    values = [measure.name, str(r.urns[s]), start, p.names[start], children, *rates, chance, allowed]
    return dict(zip(COLUMNS, values, strict=True))
