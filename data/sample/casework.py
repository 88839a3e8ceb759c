"""Consultations and cases: how each placement came about, the pipeline still open, and appeals."""

from __future__ import annotations

from dataclasses import dataclass, fields

import numpy as np

from data.sample import children as kids
from data.sample.calibration import World
from data.sample.choosing import Seekers, choose
from data.sample.days import OPEN, Ints, academic_age, ay_of, day, first_of, iso
from data.sample.placements import Placements
from data.sample.settings import Settings

Columns = dict[str, list[str]]
KINDS = ("new", "phase_transfer", "move", "appeal")
STATUSES = ("open", "placed", "closed")
OFFERED = (0.55, 0.68, 0.72)  # chance that a setting of each type (ISS, NMSS, SPI) offers a place when asked
ACCEPTED = 0.82  # chance that the parent accepts an offer
_UNANSWERED = 0.25  # of those that do not offer
_MOST_ASKED = 12
_REASONS = ("Full in the year group", "Cannot meet need", "Not compatible with the peer group", "Outside the age range")


def _sequences(world: World, settings: Settings, p: Placements, rng: np.random.Generator) -> tuple[Ints, Ints]:
    """Settings are asked in turn until one offers and the parent accepts: how many were asked for each placement."""
    who = np.flatnonzero((p.entry >= kids.sample_start(world)) & (p.rank == 1))
    success = np.array(OFFERED)[settings.kind[p.setting[who]]] * ACCEPTED
    return who, np.minimum(rng.geometric(success), _MOST_ASKED).astype(np.int64)


def consultations(world: World, settings: Settings, children: kids.Children, p: Placements, child_ids: list[str], pipeline: Cases) -> Columns:
    """The consultations file. Each asking is one independent trial with the planted chances; the last one led to the placement."""
    rng = world.rng("consultations")
    who, asked = _sequences(world, settings, p, rng)
    trial = np.repeat(who, asked)
    left = np.repeat(np.cumsum(asked), asked) - np.arange(len(trial)) - 1  # askings still to come
    c = children.take(p.child[trial])
    age = academic_age(c.birth, ay_of(p.entry[trial]))
    kind = settings.kind[p.setting[trial]]
    seek = Seekers(kind, c.need, c.home, age, p.entry[trial], np.zeros(len(trial), dtype=bool), p.setting[trial])
    other = choose(rng, settings, seek)
    setting = np.where((left == 0) | (other < 0), p.setting[trial], other)
    sent = p.entry[trial] - 40 - 22 * left - rng.integers(0, 15, len(trial))
    chance = np.array(OFFERED)[kind]
    offer = (left == 0) | (rng.random(len(trial)) < chance * (1 - ACCEPTED) / (1 - chance * ACCEPTED))
    silent = ~offer & (rng.random(len(trial)) < _UNANSWERED)
    replied = np.where(silent, OPEN, sent + rng.integers(4, 20, len(trial)))
    view = np.where(left == 0, np.where(p.named[trial] == 0, 1, 0), np.where(offer, 2, 1))
    now = _pending(world, settings, children, pipeline, rng)
    reason = rng.integers(0, len(_REASONS), len(trial))
    return {
        "child_id": [child_ids[k] for k in p.child[trial].tolist()] + [child_ids[k] for k in now[0].tolist()],
        "urn": [settings.urn[k] for k in np.concatenate([setting, now[1]]).tolist()],
        "sent_on": iso(np.concatenate([sent, now[2]])),
        "replied_on": iso(np.concatenate([replied, now[3]]), none_from=world.as_at + 1),
        "reply": ["offer" if o else "none" if s else "refuse" for o, s in zip(offer.tolist(), silent.tolist(), strict=True)] + now[4],
        "refuse_reason": ["" if o or s else _REASONS[r] for o, s, r in zip(offer.tolist(), silent.tolist(), reason.tolist(), strict=True)] + [""] * len(now[4]),
        "parent_view": [("prefers", "accepts", "declines")[v] for v in view.tolist()] + [""] * len(now[4]),
        "outcome": ["placed" if n == 0 else "not_placed" for n in left.tolist()] + [""] * len(now[4]),
    }


