"""Price bands: placements above a dated table, by hand; proposals called so everywhere; who would need a place, no place counted twice."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from itertools import permutations
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from cost_store import FEE, PLACEMENT, PLAN, SETTING, cost_store, fill

from analytics import bands as model
from analytics.findings import bands as finding
from analytics.run import bands as run
from analytics.run import published
from analytics.run.session import Session
from data import beside
from data.domain import Role
from data.errors import InputRejected, NotAllowed
from data.store import Store

ON, AS_AT = date(2028, 9, 1), date(2026, 3, 31)
HEAD = "band,needs,residence,valid_from,maximum_gbp,standing,source"


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Store]:
    made = cost_store(tmp_path_factory.mktemp("bands"))
    yield made
    made.close()


@pytest.fixture
def session(store: Store) -> Session:
    beside.remove(store.path, "price_bands")
    return Session(Role.COMMISSIONER, store)


def table(*rows: tuple[str, str, str, str, float]) -> pd.DataFrame:
    """Band, needs, residence, first day, maximum."""
    frame = pd.DataFrame(rows, columns=["band", "needs", "residence", "valid_from", "maximum_gbp"])
    return frame.assign(standing="proposal", source="a test")


BANDS = table(("1", "ASD;SEMH", "day", "2028-09-01", 50_000), ("2", "", "day", "2028-09-01", 40_000), ("3", "", "residential", "2028-09-01", 100_000))


def place(n: int, urn: str = "A", *, fee: float = 60_000.0, need: str = "ASD", **changes: object) -> dict[str, object]:
    """A placement as `whole_cost.priced` gives it."""
    usual = {
        "placement_id": f"P{n}",
        "child_id": f"C{n}",
        "urn": urn,
        "setting_name": f"School {urn}",
        "setting_type": "ISS",
        "primary_need": need,
        "phase": "secondary",
        "residence": "day",
        "residence_group": "day",
        "academic_age": 12,
        "home_easting": 600_000.0,
        "home_northing": 140_000.0,
        "fee_gbp": fee,
        "core_gbp": fee - 15_000.0,
    }
    return usual | changes


def setting(urn: str, *, offered: float | None = 10, taken: int = 0, **changes: object) -> dict[str, object]:
    """A setting as the read `settings` gives it, where the children live."""
    usual = {
        "urn": urn,
        "setting_type": "ISS",
        "needs": "ASD;SEMH",
        "residence": "day",
        "age_low": 4.0,
        "age_high": 19.0,
        "places_offered": offered,
        "placements": taken,
        "easting": 600_000.0,
        "northing": 140_000.0,
        "closed": pd.NaT,
    }
    return usual | changes


def held(*places: dict[str, object], bands: pd.DataFrame = BANDS, **options: object) -> model.Holding:
    return model.hold(pd.DataFrame(list(places)), bands, ON, **options)  # type: ignore[arg-type]


# Above a band


def test_what_lies_above_a_band_is_the_fee_less_the_maximum_and_never_less_than_nothing() -> None:
    """ASD 60,000 against 50,000; SLD, which no band names, 45,000 against the band of every other need, 40,000; boarding 90,000 against 100,000."""
    found = held(place(1), place(2, fee=45_000, need="SLD"), place(3, fee=90_000, residence_group="residential")).places
    assert found["band"].tolist() == ["1", "2", "3"]
    assert found["above_gbp"].tolist() == [10_000.0, 5_000.0, 0.0]


def test_the_core_fee_alone_may_be_held_against_the_band() -> None:
    assert held(place(1), price=model.CORE_FEE).places["above_gbp"].tolist() == [0.0]  # 45,000 of 50,000


def test_maxima_move_by_a_share() -> None:
    """50,000 less a tenth is 45,000."""
    assert held(place(1), shift=-0.1).places["above_gbp"].tolist() == [15_000.0]


def test_only_independent_special_schools_are_held_against_the_bands() -> None:
    assert held(place(1), place(2, setting_type="NMSS"), place(3, setting_type="SPI")).places["placement_id"].tolist() == ["P1"]


def test_a_later_row_of_a_band_takes_the_place_of_the_earlier_from_its_day_on() -> None:
    later = table(("1", "ASD", "day", "2028-09-01", 50_000), ("1", "ASD", "day", "2029-09-01", 55_000))
    places = pd.DataFrame([place(1)])
    above = [model.hold(places, later, on).places["above_gbp"].tolist() for on in (ON, date(2029, 9, 1))]
    assert above == [[10_000.0], [5_000.0]]
    assert model.first_days(later) == ["2029-09-01", "2028-09-01"]
    before = model.hold(places, later, date(2028, 8, 31))
    assert (before.unbanded, before.places["above_gbp"].tolist()) == (1, [0.0])


def test_settings_and_bands_add_up_to_the_placements() -> None:
    found = held(place(1), place(2, "B", fee=55_000), place(3, "B", fee=30_000), place(4, "B", fee=45_000, need="SLD"))
    settings, by_band = model.by_setting(found), model.by_band(found)
    assert settings.set_index("urn")["above_gbp"].to_dict() == {"A": 10_000.0, "B": 10_000.0}
    assert settings.set_index("urn")["share"].to_dict() == {"A": pytest.approx(1 / 6), "B": pytest.approx(10 / 130)}
    assert by_band.set_index("band")["above_gbp"].to_dict() == {"1": 15_000.0, "2": 5_000.0, "3": 0.0}
    assert model.might_leave(settings, 0.10) == ["A"]
    assert sorted(model.might_leave(settings, 0.0)) == ["A", "B"]


# If settings left


def test_a_free_place_fits_by_need_age_and_residence_and_is_offered_and_not_taken() -> None:
    children = pd.DataFrame([place(1)])
    for change, fits in (
        ({}, 1),
        ({"needs": "HI;VI"}, 0),
        ({"needs": None}, 1),  # not recorded counts as admitted
        ({"residence": "52wk"}, 0),
        ({"age_high": 11.0}, 0),
        ({"age_low": 13.0}, 0),
        ({"offered": 3, "taken": 3}, 0),
        ({"offered": None}, 0),
        ({"closed": pd.Timestamp(2026, 1, 1)}, 0),
    ):
        found = model.leaving(children, pd.DataFrame([setting("A"), setting("B", **change)]), ["A"], AS_AT)  # type: ignore[arg-type]
        assert (len(found.children), found.found) == (1, fits), change


def test_a_place_twenty_one_miles_away_is_free_but_not_near() -> None:
    far = setting("B", easting=600_000.0 + 21 * 1609.344)
    found = model.leaving(pd.DataFrame([place(1)]), pd.DataFrame([setting("A"), far]), ["A"], AS_AT)
    assert (found.found, found.near) == (1, 0)


def test_no_place_is_counted_twice() -> None:
    """Three children; B has one place that admits ASD, C one that admits ASD or SEMH: two at most, whoever takes which."""
    children = pd.DataFrame([place(1), place(2), place(3, need="SEMH")])
    rooms = pd.DataFrame([setting("A"), setting("B", offered=1, needs="ASD"), setting("C", offered=1)])
    found = model.leaving(children, rooms, ["A"], AS_AT)
    assert found.found == 2
    assert found.kinds.set_index("primary_need")[["children", "settings", "free"]].to_dict("index") == {
        "ASD": {"children": 2, "settings": 2, "free": 2},
        "SEMH": {"children": 1, "settings": 1, "free": 1},
    }


def test_the_most_that_find_a_place_equals_trying_every_order() -> None:
    """Small random cases against brute force: some order of the children, each taking the first place that fits, reaches the most."""
    rng = np.random.default_rng(7)
    for _ in range(40):
        fits, room = rng.random((5, 3)) < 0.4, rng.integers(0, 3, 3)
        best = max(_greedy(fits[list(order)][:, list(rooms)], room[list(rooms)]) for order in permutations(range(5)) for rooms in permutations(range(3)))
        assert model._most(fits, room) == best


def _greedy(fits: np.ndarray, room: np.ndarray) -> int:
    left, found = room.copy(), 0
    for child in fits:
        taken = np.flatnonzero(child & (left > 0))
        if len(taken):
            left[taken[0]] -= 1
            found += 1
    return found


def test_settings_that_leave_offer_no_place_to_each_other() -> None:
    children = pd.DataFrame([place(1), place(2, "B")])
    assert model.leaving(children, pd.DataFrame([setting("A"), setting("B")]), ["A", "B"], AS_AT).found == 0


# The table


def write(folder: Path, *lines: str) -> Path:
    path = folder / "bands.csv"
    path.write_text("\n".join([HEAD, *lines]) + "\n", encoding="utf-8")
    return path


def test_a_table_goes_in_comes_out_to_be_edited_and_goes_in_again(session: Session, tmp_path: Path) -> None:
    published.add(
        session, "price_bands", write(tmp_path, '1,asd; SEMH,Day,01/09/2028,"£50,000",Proposal,Paper 7', "2,,residential,2028-09-01,100000,law,The Act")
    )
    kept = published.table(session, "price_bands")
    assert kept is not None
    assert kept.rows[["needs", "residence", "valid_from", "maximum_gbp", "standing"]].values.tolist() == [
        ["ASD;SEMH", "day", "2028-09-01", 50_000.0, "proposal"],
        ["", "residential", "2028-09-01", 100_000.0, "law"],
    ]
    again = tmp_path / "again.csv"
    again.write_bytes(run.to_edit(session))
    published.add(session, "price_bands", again)
    second = published.table(session, "price_bands")
    assert second is not None
    pd.testing.assert_frame_equal(second.rows, kept.rows)


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("1,ASD,day,2028-09-01,,proposal,x", "maximum_gbp is empty"),
        ("1,ASD,day,2028-09-01,0,proposal,x", "has no maximum above £0"),
        ("1,AUTISM,day,2028-09-01,50000,proposal,x", "AUTISM"),
        ("1,ASD,day,31/02/2028,50000,proposal,x", "31/02/2028"),
        ("1,ASD,day,2028-09-01,50000,rumour,x", "rumour"),
        ("1,ASD,day,2028-09-01,50000,proposal,", "source is empty"),
        ("2,ASD,day,2028-09-01,50000,proposal,x", "The need ASD is in two day bands from 2028-09-01, '0' and '2'"),
    ],
)
def test_a_table_with_a_fault_is_refused_whole(line: str, words: str, session: Session, tmp_path: Path) -> None:
    with pytest.raises(InputRejected) as refused:
        published.add(session, "price_bands", write(tmp_path, "0,ASD,day,2028-09-01,40000,proposal,x", line))
    assert words in refused.value.message
    assert published.table(session, "price_bands") is None


def test_the_example_is_called_invented_and_a_proposal_wherever_its_numbers_stand(session: Session) -> None:
    """One child, ASD by day, £65,000: £10,000 above the example's £55,000; 5,000 with maxima a tenth higher (60,500 → 4,500), 15,500 with them lower."""
    fill(session.store, settings=[SETTING], plans=[PLAN], placements=[PLACEMENT], fees=[FEE | {"amount_gbp": "65000.00"}])
    (on,) = run.first_days(session, "")
    said = run.bands(session, on, model.WHOLE_FEE, "0.10", (), "", "")
    assert "(proposal, not law), 1 of 1 placements" in said.answer
    assert "together £10k a year (£4,500 with maxima 10% higher, £16k with them 10% lower)" in said.answer
    assert "1 setting that would lose 10% or more of their fees to leave, 1 child would need" in said.answer
    assert "invented, a proposal, not law" in said.notes[0]
    assert all("proposal, not law" in t.source for t in said.tables.values())
    assert all("proposal" in figure.basis for figure in said.figures[:2])
    words = " ".join([said.answer, said.method, *said.notes, *said.headlines.values()]).lower()
    assert "overcharg" not in words


