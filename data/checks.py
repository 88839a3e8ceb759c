"""The data-quality rules that need a whole row or other rows, one small declaration each. Cells are read in `cells`, whole files in `readers`.

A rule is a condition in SQL over `staged` (alias s: the typed rows of this batch) and what it joins; it finds the rows at fault. `quarantine`
rules keep the record out with a sentence, `warning` rules accept it and list it. Codes are stable.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from string import Formatter
from typing import TYPE_CHECKING, Literal

from data.sources import SOURCES, Source

if TYPE_CHECKING:
    from data.store import Cursor


@dataclass(frozen=True)
class Rule:
    """`where` finds rows of `source` at fault in `column`; `message` names columns of s or of `joins` in braces."""

    code: str
    source: str
    column: str
    where: str
    message: str
    joins: str = ""
    level: Literal["quarantine", "warning"] = "quarantine"

    def sql(self) -> str:
        names = dict.fromkeys(name for _, name, _, _ in Formatter().parse(self.message) if name)
        return f"SELECT s.record, {', '.join(names) or 'NULL'} FROM staged AS s {self.joins} WHERE {self.where}"

    def find(self, cursor: Cursor, today: date) -> Iterator[tuple[int, str, dict[str, str]]]:
        """Record and sentence of each row at fault, and the values that the sentence names."""
        sql = self.sql()
        found = cursor.execute(sql, {"today": today} if "$today" in sql else None).fetchall()
        names = [column[0] for column in cursor.description or []][1:]
        for record, *values in found:
            named = {name: _shown(value) for name, value in zip(names, values, strict=True)}
            yield int(record), self.message.format_map(named), named


def _shown(value: object) -> str:
    return f"{value:%d/%m/%Y}" if isinstance(value, date) else str(value)


PLAN = "JOIN (SELECT child_id AS plan_child, birth_month AS born, home_district FROM raw_plans WHERE is_current) AS p ON p.plan_child = s.child_id"
SETTING = "JOIN (SELECT urn AS setting_urn, setting_name, closed FROM raw_settings WHERE is_current) AS t ON t.setting_urn = s.urn"
RESIDENCE = "LEFT JOIN (SELECT placement_id AS placed, residence FROM raw_placements WHERE is_current) AS p ON p.placed = s.placement_id"
UNITS = (
    "JOIN (SELECT unit AS priced_unit, residence AS priced_residence, units_per_year::DOUBLE AS units_per_year FROM ref_units_per_year) AS u "
    "ON u.priced_unit = s.unit AND u.priced_residence = coalesce(p.residence, 'day')"
)
OLDEST = 25  # years: the last age an EHC plan can cover
MOST_FEE_GBP = 1_000_000  # a year
TIMES_MEDIAN = 10
ENOUGH_FOR_MEDIAN = 30


def _age(day: str, born: str) -> str:
    """Whole years from a month of birth to a day, at the youngest: the birthday may be the month's last day."""
    return f"floor((year({day}) * 12 + month({day}) - left({born}, 4)::INT * 12 - right({born}, 2)::INT - 1) / 12)"


def _ends_before(source: str, first: str, last: str) -> Rule:
    message = f"{last} ({{{last}}}) is before {first} ({{{first}}}); correct one of them."
    return Rule("end_before_start", source, last, f"s.{last} < s.{first}", message)


def _order(source: str, first: str, last: str) -> Rule:
    return Rule("implausible", source, last, f"s.{last} < s.{first}", f"{last} is before {first}; check both dates.", level="warning")


def _born(source: str, day: str, born: str, joins: str = "") -> tuple[Rule, Rule]:
    early = f"{day} ({{{day}}}) is before the month of birth ({{{born}}}); correct one of them."
    before = Rule("start_before_birth", source, day, f"strftime(s.{day}, '%Y-%m') < {born}", early, joins)
    message = f"The child, born {{{born}}}, would be over {OLDEST} on {day} ({{{day}}}); correct the date or the month of birth."
    return before, Rule("age_out_of_range", source, day, f"{_age('s.' + day, born)} > {OLDEST}", message, joins)


def _ahead(source: str, column: str, value: str) -> Rule:
    message = f"{column} ({{{column}}}) is more than two years ahead of today; correct it."
    return Rule("too_far_ahead", source, column, f"{value} > $today + INTERVAL 2 YEAR", message)


