"""Who is asking, of which store, and what that role may do. Checked here again, whatever a page has checked."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from data.domain import Role
from data.errors import NotAllowed

if TYPE_CHECKING:
    from data.store import Store

_PEOPLE_WHO_COMMISSION = frozenset({Role.COMMISSIONER, Role.FINANCE})
PERMISSIONS: dict[str, frozenset[Role]] = {
    "view_costs": _PEOPLE_WHO_COMMISSION,
    "view_children": _PEOPLE_WHO_COMMISSION,
    "plan_contracts": _PEOPLE_WHO_COMMISSION,
    "record_reply": frozenset({Role.COMMISSIONER}),
    "record_visit": frozenset({Role.COMMISSIONER}),
    "freeze_forecast": frozenset({Role.COMMISSIONER}),
    "save_scenario": _PEOPLE_WHO_COMMISSION,
    "publish": frozenset({Role.COMMISSIONER}),
    "load_data": _PEOPLE_WHO_COMMISSION | {Role.ADMIN},
    "view_audit": frozenset({Role.COMMISSIONER, Role.ADMIN}),
}
ROLE_NAMES = {Role.COMMISSIONER: "Commissioner", Role.FINANCE: "Finance officer", Role.CABINET: "Cabinet member", Role.ADMIN: "Administrator"}
LOOPBACK = ("127.0.0.1", "localhost", "::1")


@dataclass(frozen=True)
class Session:
    """One person in one role at one store. `user` is the name that the sign-in gives, empty without one."""

    role: Role
    store: Store
    user: str = ""


def allowed(role: Role, permission: str) -> bool:
    """Whether the role holds the permission. KeyError for a permission that does not exist."""
    return role in PERMISSIONS[permission]


def check_role(role: Role, permission: str) -> None:
    """Nothing if the role may; NotAllowed with the way out if not."""
    if allowed(role, permission):
        return
    if role is Role.CABINET:
        raise NotAllowed("Cabinet members see published releases, and none has been made yet. Ask the commissioning team for the paper.")
    raise NotAllowed(f"The role {ROLE_NAMES[role].lower()} does not include this page. Ask a commissioner, or open Intake.")


def require(session: Session, permission: str) -> None:
    """The check at the data: every function that returns data calls it first."""
    check_role(session.role, permission)


def roles_of_claims(claims: Mapping[str, object], now: float) -> tuple[Role, ...]:
    """Roles in a signed-in person's identity token. `now` in seconds since 1970. NotAllowed if the token has run out or names no role.

    The claim is `roles` (Entra app roles): a list or one text; unknown names are ignored.
    """
    expires = claims.get("exp")
    if not isinstance(expires, int | float) or isinstance(expires, bool) or expires <= now:
        raise NotAllowed("Your sign-in has run out. Sign in again.", "signed_out")
    given = claims.get("roles")
    names: Iterable[object] = [given] if isinstance(given, str) else given if isinstance(given, list | tuple) else []
    wanted = {str(name).strip().lower() for name in names}
    roles = tuple(role for role in Role if role.value in wanted)
    if not roles:
        raise NotAllowed("Your account has no role here. Ask an administrator to give you one.", "no_role")
    return roles


def local_roles(fixed: str | None) -> tuple[Role, ...]:
    """Roles of the person at this computer without sign-in: every one, or the one that PLACEMENTS_ROLE fixes."""
    if not fixed:
        return tuple(Role)
    try:
        return (Role(fixed.strip().lower()),)
    except ValueError:
        raise NotAllowed(f"PLACEMENTS_ROLE is '{fixed}'; set it to one of {', '.join(Role)}, or leave it empty.") from None


def check_address(address: str | None) -> None:
    """Without sign-in the pages answer on this computer only. NotAllowed for any other address, or none (which means all)."""
    if address not in LOOPBACK:
        raise NotAllowed(
            "Sign-in is not set up, so the dashboard answers on this computer only. "
            "Start it with --server.address 127.0.0.1, or set up sign-in in .streamlit/secrets.toml.",
            "not_loopback",
        )
