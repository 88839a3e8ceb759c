"""The questions of data quality, each declared once: its code, how grave it is, who mends it and how, and the sentence that says what was found."""

from __future__ import annotations

from dataclasses import dataclass

from analytics.reconcile.owners import Team

INFO, WARNING, ERROR = "info", "warning", "error"


@dataclass(frozen=True)
class Question:
    """One question. `level` where it concerns anything; `words` with {n} and {gbp}; `mend`: what the team has to do."""

    level: str
    team: Team
    words: str
    mend: str


CASEWORK, FINANCE, COMMISSIONING, DATA = Team.CASEWORK, Team.FINANCE, Team.COMMISSIONING, Team.DATA

# Answered by read_quality.sql: pounds as they stand in the record.
QUALITY: dict[str, Question] = {
    "plans_need_not_recorded": Question(WARNING, CASEWORK, "{n} plans have no primary need recorded.", "Record the primary need in the plan."),
    "plans_band_not_recorded": Question(
        WARNING,
        CASEWORK,
        "{n} children with an open placement have no support band; the benchmark's intervals widen for them.",
        "Record the support band with the plan.",
    ),
    "plans_district_not_recorded": Question(
        WARNING, CASEWORK, "{n} children with an open placement have no home district; they count in no area.", "Record the home district."
    ),
    "plans_ceased_placement_open": Question(
        WARNING, CASEWORK, "{n} open placements belong to a plan that has ceased.", "Give the placement its leaving date, or correct the day the plan ceased."
    ),
    "fees_outlying": Question(
        WARNING,
        COMMISSIONING,
        "{n} fee lines are over ten times the usual fee of their component, unit and residence; together {gbp} in their own units.",
        "Look at the agreement: amount, unit and component.",
    ),
    "fees_outside_placement": Question(
        ERROR,
        COMMISSIONING,
        "{n} fee lines lie wholly outside the days of their placement and count nowhere.",
        "Correct the days of the fee line or of the placement.",
    ),
    "fees_beyond_leaving": Question(
        WARNING,
        COMMISSIONING,
        "{n} fee lines run on after the child left; only days at the setting are counted.",
        "End the agreement on the leaving date, and see whether anything was paid beyond it.",
    ),
    "fees_overlapping": Question(
        WARNING,
        COMMISSIONING,
        "{n} fee lines overlap the next line of the same placement, component and funder, and both are counted.",
        "End the earlier line the day before the later one begins.",
    ),
    "placements_open_without_fee": Question(
        ERROR,
        COMMISSIONING,
        "{n} open independent placements have no fee for the day; their cost is missing.",
        "Load the agreement, or end the placement if the child has left.",
    ),
    "placements_rank2_overlap": Question(
        WARNING,
        CASEWORK,
        "{n} second placements run beside a first placement of the same child.",
        "See whether the child attends both settings; if not, end one.",
    ),
    "placements_setting_closed": Question(
        WARNING,
        CASEWORK,
        "{n} placements run on after their setting closed.",
        "End the placement, or give it the URN of the setting that took over.",
    ),
    "payments_unmatched": Question(
        WARNING,
        FINANCE,
        "{n} payments, {gbp}, are matched to no setting; confirm their suppliers on Intake.",
        "Say on Intake which setting each supplier is, or that it is none.",
    ),
    "payments_no_setting": Question(INFO, FINANCE, "{n} payments, {gbp}, are to suppliers that a person has said are no setting.", "Nothing to do."),
    "payments_matched_automatically": Question(
        INFO, FINANCE, "{n} payments, {gbp}, are matched to a setting by the supplier's name without a person.", "Nothing to do."
    ),
    "payments_twice": Question(
        WARNING,
        FINANCE,
        "{n} payments, {gbp}, repeat another of the same supplier, day, amount, placement and narrative.",
        "See whether the invoice was paid twice, and recover it.",
    ),
    "credits_without_invoice": Question(
        INFO, FINANCE, "{n} credits, {gbp}, do not name the payment that they correct.", "Name the payment that each credit corrects."
    ),
}
# Answered by read_agreement_findings.sql on the as-at day: pounds a year, full-year equivalent.
AGREEMENTS: dict[str, Question] = {
    "agreements_after_leaving": Question(
        WARNING,
        COMMISSIONING,
        "{n} fee lines, {gbp} a year, are still agreed for a placement that has ended; they are not counted.",
        "End the agreement on the leaving date, and see whether it is still paid.",
    ),
    "agreements_before_entry": Question(
        INFO, COMMISSIONING, "{n} fee lines, {gbp} a year, are agreed for a placement that has not yet begun; they are not counted.", "Nothing to do."
    ),
    "agreements_without_placement": Question(
        ERROR, CASEWORK, "{n} fee lines, {gbp} a year, name a placement that is not loaded; they are not counted.", "Load the placement."
    ),
    "agreements_core_missing": Question(
        WARNING,
        COMMISSIONING,
        "{n} open independent placements have fees but no core fee; what they do have is {gbp} a year.",
        "Load the core fee of the agreement.",
    ),
    "agreements_residential_missing": Question(
        WARNING,
        COMMISSIONING,
        "{n} open residential placements have fees but no residential component; what they do have is {gbp} a year.",
        "Split the boarding fee from the core fee, or record the placement as day.",
    ),
    "agreements_overlapping_now": Question(
        WARNING,
        COMMISSIONING,
        "{n} fee lines, {gbp} a year, run beside a later line of the same placement, component and funder; both are counted.",
        "End the earlier line the day before the later one begins.",
    ),
    "agreements_gap": Question(
        WARNING,
        COMMISSIONING,
        "{n} fee lines end with days to go before the next line of the same placement, component and funder; about {gbp} in all is not counted.",
        "Carry the earlier line on to the day before the next, or say that nothing is due.",
    ),
    "contracts_not_loaded": Question(
        WARNING,
        COMMISSIONING,
        "{n} open placements, {gbp} a year, name a contract that is not loaded.",
        "Load the contract, or correct the reference on the placement.",
    ),
    "contracts_block_unnamed": Question(
        WARNING, COMMISSIONING, "{n} open block placements, {gbp} a year, name no contract.", "Give the placement its contract reference."
    ),
    "contracts_other_setting": Question(
        WARNING,
        COMMISSIONING,
        "{n} open placements, {gbp} a year, name a contract with another setting.",
        "Correct the contract reference or the setting of the placement.",
    ),
    "contracts_not_running": Question(
        WARNING,
        COMMISSIONING,
        "{n} open placements, {gbp} a year, are under a contract that has ended or not begun.",
        "Extend or renew the contract, or name the one that runs.",
    ),
    "contracts_over_places": Question(
        WARNING,
        COMMISSIONING,
        "{n} open placements, {gbp} a year, are beyond the most places of their contract.",
        "Agree more places, or record the placement as bought by itself.",
    ),
    "contracts_price_differs": Question(
        WARNING,
        COMMISSIONING,
        "{n} open block placements have a core fee that differs from the price of a place in their contract; fees less prices come to {gbp} a year.",
        "Find out which is right: the agreement for the child, or the contract.",
    ),
}
