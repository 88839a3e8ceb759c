"""From the council's records to a contract instance: which children, which offers, which futures (docs/demand.md)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any

import numpy as np
import pandas as pd

from analytics import demand
from analytics.contracts import document
from analytics.contracts import offers as market
from analytics.contracts.locks import locked
from analytics.contracts.notes import told
from analytics.contracts.offers import PlanningData
from analytics.contracts.policy import Policy
from analytics.contracts.scope import OTHER_SETTINGS, Layout, Scope, choose, in_scope, pool, scope_name
from analytics.demand import Draws, round_keeping_total
from analytics.survival import Floats, Ints
from data.domain import academic_year_name
from data.errors import WrongUsage

FRESH_SEED = 500_009  # added to the seed for draws that the plan has not seen
FRESH_BATCH = 250  # draws at a time, so that a thousand fit in a laptop's memory


@dataclass(frozen=True)
class Built:
    """An instance document and what a reader must know of it.

    `offers`: one row an offer considered: urn, setting_name, lot, n, list_gbp, transport_gbp, basis, places (a year that a block
    could hold, on average), kept, why_not, min_block. `reconciliation`: one row a year: drawn, out_of_scope, demand, existing
    (average places over all draws; the last two are whole numbers in each draw).
    """

    instance: dict[str, Any]
    scope: Scope
    notes: tuple[str, ...]
    names: dict[str, str]
    offers: pd.DataFrame
    reconciliation: pd.DataFrame
    layout: Layout


def build_instance(data: PlanningData, policy: Policy = Policy(), phase: str | None = None, area: str | None = None) -> Built:  # noqa: B008
    """How many places to block, asked of the council's own records: for one phase and area, unless `all` is asked for.

    Raises WrongUsage when there is no placement, or no offer, to plan from. Method: docs/demand.md.
    """
    draws = _draw(data, policy, policy.draws, policy.seed)
    chosen = choose(market.nmiss(data.snapshot), market.SCHOOLS, phase or policy.phase, area or policy.area)
    pooled = _pool(draws, policy)
    table, contract_notes = _offers(data, policy, draws, pooled, chosen)
    layout = _layout(draws, pooled, table, chosen, policy)
    places = layout.places(draws)
    whole = round_keeping_total(places, np.random.default_rng([policy.seed, 1]))
    reconciliation = _reconcile(draws, layout, places, whole)
    instance, limit_notes = _instance(data, policy, layout, table, whole, draws)
    scope = _scope(data, layout, reconciliation)
    names = market.setting_names(data)
    instance, lock_notes = locked(instance, policy.locks, _could_hold(table), names)
    table["setting_name"] = table["urn"].map(names)
    known = {urn: names.get(urn, urn) for urn in scope.settings} | {OTHER_SETTINGS: "All other settings"}
    notes = (*told(data, policy, table, scope, draws), *limit_notes, *contract_notes, *lock_notes)
    return Built(instance, scope, notes, known, table, reconciliation, layout)


def fresh_instance(
    data: PlanningData, policy: Policy, built: Built, blocks: dict[tuple[str, str], int] | None = None, draws: int = 1_000, seed: int | None = None
) -> dict[str, Any]:
    """The same offers with futures that the plan has not seen, so that it can be costed out of sample.

    `blocks`: the plan's places by (urn, lot). A setting's capacity is raised where a draw needs it for children who are there
    and for the places held.
    """
    first = policy.seed + FRESH_SEED if seed is None else seed
    batches = [min(FRESH_BATCH, draws - n) for n in range(0, draws, FRESH_BATCH)]
    places = np.concatenate([built.layout.places(_draw(data, policy, size, first + n)) for n, size in enumerate(batches)])
    return with_places(policy, built, round_keeping_total(places, np.random.default_rng([first, 1])), blocks)


def with_places(policy: Policy, built: Built, whole: Ints, blocks: dict[tuple[str, str], int] | None = None) -> dict[str, Any]:
    """The same offers with other futures: `whole` places by future, year and column of the layout. `blocks` as `fresh_instance`."""
    held = {(o["provider"], o["lot"]): o.get("min_block", 0) for o in built.instance["offers"]} | (blocks or {})
    whole = document.hold_back(whole, built.layout, policy, held)
    need = document.needed(whole, built.layout, held)
    providers = [p | {"capacity": max(p["capacity"], need[p["id"]])} for p in built.instance["providers"]]
    return built.instance | {"providers": providers, "scenarios": document.scenarios(whole, built.layout)}


def _draw(data: PlanningData, policy: Policy, draws: int, seed: int) -> Draws:
    history = market.nmiss(data.placements)
    return demand.draw(
        history,
        data.as_at,
        years=policy.years,
        draws=draws,
        seed=seed,
        settings=data.settings,
        consultations=data.consultations,
        entry_years=policy.entry_years,
    )


def _pool(draws: Draws, policy: Policy) -> dict[str, str]:
    mean = (draws.fillable + draws.fixed + draws.survivors).mean(axis=(0, 1))
    return pool(pd.Series(mean, index=draws.cells["lot"]).groupby(level=0).sum(), policy.pool_below)


def _offers(data: PlanningData, policy: Policy, draws: Draws, pooled: dict[str, str], chosen: tuple[str, str]) -> tuple[pd.DataFrame, list[str]]:
    """Every setting × lot in scope where a block might be bought, with its price and whether it stays in: one row each."""
    start, end = date(draws.years[0], 9, 1), date(draws.years[-1] + 1, 8, 31)
    contracts = market.running(data, start, end, pooled)
    contracts = contracts[contracts["lot"].map(lambda lot: in_scope(lot, *chosen)).astype(bool)]
    notes = [note for note in contracts["note"].drop_duplicates() if note]
    contracts = contracts[contracts["places"] > 0]
    recent = market.recent_lots(market.nmiss(data.placements), data.as_at, policy.offer_years)
    recent["lot"] = recent["lot"].map(lambda lot: pooled.get(lot, lot))
    table = pd.concat([recent, contracts[["urn", "lot"]]]).drop_duplicates()
    table = table[table["lot"].map(lambda lot: in_scope(lot, *chosen)).astype(bool)].sort_values(["lot", "urn"]).reset_index(drop=True)
    if table.empty:
        raise WrongUsage(f"No setting had a child of {scope_name(*chosen)} in the last {policy.offer_years} years, so there is no offer to size.")
    table = market.prices(data, table, pooled, policy.least_for_median)
    own = [policy.of("list", urn, lot) for urn, lot in zip(table["urn"], table["lot"], strict=True)]
    table["list_gbp"] = pd.Series(own, dtype=float).fillna(table["list_gbp"])
    bound = contracts.groupby(["urn", "lot"]).agg(min_block=("places", "sum"), void_share=("void_share", "max"), grace_weeks=("grace_weeks", "min"),
                                                  min_occupancy=("min_occupancy", "max")).reset_index()  # fmt: skip
    table = table.merge(bound, how="left", on=["urn", "lot"])
    table["min_block"] = table["min_block"].fillna(0).astype(int)
    table["why_not"] = market.why_not(data, policy, table, start).where(table["min_block"] == 0, "")
    could = draws.fillable + (draws.survivors if policy.existing_fill_blocks else 0.0)
    keys = pd.MultiIndex.from_arrays([draws.cells["urn"], draws.cells["lot"].map(lambda lot: pooled.get(lot, lot))])
    places = pd.Series(could.mean(axis=(0, 1)), index=keys).groupby(level=[0, 1]).sum()
    table["places"] = places.reindex(pd.MultiIndex.from_frame(table[["urn", "lot"]])).fillna(0.0).to_numpy()
    table["kept"] = _kept(table, policy)
    if not table["kept"].any():
        raise WrongUsage(f"No setting may take a block in {scope_name(*chosen)}: {', '.join(sorted(set(table['why_not']) - {''})) or 'none is asked'}.")
    return table, notes


def _could_hold(table: pd.DataFrame) -> dict[tuple[str, str], float]:
    return {(str(urn), str(lot)): float(n) for urn, lot, n in zip(table["urn"], table["lot"], table["places"], strict=True)}


def _kept(table: pd.DataFrame, policy: Policy) -> pd.Series:
    """The settings, then the offers, where a block could hold most places; those under contract or fixed by a person always."""
    may = table[table["why_not"] == ""]
    rank = may.assign(held=(may["min_block"] > 0) | may["urn"].isin(policy.locks))
    settings = rank.groupby("urn").agg(held=("held", "max"), places=("places", "sum")).sort_values(["held", "places"], ascending=False, kind="stable")
    first = settings.index[: max(policy.max_providers, int(settings["held"].sum()))]
    rank = rank[rank["urn"].isin(first)].sort_values(["held", "places"], ascending=False, kind="stable")
    return pd.Series(table.index.isin(rank.index[: max(policy.max_offers, int(rank["held"].sum()))]), index=table.index)


def _layout(draws: Draws, pooled: dict[str, str], table: pd.DataFrame, chosen: tuple[str, str], policy: Policy) -> Layout:
    """The columns: kept offers, then what else happens at their settings, then all other settings."""
    kept = table[table["kept"]]
    lots, settings = tuple(sorted(kept["lot"].unique())), set(kept["urn"])
    offers = tuple(kept[["urn", "lot"]].itertuples(index=False, name=None))
    left_out = frozenset(table.loc[(table["why_not"] == "") & ~table["urn"].isin(settings), "urn"])

    def at(places: Floats) -> set[tuple[str, str]]:
        cells = draws.cells[places.sum(axis=(0, 1)) > 0]
        keys = {(str(urn), pooled[lot]) for urn, lot in zip(cells["urn"], cells["lot"], strict=True)}
        return {(urn, lot) for urn, lot in keys if urn in settings and in_scope(lot, *chosen)}

    fixed = at(draws.fixed) | (at(draws.survivors + draws.fillable) - set(offers)) | (set() if policy.existing_fill_blocks else set(offers))
    return Layout(*chosen, pooled, lots, offers, tuple(sorted(fixed)), left_out)


def _column_prices(data: PlanningData, policy: Policy, layout: Layout, table: pd.DataFrame, draws: Draws) -> pd.Series:
    """The list price that each column counts at: price there and what its transport differs from the lot's mean.

    So whole cost decides between the offers of a lot, while the lot's mean transport, which no plan changes, stays out. A lot's own
    column is the mean of its offers, other settings' the mean of their children's.
    """
    known = table.set_index(["urn", "lot"])[["list_gbp", "transport_gbp"]]
    wanted = pd.DataFrame(layout.fixed, columns=["urn", "lot"])
    fixed = market.prices(data, wanted, layout.pooled, policy.least_for_median).set_index(["urn", "lot"])["list_gbp"]
    fixed.update(known["list_gbp"])
    offers = table[table["kept"]].set_index(["urn", "lot"])[["list_gbp", "transport_gbp"]]
    whole = offers["list_gbp"] + offers["transport_gbp"] - offers.groupby(level=1)["transport_gbp"].transform("mean")
    lots = whole.groupby(level=1).mean().reindex(layout.lots)
    columns = layout.columns(draws)
    rest = sum((v * (c == layout.width - 1)).mean(axis=(0, 1)) for v, c in zip((draws.fillable, draws.fixed, draws.survivors), columns, strict=True))
    away: pd.DataFrame = draws.cells.assign(lot=draws.cells["lot"].map(layout.lot_of), weight=rest)
    away = away[away["weight"] > 0].groupby(["urn", "lot"])["weight"].sum().reset_index()
    priced = market.prices(data, away[["urn", "lot"]], layout.pooled, policy.least_for_median)["list_gbp"]
    mean = float((priced * away["weight"]).sum() / away["weight"].sum()) if len(away) else 0.0
    columns_gbp = np.concatenate([lots.to_numpy(float), whole.to_numpy(float), fixed.to_numpy(float), [mean]])
    return pd.Series(np.maximum(columns_gbp, 0.0).round(2))


def _reconcile(draws: Draws, layout: Layout, places: Floats, whole: Ints) -> pd.DataFrame:
    """Where every drawn place went, on average over draws: one row a year. A place lost on the way is a bug and stops the work."""
    drawn, new = draws.total, len(layout.lots)
    outside = sum((v * (c < 0)).sum(axis=2) for v, c in zip((draws.fillable, draws.fixed, draws.survivors), layout.columns(draws), strict=True))
    lost = np.abs(drawn - outside - places.sum(axis=2)).max()
    if lost > 1e-6 or np.abs(whole.sum(axis=2) - places.sum(axis=2)).max() >= 1:
        raise RuntimeError(f"demand does not reconcile with the draws: {lost:.6f} places")
    columns = {"drawn": drawn, "out_of_scope": outside, "demand": whole[..., :new].sum(axis=2), "existing": whole[..., new:].sum(axis=2)}
    frame = pd.DataFrame({name: values.mean(axis=0) for name, values in columns.items()})
    return frame.assign(year=[academic_year_name(y) for y in draws.years])[["year", *columns]]


def _instance(data: PlanningData, policy: Policy, layout: Layout, table: pd.DataFrame, whole: Ints, draws: Draws) -> tuple[dict[str, Any], list[str]]:
    """The document, and what was bent to make it consistent."""
    price = _column_prices(data, policy, layout, table, draws)
    base = float(whole[:, 0].sum(axis=1).mean())
    limit = int(policy.max_share * base + 1e-9)
    held = document.signed_places(table, limit)
    signed = {urn: sum(n for (u, _), n in held.items() if u == urn) for urn, _ in held}
    whole = document.hold_back(whole, layout, policy, held)
    capacity, notes = _capacity(data, policy, layout, draws, document.needed(whole, layout, held))
    names, asked = market.setting_names(data), table.groupby("urn")["min_block"].sum()
    notes += [
        f"{names.get(u, u)} is under contract for {asked[u]} places, above the share limit; the plan keeps {n}." for u, n in signed.items() if asked[u] > n
    ]
    picked = whole[document.spread(whole, price, policy.scenarios)]
    doc: dict[str, Any] = {
        "name": f"{scope_name(layout.phase, layout.area)}, from {academic_year_name(draws.years[0])}",
        "years": policy.years,
        "uplift": policy.uplift,
        "rate": policy.rate,
        "lots": document.lots(policy, layout, table),
        "providers": document.providers(policy, capacity, signed),
        "offers": document.offers(policy, layout, table, price, whole, capacity, limit, held),
        "scenarios": document.scenarios(picked, layout),
        "max_share": policy.max_share,
        "share_base": round(base, 6),
        "builds": [dict(b) for b in policy.builds],
        "risk": {"lambda": policy.risk_weight, "alpha": policy.alpha},
    }
    optional = {"min_quality": policy.min_quality, "cvar_budget": policy.cvar_budget, "chance_budget": policy.chance_budget}
    return doc | {k: v for k, v in optional.items() if v is not None}, notes


def _capacity(data: PlanningData, policy: Policy, layout: Layout, draws: Draws, need: dict[str, int]) -> tuple[dict[str, int], list[str]]:
    """Places each provider can give to this scope: what it offers, less those that children outside the scope hold, never below the need."""
    urns = list(dict.fromkeys(urn for urn, _ in layout.offers))
    offered = market.capacities(data, policy, urns)
    column = layout.columns(draws)[2]
    held = pd.Series((draws.survivors + draws.fixed + draws.fillable).mean(axis=(0, 1)) * (column < 0), index=draws.cells["urn"]).groupby(level=0).sum()
    free = (offered - held.reindex(urns).fillna(0.0).round().astype(int)).to_dict()
    told_as = market.setting_names(data)
    tight = [urn for urn in urns if free[urn] < need[urn]]
    notes = [f"{told_as.get(u, u)} has {free[u]} places for these children, and the fullest draw needs {need[u]}; {need[u]} are assumed." for u in tight]
    return {urn: max(int(free[urn]), need[urn]) for urn in urns} | {OTHER_SETTINGS: need[OTHER_SETTINGS]}, notes


def _scope(data: PlanningData, layout: Layout, reconciliation: pd.DataFrame) -> Scope:
    now = market.nmiss(data.snapshot)
    lots = [in_scope(layout.lot_of(lot), layout.phase, layout.area) for lot in market.lots_of(now, now["phase"])]
    children = float(reconciliation[["demand", "existing"]].iloc[0].sum())
    settings = tuple(dict.fromkeys(urn for urn, _ in layout.offers))
    return Scope(layout.phase, layout.area, tuple(reconciliation["year"]), layout.lots, settings, children, sum(lots))
