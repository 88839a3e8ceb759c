"""What might explain that a setting's cost differs from expected, looked at before anybody asks the setting: five checks of the council's own data.

Each check answers what was found, and what the index would be if that were the whole story. None of them proves anything.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

import pandas as pd

from data.domain import SETTING_TYPE_NAMES, financial_year_name

VAT_RATE = 0.20
GROWTH = 0.03  # a year, of fees in Kent 2020/21 to 2024/25 (scrutiny committee, November 2024): how much a newer fee may add
MOVES = 0.01  # a change of the index below this explains nothing
FAR_FROM_LEDGER = 0.05
HALF_A_YEAR = 0.5
ALL, PART, NOT, UNKNOWN = "Could explain all of it", "Could explain part of it", "Does not explain it", "Cannot be checked"
COLUMNS = ["urn", "check", "verdict", "evidence", "index_if", "low_if", "high_if"]


@dataclass(frozen=True)
class Looked:
    """What a check found, in a sentence. `factor`: what the setting's cost would be multiplied by if so, 1 for nothing; None: not to be told from the data."""

    evidence: str
    factor: float | None


def explanations(settings: pd.DataFrame, evidence: pd.DataFrame, paid: pd.DataFrame, year: int) -> pd.DataFrame:
    """What might explain each setting's index? One row a setting and check: urn, check, verdict, evidence, index_if, low_if, high_if.

    `settings`: urn, index, index_low, index_high; `evidence`: read setting_evidence, of every setting; `paid`: read cost_and_spend of the financial
    `year`. The index and its ends move with the cost, as if expected cost stayed.
    """
    facts = _facts(evidence, paid)
    market = _Market.of(facts)
    rows = []
    for row in settings.assign(urn=settings["urn"].astype(str)).to_dict("records"):
        fact = facts[facts.index == row["urn"]]
        if fact.empty:
            continue
        now = [float(row[name]) for name in ("index", "index_low", "index_high")]
        for check, look in CHECKS.items():
            found = look(fact.iloc[0], market, year)
            then = [v * (found.factor or 1.0) for v in now]
            rows.append((row["urn"], check, _verdict(now, then, found.factor), found.evidence, *then))
    return pd.DataFrame(rows, columns=COLUMNS)


@dataclass(frozen=True)
class _Market:
    """What is usual: share of cost with VAT charged by kind of setting, share that is one-to-one, the day since when core fees hold."""

    vat_charged: dict[str, float]
    vat_recorded: bool
    one_to_one: float
    core_from_days: float

    @classmethod
    def of(cls, facts: pd.DataFrame) -> _Market:
        by_kind = facts.groupby("setting_type")[["vat_charged_gbp", "lines_gbp"]].sum()
        charged = (by_kind["vat_charged_gbp"] / by_kind["lines_gbp"].where(by_kind["lines_gbp"] > 0)).fillna(0.0)
        whole = float(facts["actual_gbp"].sum())
        return cls(
            {str(kind): float(share) for kind, share in charged.items()},
            bool(facts["vat_recorded"].sum()),
            float(facts["one_to_one_gbp"].sum()) / whole if whole else 0.0,
            float(facts["core_from_days"].median()),
        )


def _facts(evidence: pd.DataFrame, paid: pd.DataFrame) -> pd.DataFrame:
    """What the checks look at, one row a setting by urn; amounts are pounds a year."""
    ledger = paid.assign(urn=paid["urn"].astype(str)).set_index("urn")[["payable_gbp", "spend_gbp", "payments"]]
    out = evidence.assign(urn=evidence["urn"].astype(str)).set_index("urn").join(ledger)
    return out.assign(**{c: out[c].astype(float).fillna(0.0) for c in ledger.columns})


def _verdict(now: list[float], then: list[float], factor: float | None) -> str:
    if factor is None:
        return UNKNOWN
    towards = abs(then[0] - 1) < abs(now[0] - 1) or (then[0] - 1) * (now[0] - 1) < 0
    if not towards or abs(factor - 1) < MOVES:
        return NOT
    beyond = then[0] < 1 < now[0] or now[0] < 1 < then[0]
    return ALL if beyond or then[1] <= 1 <= then[2] else PART


def _place_funding(fact: pd.Series[Any], market: _Market, year: int) -> Looked:
    n, assumed, recorded = int(fact["n"]), int(fact["assumed"]), int(fact["recorded"])
    if not assumed and not recorded:
        return Looked("DfE pays no place funding to such a setting, and none is in its cost.", 1.0)
    if not assumed:
        return Looked(f"Fee lines of {recorded} of {n} placements carry it; nothing was assumed.", 1.0)
    each = float(fact["place_funding_gbp"]) / assumed
    said = f"No fee line carries it for {assumed} of {n} placements, so £{each:,.0f} a place was put in. If DfE does not pay it there, that is too much."
    return Looked(said, 1 - float(fact["place_funding_gbp"]) / float(fact["actual_gbp"]))