def _parents() -> Iterator[Rule]:
    for source in SOURCES.values():
        for column, parent, key in source.parents:
            joins = f"LEFT JOIN (SELECT {key} AS parent_key FROM raw_{parent} WHERE is_current) AS parent ON parent.parent_key = s.{column}"
            message = f"There is no {column} '{{{column}}}' in {parent}; load the {parent} that hold it, and this record is accepted with them."
            yield Rule("unknown_parent", source.name, column, f"s.{column} IS NOT NULL AND parent.parent_key IS NULL", message, joins)


RULES: tuple[Rule, ...] = (
    *(
        _ends_before(*pair)
        for pair in (
            ("settings", "opened", "closed"),
            ("plans", "plan_start", "plan_ceased"),
            ("placements", "entry_date", "leaving_date"),
            ("sen2", "entry_date", "leaving_date"),
            ("fees", "valid_from", "valid_to"),
            ("vehicles", "starts", "ends"),
            ("vehicles", "starts", "extended_to"),
            ("contracts", "starts", "ends"),
            ("outcomes", "period_start", "period_end"),
        )
    ),
    *_born("plans", "plan_start", "birth_month"),
    *_born("placements", "entry_date", "born", PLAN),
    *_born("sen2", "entry_date", "birth_month"),
    _ahead("plans", "birth_month", "(s.birth_month || '-01')::DATE"),
    _ahead("placements", "entry_date", "s.entry_date"),
    _ahead("sen2", "entry_date", "s.entry_date"),
    _ahead("payments", "paid_on", "s.paid_on"),
    Rule(
        "birth_month_conflict",
        "plans",
        "birth_month",
        "s.birth_month <> f.first_month",
        "The file gives {child_id} the month of birth {birth_month}, and {first_month} further up; correct one of them.",
        "JOIN (SELECT child_id AS first_child, arg_min(birth_month, record) AS first_month FROM staged GROUP BY ALL) AS f ON f.first_child = s.child_id",
    ),
    Rule(
        "setting_closed",
        "placements",
        "entry_date",
        "t.closed < s.entry_date",
        "{setting_name} closed on {closed}, before the entry on {entry_date}; correct the entry date, or the setting.",
        SETTING,
    ),
    Rule("negative_fee", "fees", "amount_gbp", "s.amount_gbp < 0", "The fee {amount_gbp} is negative; correct it, or load the credit with the payments."),
    Rule("zero_fee", "fees", "amount_gbp", "s.amount_gbp = 0", "The fee is zero; give its amount, or leave the line out."),
    Rule(
        "fee_too_large",
        "fees",
        "amount_gbp",
        f"s.amount_gbp::DOUBLE * u.units_per_year > {MOST_FEE_GBP}",
        f"{{amount_gbp}} a {{unit}} is over £{MOST_FEE_GBP:,} a year; correct the amount or its unit.",
        f"{RESIDENCE} {UNITS}",
    ),
    *_parents(),
)

