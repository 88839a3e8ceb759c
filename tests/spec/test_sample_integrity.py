"""The made-up authority is the same for the same seed, hangs together, and holds no real name."""

from __future__ import annotations

import csv
import os
import subprocess
import sys
from datetime import date
from pathlib import Path

import pandas as pd
import pytest
from sample_files import AS_AT, Sample, academic_age, full, small

from data import domain
from data.errors import WrongUsage
from data.sample import generate
from data.sources import SOURCES

ROOT = Path(__file__).resolve().parents[2]
SAMPLES = pytest.mark.parametrize("sample", [full, small], ids=["full", "small"])


def bytes_of(folder: Path) -> dict[str, bytes]:
    return {p.name: p.read_bytes() for p in sorted(folder.iterdir())}


def test_the_same_seed_gives_the_same_bytes_whatever_the_hash_seed_clock_zone_and_locale(tmp_path: Path):
    generate(tmp_path / "a", seed=3, plans=600)
    code = "import sys; from pathlib import Path; from data.sample import generate; generate(Path(sys.argv[1]), seed=3, plans=600)"
    env = {**os.environ, "PYTHONHASHSEED": "77", "TZ": "Pacific/Auckland", "LC_ALL": "C"}
    subprocess.run([sys.executable, "-c", code, str(tmp_path / "b")], check=True, cwd=ROOT, env=env)
    first, second = bytes_of(tmp_path / "a"), bytes_of(tmp_path / "b")
    assert set(first) == {*(f"{name}.csv" for name in SOURCES), "truth.json"}
    assert first == second


def test_another_seed_gives_other_files_and_the_same_counts_of_plans(tmp_path: Path):
    one, two = (generate(tmp_path / str(seed), seed=seed, plans=600) for seed in (3, 4))
    assert (tmp_path / "3" / "plans.csv").read_bytes() != (tmp_path / "4" / "plans.csv").read_bytes()
    assert one["settings"] == two["settings"]


def test_files_have_unix_line_ends_and_the_declared_columns(tmp_path: Path):
    counts = generate(tmp_path, seed=1, plans=300)
    for name, source in SOURCES.items():
        text = (tmp_path / f"{name}.csv").read_bytes()
        assert b"\r" not in text
        rows = list(csv.reader(text.decode("utf-8").splitlines(), strict=True))
        assert tuple(rows[0]) == source.names
        assert len(rows) - 1 == counts[name]


def test_the_default_size_stays_within_what_a_laptop_loads_in_seconds():
    assert sum(full().counts.values()) < 350_000
    assert all(full().counts.values())


@SAMPLES
def test_keys_are_unique_and_required_cells_filled(sample):
    for name, source in SOURCES.items():
        frame = sample()[name]
        assert not frame.duplicated(list(source.key)).any(), name
        for column in source.columns:
            if column.required and column.default is None:
                filled = frame[column.name].notna() & (frame[column.name].astype(str) != "")
                assert filled.all(), f"{name}.{column.name}"
            if column.codes and column.kind == "code":
                assert set(frame[column.name]) <= {*column.codes, ""}, f"{name}.{column.name}"


@SAMPLES
def test_parents_exist(sample):
    for name, source in SOURCES.items():
        for column, parent, parent_column in source.parents:
            given = sample()[name][column]
            assert set(given[given != ""]) <= set(sample()[parent][parent_column]), f"{name}.{column}"


@SAMPLES
def test_placements_lie_within_plan_age_and_setting(sample):
    made: Sample = sample()
    p = made.placements()
    age = academic_age(p.birth_month, p.entry_date.dt.year - (p.entry_date.dt.month < 9))
    assert (p.plan_start <= p.entry_date).all()
    assert not (p.leaving_date > p.plan_ceased).any()
    assert not (p.leaving_date.isna() & p.plan_ceased.notna()).any()
    assert not (p.leaving_date < p.entry_date).any()
    assert age.between(3, 24).all()
    settings = made["settings"].set_index("urn")
    assert (p.entry_date >= p.urn.map(settings.opened)).all()
    assert not (p.entry_date > p.urn.map(settings.closed)).any()
    assert not (p.leaving_date.fillna(AS_AT) > p.urn.map(settings.closed)).any()
    assert set(p[p.setting_type == "SPI"].residence) == {"day"}


@SAMPLES
def test_first_placements_of_a_child_do_not_overlap_and_second_ones_lie_within_them(sample):
    p = sample()["placements"].sort_values(["child_id", "entry_date"])
    first = p[p["rank"] == "1"]
    before = first.groupby("child_id").leaving_date.shift()
    repeated = first.child_id.duplicated()
    assert (first.entry_date[repeated] > before[repeated]).all()
    assert len(p[p["rank"] == "2"]) > 0