def _vat(fact: pd.Series[Any], market: _Market, year: int) -> Looked:
    lines, recorded = int(fact["lines"]), int(fact["vat_recorded"])
    inside = VAT_RATE / (1 + VAT_RATE)
    if not market.vat_recorded:
        return Looked("VAT is recorded on no fee line of any setting, so whether amounts are without it is not known.", None)
    if recorded < lines:
        share = float(fact["vat_unknown_gbp"]) / float(fact["actual_gbp"])
        said = f"VAT is not recorded on {lines - recorded} of {lines} fee lines. If their amounts hold VAT at {VAT_RATE:.0%}, they are too high by it."
        return Looked(said, 1 - share * inside)
    usual = market.vat_charged.get(str(fact["setting_type"]), 0.0)
    own = float(fact["vat_charged_gbp"]) / float(fact["lines_gbp"]) if fact["lines_gbp"] else 0.0
    kind = SETTING_TYPE_NAMES.get(str(fact["setting_type"]), "Setting").lower()
    compared = f"VAT is recorded on every fee line; {own:.0%} of its cost bears VAT, {usual:.0%} at settings of its kind ({kind})."
    if usual >= 0.25 and own < usual / 2:
        return Looked(f"{compared} If amounts without VAT in fact hold it, they are too high by it.", 1 - (usual - own) * inside)
    return Looked(compared, 1.0)


def _supplier_match(fact: pd.Series[Any], market: _Market, year: int) -> Looked:
    payable, spend = float(fact["payable_gbp"]), float(fact["spend_gbp"])
    name = financial_year_name(year)
    if not fact["payments"]:
        return Looked(f"No payment of {name} is matched to it, so the ledger cannot confirm its fees.", None)
    if payable <= 0:
        return Looked(f"£{spend:,.0f} was paid in {name}, and no fee agreed for that year falls to the education budget.", None)
    said = f"In {name} £{spend:,.0f} was paid against £{payable:,.0f} payable by the fees agreed ({spend / payable:.0%})."
    if abs(spend / payable - 1) <= FAR_FROM_LEDGER:
        return Looked(said, 1.0)
    return Looked(f"{said} Payments of another supplier, or fees kept under the wrong setting, would show like this.", min(max(spend / payable, 0.5), 2.0))


def _one_to_one(fact: pd.Series[Any], market: _Market, year: int) -> Looked:
    share = float(fact["one_to_one_gbp"]) / float(fact["actual_gbp"])
    said = f"One-to-one support is {share:.0%} of its cost, {market.one_to_one:.0%} over all settings"
    if not fact["unseen"]:
        return Looked(f"{said}; the plans record hours wherever it is paid for, so expected cost allows for it.", 1.0)
    unseen, gbp = int(fact["unseen"]), float(fact["unseen_gbp"])
    whose = f"{unseen} placement{'s' if unseen != 1 else ''} whose plan records no hours"
    return Looked(f"{said}; £{gbp:,.0f} of it is for {whose}, which expected cost cannot see.", 1 - gbp / float(fact["actual_gbp"]))


def _data_age(fact: pd.Series[Any], market: _Market, year: int) -> Looked:
    if pd.isna(fact["core_from_days"]):
        return Looked("No core fee line holds on the day, so how old its fees are is not known.", None)
    newer = (float(fact["core_from_days"]) - market.core_from_days) / 365.25
    said = f"Half its core fees hold since {_day(fact['core_from_days'])} or later; over all settings {_day(market.core_from_days)}"
    factor = 1.0
    if abs(newer) >= HALF_A_YEAR:
        factor = (1 + GROWTH) ** -newer
        said += f". Fees grow by about {GROWTH:.0%} a year, so {'newer' if newer > 0 else 'older'} ones look {'dearer' if newer > 0 else 'cheaper'}"
    if fact["doubled"]:
        doubled = int(fact["doubled"])
        said += f". For {doubled} placement{'s' if doubled != 1 else ''} an older core line still runs beside a newer one (£{float(fact['doubled_gbp']):,.0f})"
        factor *= 1 - float(fact["doubled_gbp"]) / float(fact["actual_gbp"])
    return Looked(f"{said}.", factor)


def _day(days: float) -> str:
    on = date(1970, 1, 1) + timedelta(days=int(days))
    return f"{on.day} {on:%B %Y}"


CHECKS: dict[str, Callable[[pd.Series[Any], _Market, int], Looked]] = {
    "Place funding": _place_funding,
    "VAT basis": _vat,
    "Payments matched": _supplier_match,
    "One-to-one support": _one_to_one,
    "Age of the fees": _data_age,
}
