"""How a place stands to the purchasing vehicles on one day, asked afresh for every day: slow, plain, and apart from the SQL that it checks."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from analytics.costs import FeeLine, full_year_equivalent, units_between
from data.domain import academic_year, financial_year

Row = dict[str, Any]
FAR = date(9999, 12, 31)
RULES = {
    "scope_setting_types": "ISS;NMSS;SPI",
    "vehicle_day": "placed",
    "lot": "contract",
    "member_without_contract": "yes",
    "ground_on_contract": "yes",
    "ground_tribunal": "no",
    "ground_parent": "no",
    "threshold_gbp": "663540.00",
    "threshold_reading": "placement",
    "vat_not_recorded": "0.20",
}
PCR_2015_LAST, POST_16_LAST = date(2029, 2, 23), 18


def member_on(day: date, urn: str, vehicle: Row, lot: str | None, members: list[Row]) -> bool:
    """Whether the vehicle runs that day and the last that was decided by then about the setting and a lot (any, if None) is that it is admitted."""
    last = vehicle.get("extended_to") or vehicle["ends"]
    if vehicle["regime"] == "pcr2015_dps":
        last = min(last, PCR_2015_LAST)
    if not vehicle["starts"] <= day <= last:
        return False
    mine = [m for m in members if m["urn"] == urn and m["vehicle_id"] == vehicle["vehicle_id"] and m["status"] in ("admitted", "suspended", "withdrawn")]
    for one in {m["lot"] for m in mine if lot is None or m["lot"] == lot}:
        decided = [m for m in mine if m["lot"] == one and m["decided_on"] <= day]
        if decided and max(decided, key=lambda m: (m["decided_on"], m["applied_on"]))["status"] == "admitted":
            return True
    return False


def value_of(placement: Row, plan: Row, fees: list[Row], contract: Row | None) -> tuple[Decimal, Decimal, Decimal] | None:
    """Net value over the placement's life, VAT recorded on it, and the part of it on which none is recorded; None without fees to the setting."""
    leaves = placement.get("leaving_date")
    lines = []
    for fee in fees:
        first, last = max(fee["valid_from"], placement["entry_date"]), min(fee.get("valid_to") or FAR, leaves or FAR)
        if fee["placement_id"] == placement["placement_id"] and first <= last and fee["component"] != "transport" and fee.get("funder") != "dfe_place":
            lines.append((fee, first, last))
    if not lines:
        return None
    newest, agreed_to = max(first for _, first, _ in lines), max(last for _, _, last in lines)
    if leaves:
        until = leaves
    elif contract and contract["kind"] == "spot" and contract["urn"] == placement["urn"] and contract["ends"] >= newest:
        until = contract["ends"]
    else:
        born = int(plan["birth_month"][:4]) + (int(plan["birth_month"][5:]) > 8)
        age = academic_year(newest) - born
        until = date(born + (10 if age <= 10 else 15 if age <= 15 else max(POST_16_LAST, age)) + 1, 8, 31)
    if not leaves:
        until = max([until, *(last for _, _, last in lines if last < FAR)])
    net = recorded = without = Decimal(0)
    for fee, first, last in lines:
        line = FeeLine(Decimal(fee["amount_gbp"]), fee["unit"], placement["residence"], first, min(last, until))
        whole = Decimal(0)
        if first <= until:
            units = units_between(line.unit, line.residence, line.first_day, line.last_day)
            whole = line.amount_gbp * units.numerator / units.denominator
        if first <= until and not leaves and last == agreed_to < until:
            years = units_between("year", "day", last + timedelta(1), until)
            whole += full_year_equivalent(line.amount_gbp, line.unit, line.residence) * years.numerator / years.denominator
        cost = _pennies(whole)
        net += cost
        if fee.get("vat_gbp") is None:
            without += cost
        else:
            recorded += _pennies(cost * Decimal(fee["vat_gbp"]) / line.amount_gbp)
    return net, recorded, without


