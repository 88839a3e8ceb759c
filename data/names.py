"""Organisation names as ledgers and registers write them, made comparable: words, kinds of words, truncated ends."""

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
LEGAL = _words("THE LTD LIMITED PLC LLP CIC CIO INC UK CO COMPANY")
# Words for the kind of place; two names that differ only in these are the same place, or one beside the other.
KIND = _words("SCHOOL SPECIAL SPECIALIST INDEPENDENT SEN")
# Words of an organisation that runs places: a supplier with one of these is no single school unless a school is called exactly that.
BODY = _words(
    "GROUP TRUST HOLDINGS FOUNDATION SOCIETY ASSOCIATION COUNCIL AUTHORITY BOROUGH COUNTY SERVICES SERVICE CARE CHILDCARE HEALTHCARE SCHOOLS ACADEMIES "
    "COLLEGES CHARITY PARTNERSHIP NETWORK ORGANISATION EDUCATION EDUCATIONAL SUPPORT RESIDENTIAL HOMES TUITION SOLUTIONS"
)
# Words that many places share, so that agreeing in them alone proves little.
COMMON = _words(
    "ACADEMY AND AT BOYS BRIDGE CATHOLIC CE CENTRE CHURCH COFE COLLEGE COMMUNITY COURT EAST FARM FIRST FOR GIRLS GRANGE GREEN HALL HIGH HILL HOUSE IN "
    "INFANT JUNIOR LANE LEARNING LODGE MANOR MIDDLE NEW NORTH NURSERY OF OLD PARK PLACE PREPARATORY PRIMARY RC ROAD ROYAL SAINT SECONDARY SIXTH SOUTH ST "
    "UNIT VIEW WEST WOOD"
)
CUT_AT_LEAST = 28  # ledgers cut names at 30 to 40 characters
_NOT_WORD = re.compile(r"[^A-Z0-9]+")
_APOSTROPHES = re.compile(r"['’‘`´.]")


@dataclass(frozen=True)
class Name:
    """One name, read once. `words` are without legal words; `core` also without words for the kind of place."""

    text: str

    @cached_property
    def words(self) -> tuple[str, ...]:
        plain = unicodedata.normalize("NFKD", self.text).encode("ascii", "ignore").decode().upper()
        spaced = _NOT_WORD.sub(" ", _APOSTROPHES.sub("", plain.replace("&", " AND ")))
        words = tuple("ST" if w == "SAINT" else w for w in spaced.split() if w not in LEGAL)
        return words or tuple(spaced.split())

    @cached_property
    def core(self) -> tuple[str, ...]:
        return tuple(w for w in self.words if w not in KIND) or self.words

    @property
    def telling(self) -> int:
        """How many words of it are particular to this organisation."""
        return sum(1 for w in self.core if w not in COMMON and w not in BODY and len(w) > 2)

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


@cache
def _postcode_areas() -> dict[str, tuple[float, float]]:
    with (REFERENCE / "postcode_areas.csv").open(encoding="utf-8", newline="") as f:
        return {row["postcode_area"]: (float(row["easting_km"]), float(row["northing_km"])) for row in csv.DictReader(f)}


def place_of(postcode: str | None) -> tuple[float, float] | None:
    """Rough grid reference in km of a postcode, from its first letters; None where it cannot be told."""
    letters = re.match(r"\s*([A-Za-z]{1,2})\d", postcode or "")
    return _postcode_areas().get(letters[1].upper()) if letters else None
