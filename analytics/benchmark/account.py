"""The benchmark's account of itself: what described need, what was estimated, what was left out, how far to trust it. JSON-ready."""

from __future__ import annotations

import numpy as np

from analytics.benchmark.describe import NOT_RECORDED, PROVISION, Described
from analytics.benchmark.design import AMOUNTS, LEVELS
from analytics.benchmark.henderson import Data, spread_along
from analytics.benchmark.index import Effects
from analytics.benchmark.mixed import Fit
from analytics.benchmark.result import BenchmarkParams

GROSS = 0.1  # weight below which a cost counts as far outside the others
FEW_SETTINGS = 10
WORDS = {c: w[0].lower() + w[1:] for c, w in (LEVELS | AMOUNTS).items()}


def account(d: Described, data: Data, f: Fit, e: Effects, names: list[str], params: BenchmarkParams, *, smearing: float, trusted: bool) -> dict[str, object]:
    """Everything a reader needs to judge the fit; logs are natural logs of £ a year."""
    return _basis(d, params, trusted) | {
        "n_settings": len(data.group),
        "n_groups": int(data.group.max()) + 1,
        "coefficients": _coefficients(d, f, names),
        "terms": _terms(d, f, data),
        "sd_setting": _number(e.sd_setting),
        "sd_group": _number(e.sd_group),
        "sd_setting_and_group_95": [_number(v) for v in e.sd_total_interval],
        "sd_residual": _number(float(f.sd_pattern[0])),
        "sd_residual_by_what_is_not_recorded": [_number(float(v)) for v in f.sd_pattern],
        "error_scales": [_number(float(v)) for v in f.scale_share],
        "gross_outliers": int((f.weight < GROSS).sum()),
        "smearing": _number(smearing),
        "degrees_of_freedom": _number(f.df),
        "degrees_of_freedom_terms": _number(f.df_terms),
        "degrees_of_freedom_residual": _number(len(data.y) - f.df),
        "steps": f.steps,
        "converged": f.converged,
        "notes": _notes(d, data, f, trusted, params),
    }


def nothing(d: Described, params: BenchmarkParams) -> dict[str, object]:
    """The account when no placement has both a setting and a positive cost."""
    note = "No placement has a setting and a cost above zero, so nothing could be compared."
    return _basis(d, params, trusted=False) | {"n_settings": 0, "n_groups": 0, "coefficients": [], "terms": [], "notes": [note, *_left_out(d)]}


def need_described_by(d: Described) -> str:
    """One sentence: what the model knew of each child's need and provision."""
    known = d.described_by
    if "primary_need" not in known:
        return "Primary need is not recorded, so differences in need are hardly described."
    detail = [WORDS[c] for c in AMOUNTS if c in known]
    if not detail:
        return "Need described by primary need only."
    return f"Need described by primary need, {_list(detail)}."


def _basis(d: Described, params: BenchmarkParams, trusted: bool) -> dict[str, object]:
    rule = f"Flagged: the whole 95% interval of the index lies above 1 and the setting has at least {params.minimum_n} placements."
    if not trusted:
        rule += " Nobody is flagged in this run; the notes say why."
    return {
        "view": "price given provision",
        "n_placements": int(d.used.sum()),
        "left_out": dict(d.left_out),
        "need_described_by": need_described_by(d),
        "described_by": d.described_by,
        "not_recorded": {c: _number(v) for c, v in d.unrecorded.items()},
        "provision_not_recorded": _number(max(d.unrecorded[c] for c in PROVISION)),
        "flag_rule": rule,
        "flags_withheld": not trusted,
        "minimum_n": params.minimum_n,
        "p_above_means": f"chance that the index is above {params.above:g}",
        "index_interval": "95%, with the uncertainty of coefficients and variances",
        "placement_interval": "90%, for a child with these needs and this provision at this setting; stretched where needed to hold the expected cost",
    }