class Authority:
    """Drawn records, asked day by day."""

    def __init__(self, given: dict[str, list[Row]], rules: list[tuple[date, dict[str, str]]] | None = None) -> None:
        self.given = {name: given.get(name, []) for name in ("settings", "plans", "placements", "fees", "vehicles", "members", "contracts")}
        self.rules = rules or [(date(1990, 1, 1), RULES)]
        self.contracts = {c["contract_id"]: c for c in self.given["contracts"]}
        self.setting = {s["urn"]: s for s in self.given["settings"]}
        plans = {p["child_id"]: p for p in self.given["plans"]}
        self.value = {
            p["placement_id"]: value_of(p, plans[p["child_id"]], self.given["fees"], self.contracts.get(p.get("contract_id"))) for p in self.given["placements"]
        }

    def rule(self, day: date) -> dict[str, str]:
        return [rules for first, rules in self.rules if first <= day][-1]

    def class_on(self, day: date, p: Row) -> str:
        """The one class of a placement on a day on which it is open."""
        rule, entry, named = self.rule(day), p["entry_date"], p.get("contract_id")
        if self.setting[p["urn"]]["setting_type"] not in rule["scope_setting_types"].split(";"):
            return "not_bought"
        contract = self.contracts.get(named)
        covers = contract is not None and contract["urn"] == p["urn"] and contract["ends"] >= entry and contract["starts"] <= day
        if self._on_vehicle(day, p, contract if covers else None, rule):
            return "on_vehicle"
        if covers and contract and contract.get("off_vehicle_ground") and rule["ground_on_contract"] == "yes":
            return "off_vehicle_with_ground"
        if p.get("named_by") in ("tribunal", "parent") and rule[f"ground_{p['named_by']}"] == "yes":
            return "off_vehicle_with_ground"
        value = self._compared(p, rule)
        return "below_threshold" if value is not None and value < Decimal(rule["threshold_gbp"]) else "unexplained"

    def _on_vehicle(self, day: date, p: Row, contract: Row | None, rule: dict[str, str]) -> bool:
        for vehicle in self.given["vehicles"]:
            for lot in {m["lot"] for m in self.given["members"]}:
                if contract is not None:
                    if contract.get("vehicle_id") != vehicle["vehicle_id"] or (rule["lot"] != "any" and contract.get("lot") not in (None, lot)):
                        continue
                    made = max(p["entry_date"], contract["starts"]) if contract["kind"] == "call_off" else contract["starts"]
                elif p.get("contract_id") is None and rule["member_without_contract"] == "yes":
                    made = p["entry_date"]
                else:
                    continue
                days = [made, day] if rule["vehicle_day"] == "each_day" else [made]
                if all(member_on(d, p["urn"], vehicle, lot, self.given["members"]) for d in days):
                    return True
        return False

    def _compared(self, p: Row, rule: dict[str, str]) -> Decimal | None:
        own = self._with_vat(p, rule)
        if rule["threshold_reading"] == "placement" or own is None:
            return own
        provider = self._provider(p)
        alike = [
            self._with_vat(o, rule)
            for o in self.given["placements"]
            if self._provider(o) == provider
            and financial_year(o["entry_date"]) == financial_year(p["entry_date"])
            and self.setting[o["urn"]]["setting_type"] in rule["scope_setting_types"].split(";")
        ]
        return sum((v for v in alike if v is not None), Decimal(0))

    def _provider(self, p: Row) -> str:
        return str(self.setting[p["urn"]].get("provider") or p["urn"])

    def _with_vat(self, p: Row, rule: dict[str, str]) -> Decimal | None:
        value = self.value[p["placement_id"]]
        return None if value is None else _pennies(value[0] + value[1] + Decimal(rule["vat_not_recorded"]) * value[2])


def _pennies(gbp: Decimal) -> Decimal:
    return gbp.quantize(Decimal("0.01"), ROUND_HALF_UP)
