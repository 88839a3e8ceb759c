"""How children are doing: attendance, suspensions, reviews, outcomes met, satisfaction, destinations; and inspections of settings."""

from __future__ import annotations

import numpy as np

from data.sample.calibration import World
from data.sample.children import Children
from data.sample.days import Floats, Ints, academic_age, as_date, day, iso
from data.sample.fees import Years
from data.sample.lives import PHASE_END
from data.sample.placements import Placements
from data.sample.settings import Settings

Columns = dict[str, list[str]]
# Chances before the planted quality of a setting (per standard deviation) is added on the logit scale.
OUTCOMES_MET, SATISFIED, SUSTAINED = 0.68, 0.74, 0.80
QUALITY_ON_OUTCOMES, QUALITY_ON_ABSENCE = 0.35, -0.15
SUSPENSIONS_A_YEAR = {"SEMH": 0.55, "ASD": 0.12}
_OTHER_SUSPENSIONS = 0.06
_ABSENCE_SHAPE = 0.29  # of the beta distribution that gives the published mean and persistent absence
_SESSIONS = 380
_RC_FROM, _EIF_TO = day(2025, 11, 10), day(2025, 8, 31)
_EIF = ("Overall effectiveness", "Quality of education", "Behaviour and attitudes", "Personal development", "Leadership and management")
_EIF_GRADES = ("Inadequate", "Requires improvement", "Good", "Outstanding")
_RC = ("Inclusion", "Curriculum and teaching", "Achievement", "Attendance and behaviour", "Personal development and wellbeing", "Leadership and governance")
_RC_GRADES = ("Urgent improvement", "Needs attention", "Expected standard", "Strong standard", "Exceptional")


def _chance(base: float, quality: Floats) -> Floats:
    logit: Floats = np.log(base / (1 - base)) + QUALITY_ON_OUTCOMES * quality
    return 1 / (1 + np.exp(-logit))


def _absence(world: World, rng: np.random.Generator, child: Ints, quality: Floats) -> Floats:
    """Share of sessions missed: very uneven between children, steady for one child; the mean is the published one."""
    mean = world.published.figures["absence_rate"]
    per_child = rng.beta(_ABSENCE_SHAPE, _ABSENCE_SHAPE * (1 - mean) / mean, int(child.max(initial=0)) + 1)
    drawn = per_child[child] * np.exp(QUALITY_ON_ABSENCE * quality + rng.normal(0, 0.2, len(child)))
    for _ in range(3):  # cutting the highest lowers the mean a little each time
        drawn = (drawn * mean / drawn.mean()).clip(0, 0.97)
    return drawn


class _Rows:
    """Collects rows of the outcomes file as columns."""

    names = ("child_id", "urn", "measure", "period_start", "period_end", "numerator", "denominator")

    def __init__(self, settings: Settings, p: Placements, child_ids: list[str]) -> None:
        self.columns: Columns = {name: [] for name in self.names}
        self._urns, self._p, self._children = settings.urn, p, child_ids

    def add(self, measure: str, placement: Ints, start: Ints, end: Ints, numerator: Ints, denominator: Ints) -> None:
        """Rows of one measure."""
        c = self.columns
        c["child_id"] += [self._children[k] for k in self._p.child[placement].tolist()]
        c["urn"] += [self._urns[k] for k in self._p.setting[placement].tolist()]
        c["measure"] += [measure] * len(placement)
        c["period_start"] += iso(start)
        c["period_end"] += iso(end)
        c["numerator"] += [str(x) for x in numerator.tolist()]
        c["denominator"] += [str(x) for x in denominator.tolist()]


