"""What a council confirms before it loads real data: an assessment, an encrypted disk, where the file lies, how long placements are kept.

Kept in the database, every confirmation with who gave it; the newest holds. Whether ids become pseudonyms is decided with the first and stays.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING, Any

from data import pseudonym
from data.errors import WrongUsage

if TYPE_CHECKING:
    from data.store import Store

KEEP_YEARS = 6  # an assumption, to be set by the council's own retention schedule
LEAST_YEARS, MOST_YEARS = 1, 25
LONGEST_REFERENCE = 200


@dataclass(frozen=True)
class Assurance:
    """A confirmation. `keep_years`: years after a placement ends; `fingerprint`: of the key of pseudonyms, None where ids are kept as given."""

    given_at: datetime
    given_by: str
    assessment: str
    assessed_on: date
    lies_at: str
    keep_years: int
    fingerprint: str | None

    def to_json(self) -> dict[str, Any]:
        return asdict(self)


@dataclass(frozen=True)
class Wish:
    """What a person fills in. `disk_encrypted` must be confirmed; `assessment` is the council's reference, and may be empty."""

    assessed_on: date | None
    disk_encrypted: bool
    assessment: str = ""
    keep_years: int = KEEP_YEARS
    pseudonyms: bool | None = None  # None: as it was decided; kept as given at first


def given(store: Store) -> Assurance | None:
    """The confirmation that holds for a database, or None."""
    with store.cursor() as cursor:
        rows = cursor.execute(
            "SELECT given_at, given_by, assessment, assessed_on, lies_at, keep_years, (SELECT any_value(fingerprint) FROM meta_pseudonym) "
            "FROM meta_assurance ORDER BY given_at DESC LIMIT 1"
        ).fetchall()
    return Assurance(*rows[0]) if rows else None


def needed(store: Store) -> bool:
    """Whether a confirmation is missing: none was given and the data are not the made-up authority alone."""
    return given(store) is None and not store.is_sample()


def expect_given(store: Store) -> None:
    """WrongUsage with the way out when the confirmation is missing."""
    if needed(store):
        raise WrongUsage(
            "Before real data is loaded, confirm the data-protection impact assessment and the encrypted disk: on Intake, or with python -m analytics assure.",
            "assurance_not_given",
        )


def check(wish: Wish, today: date) -> None:
    """WrongUsage with one sentence for what is missing or cannot be."""
    if not wish.disk_encrypted:
        raise WrongUsage("Confirm that the disk is encrypted; without that real data must not be loaded.", "disk_not_encrypted")
    if wish.assessed_on is None:
        raise WrongUsage("Give the day of the data-protection impact assessment.", "not_assessed")
    if wish.assessed_on > today:
        raise WrongUsage("The day of the data-protection impact assessment lies ahead; do the assessment before real data is loaded.", "not_assessed")
    if not LEAST_YEARS <= wish.keep_years <= MOST_YEARS:
        raise WrongUsage(f"Placements can be kept for {LEAST_YEARS} to {MOST_YEARS} years after they end.", "keep_years")
    if len(wish.assessment) > LONGEST_REFERENCE:
        raise WrongUsage(f"The reference of the assessment is longer than {LONGEST_REFERENCE} characters; give a shorter one.", "reference_too_long")


def give(store: Store, wish: Wish, by: str, today: date | None = None) -> Assurance:
    """Keeps a confirmation; answers it. WrongUsage for what is missing, or where pseudonyms are asked for or given up too late.

    StoreUnusable where the key of pseudonyms is not the one that the database knows.
    """
    check(wish, today or datetime.now(UTC).astimezone().date())
    pseudonym.settle(store, wish.pseudonyms)
    now = datetime.now(UTC).replace(tzinfo=None)
    with store.transaction() as cursor:
        cursor.execute(
            "INSERT INTO meta_assurance VALUES ($now, $by, $assessment, $assessed_on, $lies_at, $keep_years)",
            {
                "now": now,
                "by": by,
                "assessment": wish.assessment.strip(),
                "assessed_on": wish.assessed_on,
                "lies_at": str(store.path),
                "keep_years": wish.keep_years,
            },
        )
    found = given(store)
    if found is None:  # the insert above was committed
        raise AssertionError("the confirmation was not kept")
    return found
