"""Each file a council may upload, declared once: columns, types, units, synonyms, keys, meaning.

Templates, table definitions, type checks, the data dictionary and the loader derive from `SOURCES`; the order of `SOURCES`
is the order of loading, parents first.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from data import domain


class Kind(StrEnum):
    """How a cell's text is read, and its DuckDB type (`SQL_TYPES`)."""

    ID = "id"  # text as given, trimmed; scientific notation is refused
    TEXT = "text"
    DATE = "date"
    MONTH = "month"  # YYYY-MM, also mm/yyyy; kept as text YYYY-MM
    MONEY = "money"  # decimal pounds, two places
    NUMBER = "number"
    INTEGER = "integer"
    CODE = "code"  # one of `codes`, case-insensitive
    CODES = "codes"  # several of `codes`, separated by semicolons
    DATES = "dates"  # several dates, separated by semicolons; kept as text
    FLAG = "flag"  # Y or N


SQL_TYPES = {
    Kind.ID: "VARCHAR",
    Kind.TEXT: "VARCHAR",
    Kind.DATE: "DATE",
    Kind.MONTH: "VARCHAR",
    Kind.MONEY: "DECIMAL(18, 2)",
    Kind.NUMBER: "DOUBLE",
    Kind.INTEGER: "INTEGER",
    Kind.CODE: "VARCHAR",
    Kind.CODES: "VARCHAR",
    Kind.DATES: "VARCHAR",
    Kind.FLAG: "BOOLEAN",
}


@dataclass(frozen=True)
class Column:
    """One column of an upload. `low`/`high` bound numbers; `default` is the code that an empty cell means."""

    name: str
    kind: Kind
    meaning: str
    required: bool = False
    unit: str = ""
    codes: tuple[str, ...] = ()
    synonyms: tuple[str, ...] = ()
    low: float | None = None
    high: float | None = None
    default: str | None = None

    @property
    def sql_type(self) -> str:
        return SQL_TYPES[self.kind]


@dataclass(frozen=True)
class Source:
    """One kind of file. `parents` maps a column here to (source, column) that must exist; `control` is the £ column.

    `versioned`: the same key with other values is a new version; otherwise it is a conflict and quarantined.
    """

    name: str
    meaning: str
    key: tuple[str, ...]
    columns: tuple[Column, ...]
    parents: tuple[tuple[str, str, str], ...] = ()
    control: str | None = None
    versioned: bool = True

    def column(self, name: str) -> Column:
        return next(c for c in self.columns if c.name == name)

    @property
    def names(self) -> tuple[str, ...]:
        return tuple(c.name for c in self.columns)


def _id(name: str, meaning: str, *synonyms: str, required: bool = True) -> Column:
    return Column(name, Kind.ID, meaning, required, synonyms=synonyms)


def _text(name: str, meaning: str, *synonyms: str, required: bool = False) -> Column:
    return Column(name, Kind.TEXT, meaning, required, synonyms=synonyms)


def _date(name: str, meaning: str, *synonyms: str, required: bool = False) -> Column:
    return Column(name, Kind.DATE, meaning, required, synonyms=synonyms)


def _money(name: str, meaning: str, *synonyms: str, required: bool = False) -> Column:
    return Column(name, Kind.MONEY, meaning, required, "£", synonyms=synonyms)


def _number(name: str, meaning: str, unit: str = "", *, required: bool = False, low: float | None = None, high: float | None = None) -> Column:
    return Column(name, Kind.NUMBER, meaning, required, unit, low=low, high=high)


def _integer(name: str, meaning: str, unit: str = "", *, required: bool = False, low: float | None = None, high: float | None = None) -> Column:
    return Column(name, Kind.INTEGER, meaning, required, unit, low=low, high=high)


def _code(name: str, codes: tuple[str, ...], meaning: str, *synonyms: str, required: bool = False, default: str | None = None) -> Column:
    return Column(name, Kind.CODE, meaning, required, codes=codes, synonyms=synonyms, default=default)