WARNINGS: tuple[Rule, ...] = (
    Rule(
        "fee_unusual",
        "fees",
        "amount_gbp",
        f"s.amount_gbp > {TIMES_MEDIAN} * m.median_gbp AND m.fees >= {ENOUGH_FOR_MEDIAN}",
        f"The fee is over {TIMES_MEDIAN} times the median of its component, unit and residence; check the amount and the unit.",
        f"{RESIDENCE} JOIN (SELECT f.component AS of_component, f.unit AS of_unit, coalesce(q.residence, 'day') AS of_residence, "
        "median(f.amount_gbp) AS median_gbp, count(*) AS fees FROM raw_fees AS f LEFT JOIN "
        "(SELECT placement_id, residence FROM raw_placements WHERE is_current) AS q USING (placement_id) WHERE f.is_current GROUP BY ALL) AS m "
        "ON m.of_component = s.component AND m.of_unit = s.unit AND m.of_residence = coalesce(p.residence, 'day')",
        "warning",
    ),
    Rule(
        "closed_after_entry",
        "placements",
        "urn",
        "t.closed >= s.entry_date AND (s.leaving_date IS NULL OR s.leaving_date > t.closed)",
        "The setting closed while the placement was open; end the placement, or name the setting that took over.",
        SETTING,
        "warning",
    ),
    Rule(
        "rank_2_overlap",
        "placements",
        "entry_date",
        "s.rank = '2' AND EXISTS (FROM raw_placements AS o WHERE o.is_current AND o.child_id = s.child_id AND o.rank = '1' "
        "AND o.entry_date <= coalesce(s.leaving_date, o.entry_date) AND coalesce(o.leaving_date, s.entry_date) >= s.entry_date)",
        "A second placement runs beside the first; check that the child attends both settings.",
        level="warning",
    ),
    Rule(
        "other_council",
        "placements",
        "child_id",
        "p.home_district IS NOT NULL AND p.home_district NOT IN (SELECT district FROM ref_areas)",
        "The child lives outside the council's districts; check which council pays.",
        PLAN,
        "warning",
    ),
    Rule(
        "credit_unnamed",
        "payments",
        "net_gbp",
        "s.net_gbp < 0 AND s.credits_transaction_id IS NULL",
        "A credit names no payment; name the one it corrects in credits_transaction_id.",
        level="warning",
    ),
    Rule(
        "birth_month_changed",
        "plans",
        "birth_month",
        "EXISTS (FROM raw_plans AS o WHERE o.child_id = s.child_id AND o.birth_month <> s.birth_month)",
        "An earlier version gives the child another month of birth; make sure that the reference was not given to another child.",
        level="warning",
    ),
    Rule(
        "supplier_redacted",
        "payments",
        "supplier_name",
        "upper(s.supplier_name) LIKE '%REDACT%'",
        "The supplier's name was redacted before publication, so no setting can be found for it; ask for the name.",
        level="warning",
    ),
    Rule(
        "implausible",
        "outcomes",
        "denominator",
        "s.denominator <= 0 OR s.numerator < 0",
        "The denominator is not above zero, or the numerator is negative; check both.",
        level="warning",
    ),
    Rule("implausible", "fees", "vat_gbp", "s.vat_gbp < 0 OR s.vat_gbp > s.amount_gbp", "VAT is negative or above the fee; check both.", level="warning"),
    _order("members", "applied_on", "decided_on"),
    _order("consultations", "sent_on", "replied_on"),
    _order("cases", "opened_on", "target_start"),
)


def rules_of(source: Source, rules: tuple[Rule, ...]) -> list[Rule]:
    """The rules that look at a source's rows."""
    return [rule for rule in rules if rule.source == source.name]


OVERLAP_DAYS = 7
OVERLAP_SQL = """
WITH last_version AS (
    SELECT record, placement_id, child_id, urn, entry_date, coalesce(leaving_date, DATE '9999-12-31') AS leaving_date
    FROM staged WHERE rank = '1' QUALIFY row_number() OVER (PARTITION BY placement_id ORDER BY record DESC) = 1
), others AS (
    SELECT NULL AS record, placement_id, child_id, entry_date, coalesce(leaving_date, DATE '9999-12-31') AS leaving_date FROM raw_placements
    WHERE is_current AND rank = '1' AND placement_id NOT IN (SELECT placement_id FROM staged)
    UNION ALL BY NAME SELECT * EXCLUDE (urn) FROM last_version
)
SELECT a.record, a.entry_date, o.record, o.placement_id, o.entry_date
FROM last_version AS a JOIN others AS o ON a.child_id = o.child_id AND a.placement_id <> o.placement_id
WHERE least(a.leaving_date, o.leaving_date) - greatest(a.entry_date, o.entry_date) + 1 > $days
ORDER BY a.entry_date, a.record
"""


def overlapping(cursor: Cursor) -> Iterator[tuple[int, str]]:
    """Of two first-rank placements of a child that overlap by over a week, the later-starting one; an accepted one stays."""
    refused: set[int] = set()
    rows = cursor.execute(OVERLAP_SQL, {"days": OVERLAP_DAYS}).fetchall()
    for record, entry, other, other_id, other_entry in rows:
        earlier = other is None or (other_entry, other) < (entry, record)
        if record not in refused and earlier and other not in refused:
            refused.add(record)
            yield (
                record,
                f"The child's placement {other_id}, from {other_entry:%d/%m/%Y}, overlaps this one by over {OVERLAP_DAYS} days; end one or give this rank 2.",
            )