@SAMPLES
def test_fee_lines_cover_each_placement_without_gap_or_overlap(sample):
    made: Sample = sample()
    core = made.lines().query("component == 'core' and funder == 'education'").sort_values(["placement_id", "valid_from"])
    begins = core.entry_date.clip(lower=pd.Timestamp("2016-09-01"))
    first = ~core.placement_id.duplicated()
    last = ~core.placement_id.duplicated(keep="last")
    assert set(core.placement_id) == set(made["placements"].placement_id)
    assert (core.valid_from[first] == begins[first]).all()
    assert (core.valid_to[last] == core.leaving_date[last].fillna(AS_AT)).all()
    assert (core.valid_from[~first].dt.strftime("%m-%d") == "09-01").all()
    assert (core.valid_to[~last].dt.strftime("%m-%d") == "08-31").all()
    assert (made["fees"].amount_gbp > 0).all()


@SAMPLES
def test_nothing_is_dated_after_the_as_at_day_but_deadlines_contracts_and_vehicles(sample):
    made: Sample = sample()
    for source, columns in {
        "plans": ["plan_start", "plan_ceased"],
        "placements": ["entry_date", "leaving_date"],
        "fees": ["valid_from", "valid_to"],
        "payments": ["paid_on"],
        "members": ["applied_on", "decided_on"],
        "outcomes": ["period_start", "period_end"],
        "inspections": ["inspected_on"],
        "consultations": ["sent_on", "replied_on"],
        "cases": ["opened_on"],
        "settings": ["opened", "closed"],
    }.items():
        for column in columns:
            assert not (made[source][column] > AS_AT).any(), f"{source}.{column}"


@SAMPLES
def test_contracts_belong_to_the_setting_and_cover_the_entry(sample):
    made: Sample = sample()
    p = made["placements"].query("contract_id != ''").merge(made["contracts"], on="contract_id", suffixes=("", "_contract"))
    assert (p.urn == p.urn_contract).all()
    assert ((p.entry_date >= p.starts) & (p.entry_date <= p.ends)).all()
    held = p[p.purchase_type == "block"]
    now = held[held.leaving_date.isna()].groupby("contract_id").size()
    most = made["contracts"].set_index("contract_id").max_places
    assert (now <= most.reindex(now.index).astype(float)).all()
    assert set(held.kind) <= {"block", "flexi_block"}


def test_every_kind_of_source_detail_occurs():
    made = full()
    assert set(made["contracts"].kind) == {"block", "flexi_block", "call_off", "spot"}
    assert set(made["fees"].unit) == {"year", "term", "week", "day"}
    assert set(made["fees"].funder) == set(domain.FUNDERS)
    assert set(made["inspections"].framework) == {"EIF", "RC2025", "ISS", "ISI"}
    assert set(made["cases"].kind) == {"new", "phase_transfer", "move", "appeal"}
    assert set(made["cases"].status) == {"open", "placed", "closed"}
    assert set(made["placements"].named_by) == {"council", "parent", "tribunal"}
    assert set(made["outcomes"].measure) == set(SOURCES["outcomes"].column("measure").codes)
    assert set(made["plans"].home_district) == set(domain.districts())


@pytest.mark.parametrize("as_at", [date(2020, 1, 1), date(2024, 2, 29), date(2025, 8, 31), date(2026, 9, 1)])
def test_other_as_at_days_hold_as_many_plans(tmp_path: Path, as_at: date):
    generate(tmp_path, seed=2, plans=1_000, as_at=as_at)
    plans = pd.read_csv(tmp_path / "plans.csv", dtype=str, keep_default_na=False)
    assert (plans.plan_ceased == "").sum() == 1_000
    assert plans.plan_start.max() <= as_at.isoformat()


@pytest.mark.parametrize(("seed", "plans", "as_at"), [(-1, 3_000, date(2026, 3, 31)), (1, 10, date(2026, 3, 31)), (1, 3_000, date(1999, 1, 1))])
def test_an_impossible_order_is_refused_in_a_sentence(tmp_path: Path, seed: int, plans: int, as_at: date):
    with pytest.raises(WrongUsage, match=r"give|from"):
        generate(tmp_path, seed, plans, as_at)


def test_no_setting_bears_the_name_or_number_of_a_real_one():
    shared = Path(os.environ.get("SHARED_DATA", ROOT.parent / "shared" / "data"))
    register = shared / "nmiss_register_2018.csv"
    if not register.exists():
        pytest.skip(f"no register at {register}")
    real = pd.read_csv(register, dtype=str, encoding="utf-8", encoding_errors="replace")
    names = real.SCHNAME.str.lower().str.replace(r"[^a-z ]", "", regex=True)
    stems = full()["settings"].setting_name.str.lower().str.split().str[0]
    assert not set(full()["settings"].urn) & set(real.URN)
    assert not [s for s in stems if names.str.contains(rf"\b{s}\b").any()]
