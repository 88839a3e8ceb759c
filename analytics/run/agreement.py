"""Does the data agree with itself? What Intake asks for: bridges, who mends what, how fresh and complete."""

from __future__ import annotations

from datetime import date
from typing import Any

from analytics.figures import Table
from analytics.run.checking import NEVER, checks_of, sen2_rows
from analytics.run.choices import as_at
from analytics.run.session import Session, allowed, require
from data.domain import census_day, financial_year_name

ALL, NONE = "all", "none"  # every setting together; payments of no known setting


def shows_costs(session: Session) -> bool:
    """Whether the role may see amounts by setting: an administrator mends data without them."""
    return allowed(session.role, "view_costs")


def ledger_years(session: Session) -> dict[str, str]:
    """Financial years of the ledger, latest first, for a choice."""
    require(session, "view_costs")
    years = session.store.read("years")
    paid = years[(years["year_kind"] == "FY") & years["spend_gbp"].fillna(0).ne(0)]
    return {str(year): financial_year_name(int(year)) for year in sorted(paid["year"], reverse=True)}


def ledger_settings(session: Session, year: int) -> dict[str, str]:
    """Settings with agreed cost or payments in a financial year, by name; all together first, payments of no known setting last."""
    require(session, "view_costs")
    months = session.store.read("ledger_by_month", fy=year).drop_duplicates("urn")
    names = {str(r.urn): str(r.setting_name) for r in months[months["urn"].notna()].sort_values("setting_name").itertuples()}
    return {ALL: "All settings", **names, **({NONE: "No known setting"} if months["urn"].isna().any() else {})}


def ledger(session: Session, year: int, urn: str, name: str) -> tuple[str, Table]:
    """From agreed cost to the ledger by month, for one setting or all, and a sentence."""
    from analytics.findings import agreement as finding

    require(session, "view_costs")
    months = session.store.read("ledger_by_month", fy=year)
    chosen = None if urn == ALL else "" if urn == NONE else urn
    return finding.ledger_sentence(finding.of_setting(months, chosen), year, name), finding.ledger(months, year, chosen, name)


def agreements(session: Session) -> tuple[Table, ...]:
    """From agreements to placements in pounds a year, and from placements to agreements in number; nothing without fees."""
    from analytics import reconcile
    from analytics.findings import agreement as finding

    require(session, "view_costs")
    store, day = session.store, as_at(session.store)
    if day is None:
        return ()
    lines = reconcile.agreements_to_placements(store.read("agreements_to_placements", as_at=day), day)
    placed = reconcile.placements_to_agreements(store.read("placements_with_fee", as_at=day), day)
    return finding.agreements(lines, day), finding.placements_with_fee(placed, day)


def agreement_codes(session: Session) -> dict[str, str]:
    """Findings of agreements that concern something, with their sentence, for a choice."""
    from analytics import reconcile

    require(session, "view_costs")
    codes = set(reconcile.AGREEMENTS)
    return {str(c["code"]): str(c["message"]) for c in checks_of(session.store) if c["code"] in codes and c["count"]}


def agreement_rows(session: Session, code: str) -> Table:
    """The placements behind one finding of agreements."""
    from analytics.findings import agreement as finding

    require(session, "view_children")
    names = session.store.read("stg_setting").set_index("urn")["setting_name"]
    return finding.agreement_rows(session.store.read("agreement_findings", as_at=as_at(session.store) or NEVER), names, code)


def count_years(session: Session) -> dict[str, str]:
    """Financial years whose counts can be compared, latest first."""
    from analytics import reconcile

    require(session, "view_costs")
    day = as_at(session.store)
    return {str(year): financial_year_name(year) for year in (reconcile.years(session.store.read("mart_placement"), day) if day else [])}


def counts(session: Session, year: int) -> tuple[Table, Table, Table]:
    """The baseline bridge of a year, what each basis counts, and published counts beside."""
    from analytics import reconcile
    from analytics.findings import agreement as finding

    require(session, "view_costs")
    store, placements, known, day = session.store, *_counting(session)
    numbers = {key: len(reconcile.counted(placements, basis, year, day)) for key, basis in known.items()}
    lines = reconcile.published(placements, known, store.read("ref_published_counts"), day)
    return finding.baseline(_steps(session, year), year), finding.bases(known, numbers, year, day), finding.published(lines, store.is_sample())


def count_steps(session: Session, year: int) -> dict[str, str]:
    """The steps of the baseline bridge with rows behind them, for a choice."""
    require(session, "view_costs")
    from analytics import reconcile

    steps = _steps(session, year)
    lines = [entry["lines"] for entry in reconcile.baseline(steps, year)]
    return {str(n): "; ".join(f"{line['line']}: {line['count']:+,}" for line in some) for n, some in enumerate(lines) if some}


def count_rows(session: Session, year: int, step: int) -> Table:
    """The placements behind a step of the baseline bridge."""
    from analytics.findings import agreement as finding

    require(session, "view_children")
    return finding.step_rows(_steps(session, year)[step])


def censuses(session: Session) -> dict[str, str]:
    """SEN2 returns that are loaded, latest first."""
    require(session, "view_costs")
    years = session.store.read("sen2_years")
    return {str(year): f"January {year}" for year in years["census_year"]}


def sen2(session: Session, year: int) -> tuple[str, tuple[Table, ...], dict[str, str]]:
    """The return of a census year against placements here: a sentence, two bridges, and what rows there are to show."""
    from analytics import reconcile
    from analytics.findings import agreement as finding

    require(session, "view_costs")
    found = reconcile.sen2_counts(sen2_rows(session.store, year))
    lines = reconcile.sen2_to_placements(found, year, census_day(year))
    return (
        finding.sen2_sentence(lines),
        finding.sen2(lines),
        {what: f"{words}: {found[what]:,}" for what, words in reconcile.SEN2_WORDS.items() if found.get(what)},
    )


def sen2_difference(session: Session, year: int, what: str) -> Table:
    """The placements behind one difference between the return and the placements here."""
    from analytics.findings import agreement as finding

    require(session, "view_children")
    names = session.store.read("stg_setting").set_index("urn")["setting_name"]
    return finding.sen2_rows(sen2_rows(session.store, year), names, what, year)


def mending(session: Session) -> tuple[str, Table]:
    """What waits to be mended, by team."""
    from analytics.findings import agreement as finding

    require(session, "load_data")
    found = checks_of(session.store)
    return finding.sentence(found), finding.to_mend(found)


def freshness(session: Session) -> tuple[Table, Table]:
    """How fresh each source is, and how complete the columns that analyses use."""
    from analytics.findings import agreement as finding

    require(session, "load_data")
    filled = session.store.read("filled")
    return finding.freshness(session.store.read("sources"), filled, as_at(session.store)), finding.completeness(filled)


def _counting(session: Session) -> tuple[Any, dict[str, Any], date]:
    from analytics import reconcile

    store = session.store
    return store.read("mart_placement"), reconcile.bases(store.read("ref_count_bases")), as_at(store) or NEVER


def _steps(session: Session, year: int) -> list[Any]:
    from analytics import reconcile

    placements, known, day = _counting(session)
    return reconcile.bridge(placements, [known[name] for name in reconcile.PATH], year, day)
