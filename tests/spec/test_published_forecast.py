"""Places ahead from published counts: what a reader can work out by hand, and files that are refused in a sentence."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from cost_store import cost_store
from typer.testing import CliRunner, Result

from analytics import __main__ as cli
from analytics.findings import published_forecast as finding
from analytics.published_demand import ALL_AREAS, PublishedForecast, forecast
from analytics.run import published
from analytics.run import published_forecast as run
from analytics.run.session import Session
from data.domain import Role
from data.errors import InputRejected, WrongUsage


def history(areas: dict[str, list[float | None]], first: int = 2020) -> pd.DataFrame:
    """One row an area × year from the counts of each area, the first in `first`."""
    rows = [(area, first + n, places) for area, counts in areas.items() for n, places in enumerate(counts)]
    return pd.DataFrame(rows, columns=["area", "year", "places"])


def growing(rate: float, areas: int = 12, years: int = 6, base: float = 200.0) -> dict[str, list[float | None]]:
    """Areas of 200, 220, 240… places that all grow by `rate` a year."""
    return {f"area {n:02d}": [float(round((base + 20 * n) * (1 + rate) ** t)) for t in range(years)] for n in range(areas)}


def of(found: PublishedForecast, area: str) -> pd.DataFrame:
    return found.areas[found.areas["area"] == area].set_index("year")


def middle(found: PublishedForecast, area: str, year: int) -> float:
    return float(of(found, area).loc[year, "p50"])


@pytest.mark.parametrize("rate", [0.10, 0.0, -0.10])
def test_growth_that_is_the_same_everywhere_and_always_goes_on(rate: float) -> None:
    found = forecast(history(growing(rate)), 2, line=0.0)
    for area, counts in growing(rate, years=8).items():
        for year, truth in ((2026, counts[6]), (2027, counts[7])):
            assert middle(found, area, year) == pytest.approx(truth, rel=0.02), (area, year)


def test_an_areas_own_line_counts_as_much_as_the_growth_of_all() -> None:
    """Twelve areas grow by 10% a year; by hand the line through 200, 210 to 250 leads to 260, then 270."""
    areas = growing(0.10) | {"steady": [200.0, 210.0, 220.0, 230.0, 240.0, 250.0], "new": [None, None, None, None, None, 250.0]}
    alone, both = forecast(history(areas), 2, line=0.0), forecast(history(areas), 2)
    for year, along in ((2026, 260), (2027, 270)):
        assert middle(both, "steady", year) == pytest.approx(((middle(alone, "steady", year) + 0.5) * (along + 0.5)) ** 0.5, abs=0.5)
    assert middle(both, "new", 2026) == middle(alone, "new", 2026)  # one count tells no line


def uneven() -> dict[str, list[float | None]]:
    """Thirty areas near 10% a year with chance of their own; one that has shrunk by 5% a year, one that has grown by 25%."""
    rng = np.random.default_rng(4)
    areas: dict[str, list[float | None]] = {}
    for n in range(30):
        steps = 0.10 + 0.04 * rng.standard_normal() + 0.10 * rng.standard_normal(5)
        areas[f"area {n:02d}"] = [float(round(v)) for v in 200 * np.exp(np.concatenate([[0], np.cumsum(steps)]))]
    return areas | {"falls": [200.0, 190.0, 181.0, 172.0, 163.0, 155.0], "leaps": [200.0, 250.0, 312.0, 391.0, 488.0, 610.0]}


def test_an_area_with_one_point_gets_the_growth_of_all_with_a_wider_interval() -> None:
    """Thirteen areas grow by -2% to 22% a year, each always by its own: 10% in the middle. Of the one with one point nothing says which it is like."""
    areas: dict[str, list[float | None]] = {f"{n}": [float(round(300 * (0.98 + 0.02 * n) ** t)) for t in range(-5, 1)] for n in range(13)}
    found = forecast(history(areas | {"new": [None, None, None, None, None, 300.0]}), 1)
    assert middle(found, "new", 2026) == pytest.approx(330, rel=0.03)
    widths = (found.areas["p90"] / found.areas["p10"]).set_axis(found.areas["area"])
    assert widths["new"] - 1 > 1.15 * (widths.drop("new").max() - 1)
    assert any("One count only for new" in told for told in found.told)


def test_an_areas_own_trend_is_drawn_towards_that_of_all() -> None:
    found = forecast(history(uneven()), 1)
    falls, leaps = middle(found, "falls", 2026) / 155 - 1, middle(found, "leaps", 2026) / 610 - 1
    assert -0.05 < falls < 0.10 < leaps < 0.25


def test_quantiles_are_in_order_and_widen_with_every_year() -> None:
    found = forecast(history(uneven()), 5)
    assert (found.areas["p10"] <= found.areas["p50"]).all()
    assert (found.areas["p50"] <= found.areas["p90"]).all()
    for _, rows in found.areas.groupby("area"):
        assert (rows["p90"] / rows["p10"]).diff().dropna().gt(0).all()
    assert (found.path["p90"] / found.path["p10"]).diff().dropna().gt(0).all()


def test_the_same_seed_gives_the_same_numbers_in_whatever_order_rows_stand() -> None:
    rows = history(uneven())
    one, again, other = forecast(rows, 2, seed=7), forecast(rows.sample(frac=1, random_state=1), 2, seed=7), forecast(rows, 2, seed=8)
    pd.testing.assert_frame_equal(one.areas, again.areas)
    assert not one.areas["p10"].equals(other.areas["p10"])


def test_a_jump_is_a_new_level_and_not_a_trend() -> None:
    areas = growing(0.05) | {"merged": [200.0, 210.0, 220.0, 462.0, 485.0, 509.0]}
    found = forecast(history(areas), 1)
    assert middle(found, "merged", 2026) == pytest.approx(509 * 1.05, rel=0.02)  # its mean growth since 2020 was 21% a year
    assert [told for told in found.told if told.startswith("merged: 220 in January 2022, 462 the year after")]


@pytest.mark.parametrize(
    ("areas", "what"),
    [
        ({"alone": [100.0, 110.0, 121.0, 133.0]}, "one area"),
        ({"alone": [100.0, 110.0]}, "two counts"),
        ({"a": [100.0, None, None, 130.0], "b": [50.0, 55.0, None, 70.0]}, "years without counts"),
        ({"a": [0.0, 0.0, 0.0], "b": [0.0, 1.0, 0.0], "c": [80.0, 90.0, 100.0]}, "noughts"),
        ({"huge": [9e8, 9e8], "b": [3.0, None]}, "huge counts"),
        ({"a": [100.0, 110.0, None, None], "b": [50.0, 55.0, 60.0, 66.0]}, "an area that has no last count"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_thin_histories_have_an_answer(areas: dict[str, list[float | None]], what: str) -> None:
    found = forecast(history(areas), 3)
    assert len(found.areas) == 3 * len(areas), what
    assert np.isfinite(found.areas[["p10", "p50", "p90"]].to_numpy(float)).all()
    assert (found.areas[["p10", "p50", "p90"]] >= 0).all().all()
    last = max(count or 0 for counts in areas.values() for count in counts)
    assert (found.areas["p50"] < 3 * last).all()


def test_an_area_of_noughts_stays_near_nought() -> None:
    found = forecast(history(growing(0.1) | {"none": [0.0] * 6}), 2)
    assert of(found, "none")["p90"].max() < 3


def test_englands_row_is_the_path_and_no_area_like_others() -> None:
    areas = {"Ours": [100.0, 105.0, 111.0, 116.0], "England": [10_000.0, 11_000.0, 12_100.0, 13_310.0]}
    found = forecast(history(areas), 1)
    assert (found.path_name, found.path["p50"].iloc[0]) == ("England", middle(found, "England", 2024))
    assert middle(found, "England", 2024) == pytest.approx(14_641, rel=0.02)
    assert 0.05 < middle(found, "Ours", 2024) / 116 - 1 < 0.10


def test_all_areas_are_the_sum_of_those_counted_last() -> None:
    found = forecast(history(growing(0.10) | {"gone": [100.0, 110.0, 121.0, None, None, None]}), 1)
    last = sum(counts[5] or 0 for counts in growing(0.10).values())
    assert found.path_name == ALL_AREAS
    assert found.path["p50"].iloc[0] == pytest.approx(last * 1.10, rel=0.02)
    assert any("No count in the last 3 years" in told and "gone" in told for told in found.told)


def test_old_counts_are_left_out_and_told() -> None:
    long = {name: [9_999.0] * 4 + counts for name, counts in growing(0.10, years=12).items()}
    found = forecast(history(long, first=2010), 1, line=0.0)
    assert middle(found, "area 00", 2026) == pytest.approx(200 * 1.1**12, rel=0.02)
    assert "Counts before January 2014 are not used." in found.told


def test_the_years_ahead_are_one_to_ten() -> None:
    rows = history(growing(0.1))
    for years in (0, 11):
        with pytest.raises(ValueError, match="1 to 10"):
            forecast(rows, years)
    with pytest.raises(InputRejected, match="fewer than two years"):
        forecast(rows[rows["year"] == 2020], 1)


@pytest.fixture
def write(tmp_path: Path) -> Callable[[str], Path]:
    def made(text: str) -> Path:
        path = tmp_path / "counts.csv"
        path.write_text(text, encoding="utf-8")
        return path

    return made


REFUSED = {
    "area,year,places\nA,2020,-3\nA,2021,4\n": ("line 2", "places", "whole number"),
    "area,year,places\nA,2020,3\nA,2021,4.5\n": ("line 3", "places", "whole number"),
    "area,year,places\nA,202021,3\nA,2021,4\n": ("line 2", "year", "January census"),
    "area,year,places\nA,2020,3\nA,2020,4\n": ("line 3", "A has a second row", "keep one"),
    "area,year,places\n,2020,3\nA,2021,4\n": ("line 2", "area is empty", "fill it in"),
    "area,year,places\nA,2020,3\nB,2020,4\n": ("fewer than two years", "places", "two at least"),
    "area,year,places\nA,1995,3\nA,2024,4\n": ("fewer than two years", "within 12", "growth needs two"),
    "area,places\nA,3\n": ("needs the column year", "add what is missing", ""),
    "area,year\nA,2020\nA,2021\n": ("no count", "'places'", "give"),
    "": ("is empty", "save", ""),
}


@pytest.mark.parametrize(("text", "said"), REFUSED.items(), ids=[words[0] for words in REFUSED.values()])
def test_a_file_with_a_fault_is_refused_in_one_sentence(text: str, said: tuple[str, ...], write: Callable[[str], Path]) -> None:
    with pytest.raises(InputRejected) as refused:
        run.forecast(write(text))
    assert refused.value.exit_code == 3
    assert "counts.csv" in refused.value.message
    assert [word for word in said if word.lower() not in refused.value.message.lower()] == []


def test_a_file_is_read_as_spreadsheets_and_dfe_write_it(write: Callable[[str], Path]) -> None:
    text = 'Area,Year,Places,note\n Kent ,2024,"1,647",a\nKent,2025,1623.0,b\nRutland,2024,x,c\nRutland,2025,,d\n'
    rows = run.read(write(text))
    assert rows.astype(object).where(rows.notna(), None).to_numpy().tolist() == [
        ["Kent", 2024, 1647], ["Kent", 2025, 1623], ["Rutland", 2024, None], ["Rutland", 2025, None],
    ]  # fmt: skip
    pd.testing.assert_frame_equal(run.read(text.encode(), "counts.csv"), rows)
    with pytest.raises(WrongUsage, match="no file"):
        run.read(Path("absent.csv"))


def call(*args: object) -> Result:
    return CliRunner().invoke(cli.app, [str(a) for a in args])


def test_the_command_gives_the_contracts_fields(write: Callable[[str], Path]) -> None:
    path = write(history(growing(0.10)).to_csv(index=False))
    result = call("forecast", "--history", path, "--years", 2, "--json")
    assert result.exit_code == 0, result.stderr
    document = json.loads(result.stdout)
    assert len(document["areas"]) == 24
    assert set(document["areas"][0]) == {"area", "year", "p10", "p50", "p90"}
    assert [row["year"] for row in document["areas"][:2]] == [2026, 2027]
    assert "area 00" in call("forecast", "--history", path).stdout
    assert call("forecast", "--history", path, "--years", 2, "--json").stdout == result.stdout


def test_the_command_says_what_is_wrong(write: Callable[[str], Path]) -> None:
    assert call("forecast").exit_code == 2
    assert "either --db FILE or --history FILE" in call("forecast").stderr
    assert call("forecast", "--history", "absent.csv", "--db", "absent.duckdb").exit_code == 2
    assert "need --db" in call("forecast", "--history", "absent.csv", "--as-at", "2026-03-31").stderr
    assert call("forecast", "--history", "absent.csv").exit_code == 2
    assert call("forecast", "--history", write("area,year,places\nA,2020,1\nA,2021,2\n"), "--years", 0).exit_code == 2
    refused = call("forecast", "--history", write("area,year,places\nA,2020,many\nA,2021,2\n"), "--json")
    assert refused.exit_code == 3
    assert json.loads(refused.stdout)["error"]["code"] == "bad_count"
    assert "Traceback" not in refused.stderr


def test_the_page_says_the_forecast_with_its_range_beside_the_path_of_all() -> None:
    rows = history(uneven())
    model = forecast(rows, 2)
    said = finding.published_forecast(rows, model, "falls", "counts.csv", "v1")
    low, high = of(model, "falls").loc[2027, ["p10", "p90"]]
    assert said.answer.startswith("In January 2027 falls might need ")
    assert f"{low:,.0f} to {high:,.0f}" in said.answer
    assert next((f.value, f.low, f.high) for f in said.figures if "2027" in f.label) == tuple(
        round(float(v)) for v in of(model, "falls").loc[2027, ["p50", "p10", "p90"]]
    )
    assert len(said.figures) <= 4
    fan = said.tables["fan"].frame
    assert fan.loc[fan["what"] == "counted", "middle"].tolist() == [200, 190, 181, 172, 163, 155]
    assert fan["year"].tolist() == [str(y) for y in range(2020, 2028)]
    index = said.tables["index"].frame
    assert set(index["series"]) == {"falls", ALL_AREAS}
    assert index.loc[index["year"] == "2025", "index"].tolist() == [100, 100]
    assert len(said.tables["areas"].frame) == 32 * 2


def test_the_page_without_counts_says_what_to_add() -> None:
    assert "Add" in finding.nothing("v1").answer
    rows = history(growing(0.1))
    assert "no count" in finding.published_forecast(rows, forecast(rows, 1), "Elsewhere", "counts.csv", "v1").answer


def test_a_history_that_is_kept_is_asked_before_the_caseload(tmp_path: Path, write: Callable[[str], Path]) -> None:
    store = cost_store(tmp_path)
    try:
        session = Session(Role.COMMISSIONER, store, "a person")
        before = run.stamp(session)
        assert run.areas(session, before) == []
        assert "Add" in run.finding(session, "Kent", 1, before).answer
        head = "time_period,geographic_level,old_la_code,la_name,breakdown_topic,breakdown,ehcplans,special_independent,special_non_maintained"
        rows = [f"{year},Local authority,886,Kent,All EHC plans,All EHC plans,9,{n},10" for year, n in (("202324", 90), ("202425", 100))]
        published.add(session, "caseload", write("\n".join([head, *rows]) + "\n"))
        found = run.finding(session, "Kent", 1, run.stamp(session))
        assert found.figures[0].value == 110
        assert run.areas(session, run.stamp(session)) == ["Kent"]
        published.add(session, "history", write(history({"Ours": [40.0, 44.0], "Others": [400.0, 440.0]}).to_csv(index=False)))
        assert run.areas(session, run.stamp(session)) == ["Others", "Ours"]
        assert run.finding(session, "Ours", 2, run.stamp(session)).answer.startswith("In January 2023 Ours might need ")
        assert run.stamp(session) != before
    finally:
        store.close()