def _pending(world: World, settings: Settings, children: kids.Children, pipeline: Cases, rng: np.random.Generator) -> tuple[Ints, Ints, Ints, Ints, list[str]]:
    """Settings asked for children whose case is still open: some have replied."""
    waiting = np.flatnonzero((pipeline.status == 0) & (pipeline.kind != 3) & (pipeline.preferred >= 0))
    sent = np.maximum(pipeline.opened[waiting] + rng.integers(5, 40, waiting.size), world.as_at - 120)
    ok = sent < world.as_at
    waiting, sent = waiting[ok], sent[ok]
    replied = sent + rng.integers(4, 40, waiting.size)
    offers = rng.random(waiting.size) < np.array(OFFERED)[settings.kind[pipeline.preferred[waiting]]]
    reply = ["" if d > world.as_at else "offer" if o else "refuse" for d, o in zip(replied.tolist(), offers.tolist(), strict=True)]
    return pipeline.child[waiting], pipeline.preferred[waiting], sent.astype(np.int64), replied, reply


@dataclass
class Cases:
    """One entry a case in every array; `kind` and `status` are positions in KINDS and STATUSES."""

    child: Ints
    kind: Ints
    opened: Ints
    due: Ints
    hearing: Ints
    target: Ints
    preferred: Ints  # −1 where the family named none
    status: Ints

    @classmethod
    def join(cls, parts: list[Cases]) -> Cases:
        """The cases of all parts, one after another."""
        return cls(**{f.name: np.concatenate([getattr(p, f.name) for p in parts]).astype(np.int64) for f in fields(cls)})

    def columns(self, settings: Settings, child_ids: list[str]) -> Columns:
        """The cases file, oldest first."""
        order = np.lexsort((np.arange(len(self.child)), self.opened)).tolist()
        return {
            "case_id": [f"K{k + 1:06d}" for k in range(len(order))],
            "child_id": [child_ids[self.child[k]] for k in order],
            "kind": [KINDS[self.kind[k]] for k in order],
            "opened_on": iso(self.opened[order]),
            "due_on": iso(self.due[order]),
            "hearing_on": iso(self.hearing[order]),
            "target_start": iso(self.target[order]),
            "preferred_urn": [settings.urn[self.preferred[k]] if self.preferred[k] >= 0 else "" for k in order],
            "status": [STATUSES[self.status[k]] for k in order],
        }


def cases(world: World, settings: Settings, placed: kids.Children, everyone: kids.Children, p: Placements) -> Cases:
    """Past cases of every placement, the open pipeline, and appeals as published."""
    rng = world.rng("cases")
    who = np.flatnonzero((p.entry >= kids.sample_start(world)) & (p.rank == 1))
    entry, child = p.entry[who], p.child[who]
    age = academic_age(placed.birth[child], ay_of(entry))
    before = np.isin(np.arange(len(p)), _with_earlier(p))[who]
    kind = np.where(before & ~np.isin(age, (11, 16)), 2, np.where(np.isin(age, (11, 16)), 1, np.where(entry - placed.start[child] < 240, 0, 2)))
    opened = entry - np.where(kind == 1, 300, 170) - rng.integers(0, 40, who.size)
    due = np.where(kind == 1, _deadline(age, entry), opened + 140)
    preferred = np.where(p.named[who] == 0, np.where(rng.random(who.size) < 0.3, p.setting[who], -1), p.setting[who])
    past = Cases(child, kind, opened, due, np.full(who.size, OPEN), entry, preferred, np.ones(who.size, dtype=np.int64))
    return Cases.join([past, *_pipeline(world, settings, everyone, p, rng), *_appeals(world, settings, everyone, rng)])