def test_filters_leave_the_settings_that_might_leave_as_they_are(session: Session) -> None:
    """Whether a setting might leave follows from all its fees, not from those that a filter leaves."""
    fees = [FEE | {"amount_gbp": "65000.00"}, FEE | {"placement_id": "P2", "amount_gbp": "20000.00"}]
    plans = [PLAN, PLAN | {"child_id": "C2", "primary_need": "SLCN"}]
    fill(session.store, plans=plans, placements=[PLACEMENT, PLACEMENT | {"placement_id": "P2", "child_id": "C2"}], fees=fees)
    (on,) = run.first_days(session, "")
    said = run.bands(session, on, model.WHOLE_FEE, "0.10", (("need", ("SLCN",)),), "Primary need: SLCN", "")
    assert "0 of 1 placements" in said.answer
    assert [f.value for f in said.figures if f.label == "Children who would need a place"] == [1.0]


def test_nothing_loaded_is_a_sentence_and_a_cabinet_member_is_refused(session: Session) -> None:
    fill(session.store, fees=[])
    assert "Load plans, placements and fees" in run.bands(session, "2028-09-01", model.WHOLE_FEE, "0.10", (), "", "").answer
    cabinet = Session(Role.CABINET, session.store)
    for asked in (lambda: run.bands(cabinet, "2028-09-01", model.WHOLE_FEE, "0.10", (), "", ""), lambda: run.to_edit(cabinet)):
        with pytest.raises(NotAllowed):
            asked()
    assert finding.EXAMPLE in finding._source(finding.BandFrames(held(place(1)), held(place(1)), held(place(1)), None, [], ""))  # type: ignore[arg-type]