_URN = _id("urn", "The setting's unique reference number (GIAS); X and a local number where it has none", "school_urn", "setting_urn")
_CHILD = _id("child_id", "The council's pseudonymous reference for the child", "person_id", "childid", "pupil_id")
_URN_PARENT = ("urn", "settings", "urn")
_CHILD_PARENT = ("child_id", "plans", "child_id")

SETTINGS = Source(
    "settings",
    "Schools and colleges where children are or may be placed",
    ("urn",),
    (
        _URN,
        _text("setting_name", "Name of the school or college", "establishment_name", "school_name", "schname", required=True),
        _code(
            "setting_type",
            tuple(domain.SettingType),
            "ISS independent special, NMSS non-maintained special, SPI specialist post-16, MSS maintained special, OTH other",
            required=True,
        ),
        _text("provider", "The organisation that is paid"),
        _text("provider_group", "The parent group or trust of the provider", "group", "trust"),
        _text("postcode", "Postcode"),
        _number("easting", "British National Grid easting", "metres", low=0, high=700_000),
        _number("northing", "British National Grid northing", "metres", low=0, high=1_300_000),
        _integer("capacity", "Registered places, for all councils' children", "places", low=0),
        _integer("places_offered", "Places the setting offers to this council", "places", low=0),
        _integer("age_low", "Youngest age admitted", "years", low=0, high=25),
        _integer("age_high", "Oldest age admitted", "years", low=0, high=99),
        Column("needs", Kind.CODES, "SEN types the setting provides for, separated by semicolons", codes=domain.SEN_TYPES),
        Column("residence", Kind.CODES, "Residence offered, separated by semicolons", codes=domain.RESIDENCES),
        Column("section41", Kind.FLAG, "Approved under section 41 of the Children and Families Act 2014 (Y or N)"),
        _date("section41_from", "First day of section 41 approval"),
        _date("opened", "Day the setting opened", "open_date", "opendate"),
        _date("closed", "Last day the setting was open", "close_date", "closedate"),
    ),
)
REGISTER = Source(
    "register",
    "Wider register of establishments, used for matching suppliers and looking up only; settings are what the council knows of its own",
    ("urn",),
    (
        _id("urn", "The establishment's unique reference number (GIAS)"),
        _text("register_name", "Name of the establishment as the register writes it", required=True),
        _text("town", "Town of its address"),
        _text("postcode", "Postcode"),
        _text("establishment_type", "Kind of establishment in the register's own words"),
        _date("opened", "Day it opened", "open_date", "opendate"),
        _date("closed", "Last day it was open", "close_date", "closedate"),
    ),
)
INSPECTIONS = Source(
    "inspections",
    "Inspection results in each framework's own words",
    ("urn", "framework", "area", "inspected_on"),
    (
        _URN,
        _code(
            "framework", ("EIF", "RC2025", "ISI", "ISS"), "EIF grades to August 2025, RC2025 report cards, ISI, ISS independent school standards", required=True
        ),
        _text("area", "What was judged", required=True),
        _text("grade", "The grade in the framework's own words", required=True),
        _date("inspected_on", "Last day of the inspection", required=True),
    ),
    (_URN_PARENT,),
    versioned=False,
)
PLANS = Source(
    "plans",
    "Children with an EHC plan: needs, where they live, when the plan ran",
    ("child_id",),
    (
        _CHILD,
        Column("birth_month", Kind.MONTH, "Month of birth, YYYY-MM", True, synonyms=("month_of_birth",)),
        _code(
            "primary_need",
            domain.NEEDS,
            "Primary SEN type; UNK or empty where not recorded",
            "need",
            "sen_type",
            required=True,
            default=domain.NEED_NOT_RECORDED,
        ),
        _code("secondary_need", domain.NEEDS, "Secondary SEN type", "need_2"),
        _integer("support_band", "The council's support band, 1 (least) to 6 (most)", low=1, high=6),
        _number("one_to_one_hours_week", "One-to-one support in the plan", "hours a week", low=0, high=168),
        _number("therapy_hours_year", "Therapy in the plan", "hours a year", low=0, high=8784),
        _text("home_district", "District where the child lives"),
        _number("home_easting", "Home grid reference, easting (rounded to 1 km)", "metres", low=0, high=700_000),
        _number("home_northing", "Home grid reference, northing (rounded to 1 km)", "metres", low=0, high=1_300_000),
        _date("plan_start", "Day the plan was first issued", required=True),
        _date("plan_ceased", "Last day of the plan; empty while it runs"),
        _code(
            "cease_reason",
            tuple("123456789"),
            "1 maximum age, 2 needs met, 3 higher education, 4 employed, 5 transfer, 6 no engagement, 7 left England, 8 deceased, 9 other",
        ),
    ),
)
PLACEMENTS = Source(
    "placements",
    "One child at one setting, from entry to leaving",
    ("placement_id",),
    (
        _id("placement_id", "The council's reference for the placement"),
        _CHILD,
        _URN,
        _date("entry_date", "First day at the setting", "start_date", required=True),
        _date("leaving_date", "Last day at the setting; empty while it runs", "end_date"),
        _code("leaving_reason", ("phase_end", "moved", "breakdown", "plan_ceased", "other"), "Why the placement ended"),
        _code("rank", ("1", "2"), "1 primary placement, 2 second placement of a dual placement", "placement_rank", default="1"),
        _code("residence", domain.RESIDENCES, "Day, weekly boarding, or boarding for 38, 44 or 52 weeks", required=True),
        _code("named_by", domain.NAMED_BY, "Who chose the setting: the council, the parent's preference, or a tribunal"),
        _code("purchase_type", domain.PURCHASE_TYPES, "How the place was bought"),
        _id("contract_id", "The contract it was bought under", required=False),
    ),
    (_CHILD_PARENT, _URN_PARENT),
)
FEES = Source(
    "fees",
    "What was agreed for a placement, by component and funder, from a date",
    ("placement_id", "component", "funder", "valid_from"),
    (
        _id("placement_id", "The placement the fee is for"),
        _code("component", domain.COMPONENTS, "What the fee pays for", "element", required=True),
        _money("amount_gbp", "Fee per unit, net of recoverable VAT", "amount", "rate", required=True),
        _money("vat_gbp", "VAT on the fee that the council recovers", "vat"),
        _code("unit", domain.UNITS, "The fee is per year, term, week or day", required=True),
        _code("funder", domain.FUNDERS, "Who pays", default="education"),
        _date("valid_from", "First day the fee applies", required=True),
        _date("valid_to", "Last day the fee applies; empty while it runs"),
    ),
    (("placement_id", "placements", "placement_id"),),
    control="amount_gbp",
    versioned=False,
)
PAYMENTS = Source(
    "payments",
    "The ledger: what was paid, when, to whom",
    ("transaction_id",),
    (
        _id("transaction_id", "The ledger's reference for the line", "transaction_number", "transaction_no"),
        _date("paid_on", "Day of payment", "payment_date", "paid_date", required=True),
        _text("supplier_name", "Supplier as the ledger writes it", "supplier", "beneficiary", required=True),
        _id("supplier_no", "The ledger's supplier number", "supplier_number", required=False),
        _money("net_gbp", "Amount net of recoverable VAT; credits are negative", "net_amount", "amount", required=True),
        _text("narrative", "Description", "description"),
        _text("cost_centre", "Cost centre", "cost_centre_name"),
        _id("urn", "Setting paid, where the ledger knows it", required=False),
        _id("placement_id", "Placement paid for, where the ledger knows it", required=False),
        _id("credits_transaction_id", "The payment that this credit corrects", required=False),
    ),
    (_URN_PARENT, ("placement_id", "placements", "placement_id")),
    control="net_gbp",
    versioned=False,
)
VEHICLES = Source(
    "vehicles",
    "Purchasing vehicles: dynamic purchasing systems, frameworks, markets, qualified lists",
    ("vehicle_id",),
    (
        _id("vehicle_id", "The council's reference for the vehicle"),
        _text("vehicle_name", "Name", required=True),
        _code("regime", ("pcr2015_dps", "pa2023_open_framework", "pa2023_dynamic_market", "qualified_list"), "The law it was set up under", required=True),
        _date("starts", "First day", required=True),
        _date("ends", "Last day without extensions", required=True),
        _date("extended_to", "Last day with the extensions taken up"),
        _text("extension_options", "Extensions still open, in words"),
        Column("reopens", Kind.DATES, "Days on which it opens to new providers, separated by semicolons; empty means open throughout"),
        _money("authorised_gbp", "Authorised value"),
        _text("authorised_vat_basis", "Whether the authorised value includes VAT"),
    ),
    control="authorised_gbp",
)
MEMBERS = Source(
    "members",
    "Applications to a vehicle's lots and how they were decided",
    ("vehicle_id", "lot", "urn", "applied_on"),
    (
        _id("vehicle_id", "The vehicle applied to"),
        _text("lot", "The vehicle's lot, as the tender names it", required=True),
        _URN,
        _date("applied_on", "Day of the application", required=True),
        _date("decided_on", "Day of the decision"),
        _code("status", ("applied", "admitted", "refused", "withdrawn", "suspended"), "How it stands", required=True),
        _number("quality_score", "Quality score in the award", "points of 100", low=0, high=100),
    ),
    (_URN_PARENT,),
)
CONTRACTS = Source(
    "contracts",
    "Contracts with settings: guaranteed places, prices, terms",
    ("contract_id",),
    (
        _id("contract_id", "The council's reference for the contract"),
        _URN,
        _code("kind", ("block", "flexi_block", "call_off", "spot"), "Kind of contract", required=True),
        _id("vehicle_id", "The vehicle it was let under", required=False),
        _text("lot", "The vehicle's lot or the kind of place"),
        _integer("guaranteed_places", "Places paid for whether filled or not", "places", low=0),
        _integer("max_places", "Most places at the contract price", "places", low=0),
        _money("price_gbp_per_place_year", "Price of a place for a year"),
        _number("void_share", "Share of the price paid for an empty place", "0 to 1", low=0, high=1),
        _integer("grace_weeks", "Weeks a place may stand empty before it is charged", "weeks", low=0, high=52),
        _number("min_occupancy", "Share of guaranteed places below which empty ones are charged", "0 to 1", low=0, high=1),
        _integer("notice_terms", "Notice", "terms", low=0),
        _date("break_on", "Day on which either side may end it"),
        _date("starts", "First day", required=True),
        _date("ends", "Last day", required=True),
        _text("off_vehicle_ground", "Recorded reason where it was let outside a vehicle"),
    ),
    (_URN_PARENT,),
    control="price_gbp_per_place_year",
)
OUTCOMES = Source(
    "outcomes",
    "How children are doing, as numerator and denominator",
    ("child_id", "urn", "measure", "period_start"),
    (
        _CHILD,
        _id("urn", "The setting attended in the period", required=False),
        _code(
            "measure",
            ("attendance", "suspensions", "review_on_time", "outcomes_met", "destination_sustained", "parent_satisfaction"),
            "What was measured",
            required=True,
        ),
        _date("period_start", "First day of the period", required=True),
        _date("period_end", "Last day of the period", required=True),
        _number("numerator", "Numerator, for example sessions attended", required=True),
        _number("denominator", "Denominator, for example possible sessions", required=True),
    ),
    (_CHILD_PARENT, _URN_PARENT),
    versioned=False,
)
CONSULTATIONS = Source(
    "consultations",
    "Settings asked to take a child, and their replies",
    ("child_id", "urn", "sent_on"),
    (
        _CHILD,
        _URN,
        _date("sent_on", "Day the consultation was sent", required=True),
        _date("replied_on", "Day of the reply"),
        _code("reply", ("offer", "refuse", "none"), "The setting's reply"),
        _text("refuse_reason", "Why it refused"),
        _code("parent_view", ("prefers", "accepts", "declines"), "What the parent said"),
        _code("outcome", ("placed", "not_placed"), "What came of it"),
    ),
    (_CHILD_PARENT, _URN_PARENT),
)
CASES = Source(
    "cases",
    "Open and past casework: new plans, phase transfers, moves, appeals",
    ("case_id",),
    (
        _id("case_id", "The council's reference for the case"),
        _CHILD,
        _code("kind", ("new", "phase_transfer", "move", "appeal"), "Kind of case", required=True),
        _date("opened_on", "Day it was opened", required=True),
        _date("due_on", "Statutory deadline"),
        _date("hearing_on", "Tribunal hearing"),
        _date("target_start", "Day a place is needed from"),
        _id("preferred_urn", "Setting the family prefers", required=False),
        _code("status", ("open", "placed", "closed"), "How it stands", required=True),
    ),
    (_CHILD_PARENT,),
)
SEN2 = Source(
    "sen2",
    "The SEN2 census as returned to the DfE, for reconciliation: one placement detail of a census year",
    ("census_year", "child_id", "rank", "entry_date"),
    (
        _integer("census_year", "Year of the January census", "calendar year", required=True, low=2022, high=2100),
        _text("la", "The council's three-digit DfE code", "lea", "la_code"),
        _CHILD,
        Column("birth_month", Kind.MONTH, "Month of birth, YYYY-MM"),
        _code("primary_need", domain.NEEDS, "Type of need ranked first; UNK where none was returned", default=domain.NEED_NOT_RECORDED),
        _code("secondary_need", domain.NEEDS, "Type of need ranked second"),
        _date("plan_start", "Day the plan started"),
        _id("urn", "The setting's URN as returned; empty where the return gives a setting code", required=False),
        _code("sen_setting", domain.SEN_SETTINGS, "The code returned where there is no URN", "sensetting"),
        _code("rank", ("1", "2"), "1 primary placement, 2 second placement of a dual placement", "placement_rank", default="1"),
        _date("entry_date", "First day at the setting"),
        _date("leaving_date", "Last day at the setting; empty while it runs"),
        _code("residence", domain.RESIDENCES, "Day, or boarding, from the residential code of that census", default="day"),
    ),
)
RETURNS = Source(
    "returns",
    "What a school says of itself: free places, the uplift it asks for and the costs behind it",
    ("urn", "return_date"),
    (
        _URN,
        _date("return_date", "Day the school filled in the form", required=True),
        _integer("vacancies", "Places free now that the school would offer to this council", "places", low=0),
        _integer("vacancies_september", "Places it expects to offer from next September", "places", low=0),
        _number("uplift_per_cent", "Uplift it asks for on its fees", "per cent", low=-50, high=100),
        _date("uplift_from", "First day of the uplift"),
        _text("uplift_reason", "Why it asks for it"),
        _number("pay_rise_per_cent", "Rise in pay over the year before", "per cent", low=-50, high=100),
        _number("pay_share_per_cent", "Share of its running cost that is pay", "per cent", low=0, high=100),
        _money("national_insurance_gbp", "Extra employer's National Insurance a year, where it is not in the rise in pay"),
        _money("rates_gbp", "Extra business rates a year"),
        _money("recovered_vat_gbp", "VAT that it now recovers on what it buys, a year"),
        _money("running_cost_gbp", "Running cost a year, from its latest accounts"),
        _text("evidence", "The documents that show it"),
    ),
    (_URN_PARENT,),
)

_KNOWN_OF_SETTINGS = (SETTINGS, REGISTER, INSPECTIONS, VEHICLES, MEMBERS, CONTRACTS)
_KNOWN_OF_CHILDREN = (PLANS, PLACEMENTS, FEES, PAYMENTS, OUTCOMES, CONSULTATIONS, CASES, SEN2)
SOURCES: dict[str, Source] = {source.name: source for source in (*_KNOWN_OF_SETTINGS, *_KNOWN_OF_CHILDREN, RETURNS)}
