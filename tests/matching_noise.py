"""Ledgers made from a register by spoiling its names on purpose, with the right answer known: what thresholds are chosen on and judged by.

A ledger has a home; half its payees are single schools of the register, most of them near it, written as ledgers write. The rest are payees that the
register does not hold: bodies that run a school and bear its name, councils, firms, and schools held out of the register.
"""

from __future__ import annotations

import math
import random
from dataclasses import dataclass

import pandas as pd

from data.matching.names import BODY, is_telling, place_of

SHORT = {"SCHOOL": "SCH", "SAINT": "ST", "SPECIAL": "SPEC", "HOUSE": "HSE", "CENTRE": "CTR", "COLLEGE": "CLG", "PRIMARY": "PRIM", "ACADEMY": "ACAD"}
BODIES = (
    "GROUP", "TRUST", "CARE LTD", "FOUNDATION", "EDUCATION LTD", "CHILDCARE LTD", "SERVICES LTD",
    "ACADEMY TRUST", "HOLDINGS LTD", "SCHOOLS LTD", "SOCIETY", "CARE AND EDUCATION LTD"
)  # fmt: skip
FIRMS = (
    "{} TRANSPORT LTD", "{} AND SONS", "{} THERAPY LTD", "{} TAXIS", "{} LTD", "{} CONSULTING",
    "{} TUTORS", "{} NURSERY", "{} PSYCHOLOGY LTD", "{} FAMILY CENTRE", "{} ASSOCIATES", "{} TUITION"
)  # fmt: skip
SURNAMES = ("HARGREAVES", "ORION", "BLUEBIRD", "PEARSON", "KESTREL", "NORTHERN", "SUNRISE", "DALE")
COUNCILS = ("{} CITY COUNCIL", "{} COUNCIL", "{} BOROUGH COUNCIL", "{} COUNTY COUNCIL", "{} METROPOLITAN BOROUGH COUNCIL")


@dataclass(frozen=True)
class School:
    """A school as its register has it."""

    urn: str
    name: str
    town: str
    place: tuple[float, float] | None


def spoiled(name: str, town: str, draw: random.Random) -> str:
    """A school's name as a ledger might write it."""
    words = name.upper().replace("'", "" if draw.random() < 0.5 else "'").split()
    if len(words) > 2 and draw.random() < 0.08:  # a word left out, seldom the first
        del words[draw.randrange(1, len(words))]
    if draw.random() < 0.15:
        words = [SHORT.get(word, word) for word in words]
    if draw.random() < 0.05:
        words = [_misspelt(word, draw) if len(word) > 5 and is_telling(word) else word for word in words]
    text = " ".join(words)
    if words[0] == "THE" and draw.random() < 0.5:
        text = " ".join(words[1:])
    if draw.random() < 0.12:
        text += draw.choice((" LTD", " LIMITED"))
    if draw.random() < 0.06 and town:
        text += draw.choice((" ", ", ", " - ")) + town.upper()
    if draw.random() < 0.02:
        text = f"{draw.choice(('ABC', 'JKL', 'MERIDIAN'))} LTD T/A {text}"
    if draw.random() < 0.5:
        text = text[: draw.choice((30, 35, 40))].strip()
    return text


def _misspelt(word: str, draw: random.Random) -> str:
    at = draw.randrange(1, len(word) - 2)
    return draw.choice((word[:at] + word[at + 1] + word[at] + word[at + 2 :], word[:at] + word[at + 1 :], word[:at] + word[at] + word[at:]))


def ledger(schools: pd.DataFrame, special: set[str], held_out: set[str], seed: int, size: int = 50) -> pd.DataFrame:
    """One made-up ledger. `schools`: urn, name, town, postcode, opened, closed. Answers what `propose` takes, and truth (a URN, or none)."""
    draw = random.Random(seed)
    start = pd.Timestamp(2013 + draw.randrange(6), draw.randrange(1, 13), 1)
    last = start + pd.Timedelta(days=draw.randrange(200, 1500))
    begun, running = schools["opened"].isna() | (schools["opened"] < start), schools["closed"].isna() | (schools["closed"] > last)
    here = schools[begun & running & (schools["postcode"] != "")]
    there = [School(*row, place_of(code)) for *row, code in here[["urn", "name", "town", "postcode"]].itertuples(index=False)]
    there = [school for school in there if school.place is not None]
    home = draw.choice(there).place
    pick = [_weight(school, home, special) for school in there]
    drawn = list(dict.fromkeys(draw.choices(there, pick, k=size)))
    rows = [_payee(school, i, draw, held_out) for i, school in enumerate(drawn)]
    frame = pd.DataFrame(rows, columns=["supplier_name", "truth"]).drop_duplicates("supplier_name")
    return frame.assign(payments=1, gbp=1000.0, first_paid=start, last_paid=last)


def _weight(school: School, home: tuple[float, float] | None, special: set[str]) -> float:
    away = math.dist(school.place, home) if school.place and home else 500.0
    return (math.exp(-away / 40) + 0.004) * (40.0 if school.urn in special else 1.0)


def _payee(school: School, number: int, draw: random.Random, held_out: set[str]) -> tuple[str, str]:
    if number % 2 == 0:
        return spoiled(school.name, school.town, draw), "none" if school.urn in held_out else school.urn
    kind = draw.random()
    telling = [word for word in school.name.upper().replace("'", "").split() if is_telling(word) and word not in BODY]
    if kind < 0.45 and telling:
        return f"{' '.join(telling[: draw.choice((1, 2))])} {draw.choice(BODIES)}", "none"
    if kind < 0.7:
        return draw.choice(COUNCILS).format(school.town.upper() or "NORTHSHIRE"), "none"
    word = draw.choice(telling) if telling and draw.random() < 0.5 else draw.choice(SURNAMES)
    return draw.choice(FIRMS).format(word), "none"