def _with_earlier(p: Placements) -> Ints:
    """Placements of a child that has been placed before."""
    order = np.lexsort((p.entry, p.child))
    again = np.zeros(len(p), dtype=bool)
    again[1:] = p.child[order][1:] == p.child[order][:-1]
    return np.flatnonzero(again[np.argsort(order)])


def _deadline(age: Ints, entry: Ints) -> Ints:
    """15 February before a transfer to secondary, 31 March before one to post-16."""
    year = 1970 + entry.astype("datetime64[D]").astype("datetime64[Y]").astype(np.int64)
    return np.where(age >= 16, first_of(year, 4) - 1, first_of(year, 2) + 14)


# The open pipeline of a Kent-sized authority: kind of case, academic ages, type of setting sought, children.
_PIPELINE = ((1, (10, 10), 0, 95), (1, (15, 15), 2, 110), (0, (4, 15), 0, 70), (2, (6, 14), 0, 45))


def _pipeline(world: World, settings: Settings, everyone: kids.Children, p: Placements, rng: np.random.Generator) -> list[Cases]:
    """Children without a placement of the sample's kinds who need one next September or sooner."""
    age = academic_age(everyone.birth, ay_of(np.array(world.as_at)))
    free = (everyone.start <= world.as_at - 30) & (everyone.ceased > world.as_at)
    free[p.child[p.leave > world.as_at]] = False
    made = []
    for kind, (youngest, oldest), sought, count in _PIPELINE:
        recent = everyone.start > world.as_at - 400
        may = np.flatnonzero(free & (age >= youngest) & (age <= oldest) & (recent == (kind == 0)))
        who = np.sort(may[rng.permutation(may.size)[: max(2, round(count * world.scale))]])
        free[who] = False
        made.append(_waiting(world, settings, rng, everyone.take(who), who, age[who], kind, sought))
    return made


def _waiting(world: World, settings: Settings, rng: np.random.Generator, c: kids.Children, who: Ints, age: Ints, kind: int, sought: int) -> Cases:
    """Open cases of one kind, each with the setting that the family prefers."""
    n, transfer = who.size, kind == 1
    september = int(first_of(ay_of(np.array([world.as_at])) + 1, 9)[0])
    seek = Seekers(np.full(n, sought), c.need, c.home, age + transfer, np.full(n, september), np.zeros(n, dtype=bool), np.full(n, -1))
    opened = world.as_at - rng.integers(10, 160, n) - (60 if transfer else 0)
    target = np.full(n, september) if transfer else opened + 160
    due = _deadline(age + 1, target) if transfer else opened + 140
    return Cases(who, np.full(n, kind), opened, due, np.full(n, OPEN), target, choose(rng, settings, seek), np.zeros(n, dtype=np.int64))


def _appeals(world: World, settings: Settings, everyone: kids.Children, rng: np.random.Generator) -> list[Cases]:
    """As many a calendar year as published (the nearest year where none is), each on a plan running then."""
    counts, made = world.published.appeals, []
    for year in range(world.first_ay, world.last_ay + 2):
        n = round(counts.get(year, counts[min(counts)] * 0.8 if year < min(counts) else counts[max(counts)]) * world.scale)
        opened = day(year, 1, 1) + rng.integers(0, 365, n)
        opened = np.sort(opened[(opened <= world.as_at) & (opened >= kids.sample_start(world))])
        may = np.flatnonzero((everyone.start <= day(year, 1, 1)) & (everyone.ceased > day(year, 12, 31)))
        if may.size == 0 or opened.size == 0:
            continue
        child = may[rng.integers(0, may.size, opened.size)]
        hearing = opened + rng.integers(150, 330, opened.size)
        status = np.where(hearing + 30 > world.as_at, 0, 2)
        preferred = np.where(rng.random(opened.size) < 0.5, rng.integers(0, len(settings), opened.size), -1)
        never = np.full(opened.size, OPEN)
        made.append(Cases(child, np.full(opened.size, 3), opened, never, hearing, never, preferred, status))
    return made