def outcomes(world: World, settings: Settings, children: Children, p: Placements, years: Years, child_ids: list[str]) -> Columns:
    """The outcomes file: one row a child, setting, measure and academic year (destinations: one after leaving)."""
    rng = world.rng("outcomes")
    long = (p.rank[years.placement] == 1) & (years.end - years.start >= 60)
    placement, start, end = years.placement[long], years.start[long], years.end[long]
    quality = settings.quality[p.setting[placement]]
    school = settings.kind[p.setting[placement]] < 2
    rows, one = _Rows(settings, p, child_ids), np.ones(len(placement), dtype=np.int64)
    sessions = np.maximum(np.rint(_SESSIONS * (end - start + 1) / 365), 10).astype(np.int64)
    absent = rng.binomial(sessions, _absence(world, rng, p.child[placement], quality))
    rows.add("attendance", placement, start, end, sessions - absent, sessions)
    rate = np.array([SUSPENSIONS_A_YEAR.get(n, _OTHER_SUSPENSIONS) for n in world.published.needs])[children.need[p.child[placement]]]
    held = np.flatnonzero(school)
    rows.add("suspensions", placement[held], start[held], end[held], rng.poisson(rate[held] * (end - start)[held] / 365), one[held])
    reviewed = np.flatnonzero(end - start >= 200)
    on_time = (rng.random(reviewed.size) < world.published.figures["reviews_on_time"]).astype(np.int64)
    rows.add("review_on_time", placement[reviewed], start[reviewed], end[reviewed], on_time, one[reviewed])
    aims = rng.integers(4, 9, reviewed.size)
    met = rng.binomial(aims, _chance(OUTCOMES_MET, quality[reviewed]))
    rows.add("outcomes_met", placement[reviewed], start[reviewed], end[reviewed], met, aims)
    asked = reviewed[rng.random(reviewed.size) < 0.3]
    content = (rng.random(asked.size) < _chance(SATISFIED, quality[asked])).astype(np.int64)
    rows.add("parent_satisfaction", placement[asked], start[asked], end[asked], content, one[asked])
    _destinations(world, settings, children, p, rng, rows)
    return rows.columns


def _destinations(world: World, settings: Settings, children: Children, p: Placements, rng: np.random.Generator, rows: _Rows) -> None:
    """Whether those who left at 16 or later were still in education, work or training six months on."""
    age = academic_age(children.birth[p.child], np.array([as_date(d).year - 1 for d in p.leave.clip(0, world.as_at).tolist()], dtype=np.int64))
    who = np.flatnonzero((p.reason == PHASE_END) & (age >= 15) & (p.leave + 183 <= world.as_at) & (p.rank == 1))
    stayed = (rng.random(who.size) < _chance(SUSTAINED, settings.quality[p.setting[who]])).astype(np.int64)
    rows.add("destination_sustained", who, p.leave[who] + 1, p.leave[who] + 183, stayed, np.ones(who.size, dtype=np.int64))


def inspections(world: World, settings: Settings) -> Columns:
    """The inspections file: EIF grades, report cards since November 2025, independent school standards, ISI for a few."""
    rng = world.rng("inspections")
    rows: list[tuple[str, str, str, str, int]] = []
    for s, urn in enumerate(settings.urn):
        at = max(day(world.first_ay, 1, 10), int(settings.opened[s]) + 200) + int(rng.integers(0, 700))
        isi = settings.kind[s] == 0 and rng.random() < 0.08
        while at <= min(world.as_at, int(settings.closed[s])):
            if isi:
                rows.append((urn, "ISI", "Regulatory compliance", "Met" if rng.random() < 0.85 else "Not met", at))
            elif at <= _EIF_TO or at >= _RC_FROM:
                rows += _one(urn, float(settings.quality[s]), settings.kind[s] == 0, at, rng)
            at += int(rng.integers(700, 1300))
    return {
        "urn": [r[0] for r in rows],
        "framework": [r[1] for r in rows],
        "area": [r[2] for r in rows],
        "grade": [r[3] for r in rows],
        "inspected_on": iso([r[4] for r in rows]),
    }


def _one(urn: str, quality: float, independent: bool, at: int, rng: np.random.Generator) -> list[tuple[str, str, str, str, int]]:
    """One inspection's grades in its framework's own words."""
    level = 0.5 * quality + rng.normal(0, 0.6)
    if at >= _RC_FROM:
        marks = [int(np.clip(np.rint(2 + level + rng.normal(0, 0.5)), 0, 4)) for _ in _RC]
        rows = [(urn, "RC2025", area, _RC_GRADES[m], at) for area, m in zip(_RC, marks, strict=True)]
        rows.append((urn, "RC2025", "Safeguarding", "Met" if level > -1.6 else "Not met", at))
    else:
        first = int(np.clip(np.rint(1.9 + 0.7 * level), 0, 3))
        marks = [first] + [int(np.clip(first + rng.choice([-1, 0, 0, 0, 1]), 0, 3)) for _ in _EIF[1:]]
        rows = [(urn, "EIF", area, _EIF_GRADES[m], at) for area, m in zip(_EIF, marks, strict=True)]
        rows.append((urn, "EIF", "Safeguarding", "Effective" if first > 0 else "Ineffective", at))
    if independent:
        rows.append((urn, "ISS", "Independent school standards", "Met" if level > -0.9 else "Not met", at))
    return rows
