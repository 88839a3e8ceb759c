"""Who must mend what: the team that holds the record, and what it has to do. Declared beside each code, never worked out."""

from __future__ import annotations

from enum import StrEnum


class Team(StrEnum):
    """Who can put a record right, in the words a council uses."""

    CASEWORK = "SEN casework team"
    FINANCE = "Finance"
    COMMISSIONING = "Commissioning"
    SCHOOL = "Placing school"
    DATA = "Data officer"


OF_SOURCE: dict[str, Team] = {  # who keeps the records of a source
    "settings": Team.DATA,
    "register": Team.DATA,
    "inspections": Team.DATA,
    "plans": Team.CASEWORK,
    "placements": Team.CASEWORK,
    "sen2": Team.CASEWORK,
    "consultations": Team.CASEWORK,
    "cases": Team.CASEWORK,
    "fees": Team.COMMISSIONING,
    "vehicles": Team.COMMISSIONING,
    "members": Team.COMMISSIONING,
    "contracts": Team.COMMISSIONING,
    "payments": Team.FINANCE,
    "outcomes": Team.SCHOOL,
    "returns": Team.SCHOOL,
}
_OF_THE_FILE = (
    "ragged",
    "nul_character",
    "bidi_control",
    "cell_too_long",
    "sheet_error",
    "formula_without_value",
    "id_scientific",
    "unknown_code",
    "not_finite",
)
OF_CODE: dict[str, Team] = dict.fromkeys(_OF_THE_FILE, Team.DATA)  # faults of the file and not of the record: whoever exports it
_OTHERWISE = "Correct the cell that the fault names, and load the record again."
QUARANTINE: dict[str, str] = {  # code of a record set aside → what to do
    "age_out_of_range": "Correct the date or the month of birth: the plan would run beyond the age of 25.",
    "bad_date": "Write the date as 31/03/2026 or 2026-03-31.",
    "bad_number": "Write the amount in figures alone.",
    "bidi_control": "Type the cell again by hand; it holds a hidden character.",
    "birth_month_conflict": "Find the right month of birth, and give it on every row of the child.",
    "cell_too_long": "Shorten the cell.",
    "end_before_start": "Correct the first or the last day.",
    "fee_too_large": "Correct the amount or its unit: over a million pounds a year is a slip.",
    "id_scientific": "Export the reference column as text, so that it is not turned into a number.",
    "implausible": "Correct the value named.",
    "key_conflict": "Say which of the two values is right: withdraw the earlier file, or leave this row out.",
    "missing_key": "Give the record its reference.",
    "missing_value": "Fill the empty cell.",
    "negative_fee": "Give the fee as agreed; a credit belongs in payments.",
    "formula_without_value": "Open the workbook, let it calculate, and save it again.",
    "not_finite": "Put in a real amount.",
    "nul_character": "Export the file again from its system.",
    "overlap": "End one of the two placements, or give the second rank 2.",
    "ragged": "Export the file again with text in quotes.",
    "setting_closed": "Correct the entry date or the setting's URN: the setting had closed.",
    "sheet_error": "Mend the formula in the workbook and export again.",
    "start_before_birth": "Correct the date or the month of birth.",
    "too_far_ahead": "Correct the year: it lies over two years ahead.",
    "unknown_code": "Use one of the codes of the data dictionary, or map the system's own code.",
    "unknown_parent": "Load the file that holds the record named; this one is then accepted by itself.",
    "zero_fee": "Leave the line out, or give its amount.",
}
WARNINGS: dict[str, str] = {  # code of a warning at loading → what to do
    "birth_month_changed": "Make sure that the reference was not given to another child, and keep the right month of birth.",
    "closed_after_entry": "End the placement, or give it the URN of the setting that took over.",
    "credit_unnamed": "Name the payment that each credit corrects.",
    "fee_unusual": "Look at the agreement: amount, unit and component.",
    "implausible": "Look at the value named in the load's list.",
    "need_not_recorded": "Record the primary need in the plan.",
    "other_council": "See whether the child belongs to another council, which then pays.",
    "rank_2_overlap": "See whether the child attends both settings; if not, end one.",
    "supplier_redacted": "Ask the ledger for the supplier's name; the published file hides it.",
}
ASKED_AGAIN = frozenset({"closed_after_entry", "credit_unnamed", "fee_unusual", "need_not_recorded", "rank_2_overlap"})  # a check asks it of today's data


def team(source: str, code: str = "") -> Team:
    """Who mends a record of `source`; a fault of the export goes to whoever exports it."""
    return OF_CODE.get(code) or OF_SOURCE.get(source, Team.DATA)


def mend_quarantined(code: str) -> str:
    """What to do about a record set aside."""
    return QUARANTINE.get(code, _OTHERWISE)


def mend_warned(code: str) -> str:
    """What to do about a record accepted with a warning."""
    return WARNINGS.get(code, "Look at the records that the load listed.")
