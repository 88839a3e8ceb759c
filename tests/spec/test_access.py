"""Roles and what each may; sign-in tokens; the address of a dashboard without sign-in."""

from __future__ import annotations

from typing import Any, cast

import pytest

from analytics.run import session as sessions
from analytics.run.session import PERMISSIONS, Session, check_address, local_roles, require, roles_of_claims
from data.domain import Role
from data.errors import NotAllowed

MAY = {
    Role.COMMISSIONER: {
        "view_costs",
        "view_children",
        "plan_contracts",
        "save_scenario",
        "load_data",
        "view_audit",
        "record_reply",
        "record_visit",
        "freeze_forecast",
        "publish",
    },
    Role.FINANCE: {"view_costs", "view_children", "plan_contracts", "save_scenario", "load_data"},
    Role.CABINET: set(),
    Role.ADMIN: {"load_data", "view_audit"},
}


@pytest.mark.parametrize("role", list(Role))
def test_each_role_holds_its_permissions_and_no_other(role: Role) -> None:
    held, said = set(), []
    for permission in PERMISSIONS:
        try:
            require(Session(role, cast("Any", None)), permission)
            held.add(permission)
        except NotAllowed as refused:
            said.append(refused.message)
    assert held == MAY[role]
    assert all(sentence.endswith(".") for sentence in said)


def test_a_permission_that_does_not_exist_is_a_bug() -> None:
    with pytest.raises(KeyError):
        sessions.allowed(Role.COMMISSIONER, "fly")


def test_roles_come_from_a_token_that_has_not_run_out() -> None:
    assert roles_of_claims({"exp": 100, "roles": ["Finance", "visitor"]}, 99) == (Role.FINANCE,)
    assert roles_of_claims({"exp": 100, "roles": "commissioner"}, 99) == (Role.COMMISSIONER,)


@pytest.mark.parametrize(
    "claims", [{"exp": 100, "roles": ["finance"]}, {"roles": ["finance"]}, {"exp": "999", "roles": ["finance"]}, {"exp": True, "roles": ["finance"]}]
)
def test_a_token_that_has_run_out_or_does_not_say_when_is_refused(claims: dict[str, object]) -> None:
    with pytest.raises(NotAllowed, match="run out"):
        roles_of_claims(claims, 100)


@pytest.mark.parametrize("roles", [[], ["mayor"], None, 7])
def test_an_account_without_a_role_is_refused(roles: object) -> None:
    with pytest.raises(NotAllowed, match="no role"):
        roles_of_claims({"exp": 101, "roles": roles}, 100)


def test_the_local_person_holds_every_role_or_the_one_that_is_fixed() -> None:
    assert local_roles(None) == tuple(Role)
    assert local_roles("") == tuple(Role)
    assert local_roles(" Cabinet ") == (Role.CABINET,)
    with pytest.raises(NotAllowed, match="mayor"):
        local_roles("mayor")


@pytest.mark.parametrize("address", ["127.0.0.1", "localhost", "::1"])
def test_this_computer_is_served(address: str) -> None:
    assert check_address(address) is None  # type: ignore[func-returns-value]


@pytest.mark.parametrize("address", ["0.0.0.0", "", None, "192.168.0.2", "127.0.0.1.example.org"])  # noqa: S104
def test_no_other_address_is_served_without_sign_in(address: str | None) -> None:
    with pytest.raises(NotAllowed, match="Sign-in is not set up"):
        check_address(address)
