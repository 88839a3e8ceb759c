"""Organisation names as ledgers and registers write them, made comparable: words, kinds of words, abbreviations, truncated ends."""

from __future__ import annotations

import csv
import re
import unicodedata
from dataclasses import dataclass
from functools import cache, cached_property

from data.domain import REFERENCE


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


# Words that say nothing about which organisation is meant.
LEGAL = _words("THE LTD LIMITED PLC LLP CIC CIO INC UK CO COMPANY LMS")
# Words for the kind of place; two names that differ only in these are the same place, or one beside the other.
KIND = _words("SCHOOL SPECIAL SPECIALIST INDEPENDENT SEN")
# Words of an organisation that runs places: a supplier with one of these is no single school unless a school is called exactly that.
BODY = _words(
    "GROUP TRUST HOLDINGS FOUNDATION SOCIETY ASSOCIATION COUNCIL AUTHORITY BOROUGH COUNTY SERVICES SERVICE CARE CHILDCARE HEALTHCARE SCHOOLS ACADEMIES "
    "COLLEGES CHARITY PARTNERSHIP NETWORK ORGANISATION EDUCATION EDUCATIONAL SUPPORT RESIDENTIAL HOMES TUITION SOLUTIONS FEDERATION CHARITABLE PARTNERS "
    "INITIATIVE CHILDRENS"
)
# Words for the age of the children, by the age they stand for: a primary school is not the high school of the same name.
PHASES = {
    **dict.fromkeys(("NURSERY",), 0),
    **dict.fromkeys(("PRIMARY", "INFANT", "FIRST", "JUNIOR", "PREPARATORY", "MIDDLE"), 1),
    **dict.fromkeys(("HIGH", "SECONDARY", "GRAMMAR", "COMPREHENSIVE"), 2),
    **dict.fromkeys(("COLLEGE", "SIXTH", "UNIVERSITY"), 3),
}
# Words that, added to a school's name, may name what lies beside it.
BESIDE = _words("CENTRE COLLEGE UNIT")
# Words for what a school does, is or belongs to, that ledgers often leave out.
STYLE = _words(
    "ACADEMY AND AT BUSINESS ARTS AIDED CATHOLIC CENTRE CHURCH COFE COMMUNITY COMPUTING CONTROLLED EDUCATION ENGLAND ENTERPRISE FOR FORM FREE HUMANITIES IN "
    "LANGUAGE LEARNING MATHEMATICS OF RESIDENTIAL SCIENCE SPORTS TECHNOLOGY UNIT VOLUNTARY WITH YSGOL ROMAN A VA VC CP"
)
# Words that many places share, so that agreeing in them alone proves little.
COMMON = (
    _words(
        "BOYS BRIDGE COURT EAST FARM GIRLS GRANGE GREEN HALL HILL HOUSE LANE LODGE MANOR NEW NORTH OLD PARK PLACE ROAD ROYAL SOUTH ST VIEW WEST WOOD DAY CITY"
    )
    | STYLE
    | frozenset(PHASES)
)
_SHORT = {
    "SAINT": "ST", "SCH": "SCHOOL", "SCHL": "SCHOOL", "SPEC": "SPECIAL", "HSE": "HOUSE", "CTR": "CENTRE", "CNTR": "CENTRE", "CENTER": "CENTRE",
    "CLG": "COLLEGE", "COLL": "COLLEGE", "ACAD": "ACADEMY", "PRIM": "PRIMARY", "JNR": "JUNIOR", "JUN": "JUNIOR", "INF": "INFANT", "INFANTS": "INFANT",
    "COMM": "COMMUNITY", "RC": "CATHOLIC", "CE": "COFE", "GRP": "GROUP", "TST": "TRUST", "ASSOC": "ASSOCIATION",
    "EDUC": "EDUCATION", "SERV": "SERVICES", "SVCS": "SERVICES", "SER": "SERVICES", "IND": "INDEPENDENT", "INDEP": "INDEPENDENT", "PREP": "PREPARATORY",
    "SEC": "SECONDARY", "MT": "MOUNT", "RD": "ROAD", "PK": "PARK", "GRN": "GREEN", "NTH": "NORTH", "STH": "SOUTH", "NURS": "NURSERY", "MBC": "COUNCIL",
}  # fmt: skip
CUT_AT_LEAST = 28  # ledgers cut names at 30 to 40 characters
_NOT_WORD = re.compile(r"[^A-Z0-9]+")
_APOSTROPHES = re.compile(r"['’‘`´.]")
_CHURCH_OF_ENGLAND = re.compile(r"\bC(?: OF | ?/ ?|OF)E\b|\bCHURCH OF ENGLAND\b")
_TRADING_AS = re.compile(r"\bT\s*[/\\]\s*A\b|\bTRADING AS\b", re.IGNORECASE)
POSTCODE = re.compile(r"\b([A-Z]{1,2}\d[A-Z\d]?)\s*(\d[A-Z]{2})\b")


@dataclass(frozen=True)
class Name:
    """One name, read once. `words` are without legal words; `core` also without words for the kind of place."""

    text: str

    @cached_property
    def words(self) -> tuple[str, ...]:
        plain = unicodedata.normalize("NFKD", self.text).encode("ascii", "ignore").decode().upper()
        plain = _CHURCH_OF_ENGLAND.sub(" COFE ", _APOSTROPHES.sub("", plain.replace("&", " AND ")))
        spaced = [_SHORT.get(word, word) for word in _NOT_WORD.sub(" ", plain).split()]
        return tuple(w for w in spaced if w not in LEGAL) or tuple(spaced)

    @cached_property
    def core(self) -> tuple[str, ...]:
        return tuple(w for w in self.words if w not in KIND) or self.words

    @cached_property
    def forms(self) -> tuple[Name, ...]:
        """The name, and where a firm trades as a school, each of the two."""
        parts = [part.strip() for part in _TRADING_AS.split(self.text)]
        return (self, *(Name(part) for part in parts if part)) if len(parts) > 1 else (self,)

    @cached_property
    def postcode(self) -> str:
        """A postcode written in the name, without its space; empty where there is none."""
        found = POSTCODE.search(self.text.upper())
        return found[1] + found[2] if found else ""

    @property
    def telling(self) -> int:
        """How many words of it are particular to this organisation."""
        return sum(1 for w in self.core if is_telling(w))

    @property
    def is_body(self) -> bool:
        """Whether it names an organisation that may run several places."""
        return any(w in BODY for w in self.words)

    @property
    def may_be_cut(self) -> bool:
        return len(self.text.strip()) >= CUT_AT_LEAST

    def is_start_of(self, other: Name) -> bool:
        """Whether this name, cut off by a ledger, could be the other."""
        mine, whole = " ".join(self.words), " ".join(other.words)
        return self.may_be_cut and len(mine) < len(whole) and whole.startswith(mine)


def is_telling(word: str) -> bool:
    """Whether a word is particular to an organisation, as far as the word alone can tell."""
    return word not in COMMON and word not in BODY and word not in KIND and len(word) > 2


@cache
def _postcode_areas() -> dict[str, tuple[float, float]]:
    with (REFERENCE / "postcode_areas.csv").open(encoding="utf-8", newline="") as f:
        return {row["postcode_area"]: (float(row["easting_km"]), float(row["northing_km"])) for row in csv.DictReader(f)}


def place_of(postcode: str | None) -> tuple[float, float] | None:
    """Rough grid reference in km of a postcode, from its first letters; None where it cannot be told."""
    letters = re.match(r"\s*([A-Za-z]{1,2})\d", postcode or "")
    return _postcode_areas().get(letters[1].upper()) if letters else None