def _coefficients(d: Described, f: Fit, names: list[str]) -> list[dict[str, object]]:
    """Levels against the commonest one and straight lines per standard deviation (hours on the square-root scale); bends and pairs stand in `terms`."""
    kept = [names[c] for c in f.columns]
    usual = {title: f"{title}: {d.rows.loc[d.used, c].value_counts().index[0]}" for c, title in LEVELS.items() if d.used.any()}
    base = {title: kept.index(name) for title, name in usual.items() if name in kept}
    rows = {
        f"Log cost at the commonest levels ({', '.join(kept[k] for k in base.values()) or 'none told apart'})": {0: 1.0} | dict.fromkeys(base.values(), 1.0)
    }
    for k, name in enumerate(kept):
        title, _, level = name.partition(": ")
        if title in base and k != base[title]:
            rows[f"{title}: {level}, against {kept[base[title]].partition(': ')[2]}"] = {k: 1.0, base[title]: -1.0}
        elif name in AMOUNTS.values():
            rows[f"{name}, per standard deviation"] = {k: 1.0}
        elif name.endswith(NOT_RECORDED):
            rows[name] = {k: 1.0}
    weight = np.zeros((len(rows), len(kept)))
    for r, parts in enumerate(rows.values()):
        weight[r, list(parts)] = list(parts.values())
    error = np.sqrt(np.maximum(spread_along(weight, f.covariance), 0))
    return [{"name": n, "log": _number(b), "standard_error": _number(e)} for n, b, e in zip(rows, weight @ f.coefficients, error, strict=True)]


def _terms(d: Described, f: Fit, data: Data) -> list[dict[str, object]]:
    """Each shrunken block that is kept, with the standard deviation of its coefficients and the degrees of freedom it uses."""
    out: list[dict[str, object]] = []
    original = d.design.block[np.abs(d.design.x).max(0) > 0]
    for b in np.unique(data.block[f.columns]):
        if b < 0:
            continue
        mine = data.block[f.columns] == b
        title = d.design.blocks[int(original[data.block == b][0])]
        used = mine.sum() - np.diag(f.covariance)[mine].sum() / f.var_block[b]
        sd = float(np.sqrt(f.var_block[b]))
        out.append({"name": title, "sd": _number(sd), "columns": int(mine.sum()), "degrees_of_freedom": _number(max(used, 0.0))})
    return out


def _notes(d: Described, data: Data, f: Fit, trusted: bool, params: BenchmarkParams) -> list[str]:
    out = [need_described_by(d)]
    if not trusted:
        share = max(d.unrecorded[c] for c in PROVISION)
        out.append(
            f"One-to-one or therapy hours are not recorded for {share:.0%} of placements, more than {params.most_unknown_provision:.0%}: "
            "differences are listed and nobody is flagged."
        )
    if d.constant:
        out.append(f"The same for every placement, so no difference is put down to it: {_list([WORDS[c] for c in d.constant])}.")
    single = [f"{LEVELS[c]} {v}" for c in LEVELS for v, k in d.rows.loc[d.used, c].value_counts().items() if k == 1 and c not in d.constant]
    if single:
        out.append(f"Seen once, so its effect is mostly shrunk away: {_list(single[:5])}{' and others' if len(single) > 5 else ''}.")
    if len(data.group) == 1:
        out.append("There is one setting: its index cannot be told from the general level of costs and rests on an assumed spread between settings.")
    elif len(data.group) < FEW_SETTINGS:
        out.append(f"There are only {len(data.group)} settings, so how much settings differ is poorly known and intervals are wide.")
    if int(data.group.max()) + 1 == len(data.group) > 1:
        out.append("No two settings share a provider group, so settings shrink towards the general mean only.")
    gross = int((f.weight < GROSS).sum())
    if gross:
        whose = f"{gross} placements have a cost" if gross > 1 else "One placement has a cost"
        out.append(f"{whose} far outside what like placements cost; such costs hardly move an index. Check them first.")
    if not f.converged:
        out.append("The estimates had not quite settled when the fit stopped; differences in the third digit may remain.")
    return out + _left_out(d)


def _left_out(d: Described) -> list[str]:
    return [f"Left out, {reason}: {count} placement{'s' if count != 1 else ''}." for reason, count in d.left_out.items()]


def _list(words: list[str]) -> str:
    return words[0] if len(words) == 1 else f"{', '.join(words[:-1])} and {words[-1]}"


def _number(value: float) -> float | None:
    return round(float(value), 6) if np.isfinite(value) else None
