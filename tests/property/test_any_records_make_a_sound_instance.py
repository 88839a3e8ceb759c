"""Whatever small council is drawn, the instance can be read, nobody is lost, and buying one by one can always be costed."""

from __future__ import annotations

from datetime import date
from typing import Any

from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from small_authority import CONTRACT, authority, placement, setting

from analytics.contracts import evaluate
from analytics.contracts.build import build_instance
from analytics.contracts.instance import parse
from analytics.contracts.policy import Policy
from analytics.contracts.problem import Plan

URNS = ["100001", "100002", "100003"]
AGES = {"primary": "2017-05", "secondary": "2012-05", "post16": "2008-05"}


@st.composite
def children(draw: st.DrawFn, n: int) -> dict[str, Any]:
    phase = draw(st.sampled_from(list(AGES)))
    return placement(
        n,
        urn=draw(st.sampled_from(URNS)),
        primary_need=draw(st.sampled_from(["ASD", "ASD", "SEMH", None])),
        residence_group=draw(st.sampled_from(["day", "day", "residential"])),
        area=draw(st.sampled_from(["east", "east", "west", None])),
        phase=phase,
        birth_month=AGES[phase],
        entry_date=draw(st.dates(date(2021, 9, 1), date(2026, 3, 1))),
        named_by=draw(st.sampled_from(["council", "parent", None])),
        setting_type=draw(st.sampled_from(["ISS", "NMSS", "SPI"])),
        benchmark_gbp=draw(st.sampled_from([30_000.0, 60_000.0, 250_000.0, None])),
        transport_gbp=draw(st.sampled_from([0.0, 9_000.0, None])),
        contract_id=draw(st.sampled_from([None, "K1"])),
    )


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.too_slow], phases=(Phase.explicit, Phase.reuse, Phase.generate))
@given(st.data())
def test_the_instance_is_sound(data: st.DataObject) -> None:
    rows = [placement(1000 + n) for n in range(6)] + [data.draw(children(n)) for n in range(data.draw(st.integers(0, 14)))]
    offered = data.draw(st.sampled_from([None, 0, 3, 40]))
    places = [setting(urn, places_offered=offered, easting=data.draw(st.sampled_from([600_000.0, 660_000.0, None]))) for urn in URNS]
    places[0]["easting"] = 600_000.0
    contracts = [CONTRACT | {"guaranteed_places": data.draw(st.integers(1, 12))}] if data.draw(st.booleans()) else []
    policy = Policy(
        draws=12, scenarios=6, years=data.draw(st.integers(1, 4)), existing_fill_blocks=data.draw(st.booleans()), max_providers=data.draw(st.integers(1, 3))
    )
    built = build_instance(authority(rows, places, contracts), policy)
    instance = parse(built.instance)
    assert instance.notes == ()
    assert evaluate.cost(instance, Plan.least(instance)).feasible
    assert evaluate.cost(instance, Plan.all_spot(instance)).recourse.served.all()
    table = built.reconciliation
    assert (table["drawn"] - table["out_of_scope"] - table["demand"] - table["existing"]).abs().max() < 1
