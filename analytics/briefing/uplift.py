"""The uplift pack in two editions: for the council's own table, and for the school, which holds nothing of any other."""

from __future__ import annotations

import re
from dataclasses import replace

import pandas as pd

from analytics import uplift as sums
from analytics.briefing.paper import Paper, Section, texts
from analytics.figures import Figure, Table, format_date
from analytics.findings import uplift as finding
from analytics.findings import uplift_figures as of
from analytics.findings.uplift_figures import Case
from data.errors import WrongUsage

FEWEST = 5  # children below which the school's edition shows no figure of a group: a paper travels
_FIRST = (
    "DfE place funding that is paid to the school and not in its fee",
    "VAT, recovered or not",
    "one-to-one support that the plan does not record",
    "an old fee line, or a payment matched to the wrong school",
)
_NEEDED = (
    "the return form, with free places, the rise in pay, employer's National Insurance, business rates and VAT recovered",
    "accounts or pay scales that show them",
    "anything in your children's needs or provision that our records do not hold",
    "your reply to where your cost stands, which we record beside it",
)


def internal(case: Case) -> Paper:
    """For the council alone: position, what each uplift would cost, and the range to settle in with its reasons."""
    s = case.settlement
    asked = (of.children(case), of.fees_now(case), of.mean_fee(case), of.asked(case), of.added(case, "Asked for, a year", case.asked))
    range_ = (
        *(of.low(case), of.high(case), of.added(case, "Lower end, a year", s.low), of.added(case, "Upper end, a year", s.high)),
        *(of.added_in_year(case, f"Lower end, {case.year_name}", s.low), of.added_in_year(case, f"Upper end, {case.year_name}", s.high)),
    )
    stands = _known(of.compared_cost(case), of.expected(case), of.index(case))
    sections = (
        Section("What is asked for", (_request(case), *_reason(case)), asked),
        Section("The range to settle in", (_range(case), *finding.notes(case)), range_, (finding.choices(case),)),
        Section("Where its cost stands", (_standing(case), "What might explain it comes first:"), stands, points=_FIRST),
        Section("What supports an uplift", figures=_known(of.cpi(case), of.pressure(case)), tables=(finding.costs(case),)),
        Section("How its fees moved", tables=(finding.history(case), finding.parts(case))),
        Section("How this was worked out", _paragraphs(finding.RULE)),
    )
    about = ("Internal: for the council alone. It holds a negotiating position and is not for the school.", _of(case))
    return Paper(f"Uplift asked for by {case.name}", about, sections, case.as_at)


def for_school(case: Case) -> Paper:
    """For the school: its own children and fees together, prices, how its own fees moved, where its cost stands, what the council needs from it."""
    few, index = case.children < FEWEST, of.index(case)
    own: tuple[Figure, ...] = (of.asked(case),)
    if not few:
        own = (of.children(case), of.fees_now(case), of.mean_fee(case), *own, of.added(case, "Asked for, a year", case.asked))
    moved = (_enough(finding.history(case), "same_children"), _enough(finding.parts(case), "children"))
    supports = (
        "Prices in general, and the rise in your costs as you have shown it:" if case.request.pressures else "You have shown us no rise in your costs yet."
    )
    stands: tuple[str, ...] = (f"With fewer than {FEWEST} of our children at your school, or without a fee to compare, we cannot say how your cost stands.",)
    if not few and index is not None:
        stands = (_standing_for_school(case, index), "What might explain a difference, and we look at first:")
    told = len(stands) > 1
    sections = (
        Section("What you ask for", (_request(case, pounds=not few), *_reason(case)), own),
        Section("What supports an uplift", (supports,), _known(of.cpi(case), of.pressure(case)), (finding.costs(case),)),
        *([] if few else [Section("How your fees moved", tables=moved)]),
        Section("How your cost stands", stands, _known(index) if told else (), points=_FIRST if told else ()),
        Section("What we ask of you", ("Before we answer, please send us:",), points=_NEEDED),
    )
    about = (f"For {case.name}. Every figure is of your own school's children, taken together, or a published index.", _of(case, count=not few))
    return Paper(f"Your request for an uplift: {case.name}", about, sections, case.as_at)


def expect_no_other(paper: Paper, case: Case, settings: pd.DataFrame) -> None:
    """WrongUsage where the paper names another setting, provider or group than the school's own. `settings`: one row a setting."""
    columns = ("setting_name", "provider", "provider_group")
    own = {str(case.setting[c]).casefold() for c in columns if not pd.isna(case.setting.get(c))}
    every = own | {str(name).casefold() for c in columns for name in settings[c].dropna()}
    longest_first = "|".join(re.escape(name) for name in sorted(every, key=len, reverse=True) if name.strip())  # a name may hold another's
    said = "\n".join(texts(paper)).casefold()
    if any(found[0] not in own for found in re.finditer(rf"(?<!\w)(?:{longest_first})(?!\w)", said)):
        said_so = "The edition for the school would name another school or provider. Take the name out of the reason and the sources, and try again."
        raise WrongUsage(said_so, "names_another")


def _request(case: Case, *, pounds: bool = True) -> str:
    asked, added = of.asked(case), of.added(case, "Asked for, a year", case.asked)
    days = f"from {format_date(case.request.from_day)}, asked on {format_date(case.request.asked_on)}"
    return f"{case.name} asks for {asked.text} {days}{f': {added.text} a year on the fees of the children there now' if pounds else ''}."


def _reason(case: Case) -> tuple[str, ...]:
    return (f"Reason given: {case.request.reason.strip()}",) if case.request.reason.strip() else ()


def _range(case: Case) -> str:
    s, low, high = case.settlement, of.low(case), of.high(case)
    ends = f"The lower end is set by {s.low_rule}, the upper end by {s.high_rule}"
    return f"The rule supports {low.text} to {high.text}. {ends}; {finding.STANDING[s.position]}."


def _standing(case: Case) -> str:
    index = of.index(case)
    if index is None:
        return "There is no index of this setting, so its position is taken as not known."
    said = finding.STANDING[case.settlement.position]
    return f"Its cost is {index.text} times what is expected for its children ({index.interval_text}): {said}; {case.certainty}."


def _standing_for_school(case: Case, index: Figure) -> str:
    words = {
        sums.WITHIN: "within what chance explains",
        sums.UNKNOWN: "too little is recorded of what your children get to tell it from what is expected",
    }.get(case.settlement.position, "different from expected")
    sure = "Your reply is recorded beside it" if case.reply else "This is provisional until your reply is recorded"
    return (
        f"Compared with what we would expect for your children's needs and provision, your cost is {index.text} times that ({index.interval_text}): {words}. "
        f"{sure}, and it is not a judgement of your school."
    )


def _enough(table: Table, count: str) -> Table:
    """Without the rows of fewer than five children."""
    kept = table.frame[table.frame[count] >= FEWEST].reset_index(drop=True)
    return replace(table, frame=kept, subtitle=f"{table.subtitle}; rows of fewer than {FEWEST} children are left out")


def _known(*figures: Figure | None) -> tuple[Figure, ...]:
    return tuple(figure for figure in figures if figure is not None)


def _of(case: Case, *, count: bool = True) -> str:
    placements = f"; {of.children(case).text} placements with a fee" if count else ""
    return f"Snapshot {format_date(case.as_at)}{placements}; data version {case.version}."


def _paragraphs(markdown: str) -> tuple[str, ...]:
    """Markdown of a method as plain paragraphs."""
    return tuple(" ".join(part.replace("**", "").split()) for part in markdown.strip().split("\n\n"))
