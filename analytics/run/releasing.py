"""Tables that leave the council: protected against all that readers already have, and put on the register in the same breath."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from analytics.run import audited
from analytics.run.session import Session, require
from data import audit, releases

if TYPE_CHECKING:
    from analytics.disclosure.build import Fact
    from analytics.disclosure.protect import Protection
    from analytics.disclosure.table import Table
    from data.releases import Release


@dataclass(frozen=True)
class Checked:
    """Tables protected against the register as it was at release `against`; not yet published."""

    release: Release
    tables: tuple[Table, ...]
    protection: Protection
    against: int


def check(session: Session, release: Release, tables: Sequence[Table], facts: Sequence[Fact] = ()) -> Checked:
    """Protects tables of one period for an audience, against earlier releases and public facts. Nothing is published by this.

    NotAllowed for any role but commissioner; InputRejected where tables disagree; NoFeasibleAnswer where nothing may be published.
    """
    from analytics.disclosure.history import earlier, known_from
    from analytics.disclosure.profile import profile_named
    from analytics.disclosure.protect import protect_together

    require(session, "publish")
    profile = profile_named(release.profile)
    against = releases.head(session.store)
    public = known_from(earlier(releases.cells(session.store)), tables, release.period.strip(), profile, facts)
    return Checked(release, tuple(tables), protect_together(tables, profile, public=public), against)


def publish(session: Session, checked: Checked) -> int:
    """Puts checked tables on the register; answers the release's number. Only after this may they leave the council.

    WrongUsage where another release has come since the check, which then must be made again.
    """
    from analytics.disclosure.history import rows

    require(session, "publish")
    audit.expect_writable(session.store.path)
    cells = rows(checked.tables, checked.protection.status)
    number = releases.append(session.store, checked.release, cells, session.user or session.role.value, checked.against)
    hidden = sum(table.suppressed for table in checked.protection.tables)
    audited.tell(session, "released", release=number, period=checked.release.period, profile=checked.release.profile, tables=len(checked.tables), hidden=hidden)
    audit.keep_head(session.store)
    return number
