"""Rows on which two models are compared, against loops over the raw events of random shops.

Neither model may have learnt from anything that was unsettled at the cutoff of such a row, and its
own outcome must be settled.
"""

from __future__ import annotations

import itertools
from collections import defaultdict
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pytest

from features import Catalogue, EventTable
from features.errors import StateError
from features.instants import DAY, instant, iso
from features.tables import Table
from tests.helpers import bundles, shop
from training import Project, contacted
from training.bundle import Bundle, write_bundle
from training.data import Data, open_data
from training.folds import Rhythm
from training.prepare import prepare
from training.production.again import score_both
from training.production.kept import Kept, codes
from training.production.pairs import kept_by_both
from training.production.rival import rival
from training.tasks import Task

VISITS = replace(shop.VISITS, known_at="known")
CALLS = EventTable("calls", customer="member", occurred_at="at", known_at="known")
GAP, HORIZON, ACTIVE = 2 * DAY, 14 * DAY, 56 * DAY
KEY = b"key"


@dataclass(frozen=True)
class World:
    """Raw events: member, when, and when known, UTC microseconds; and what was read of them."""

    visits: list[tuple[str, int, int]]
    calls: list[tuple[str, int, int]]
    project: Project
    data: Data


def events(random: np.random.Generator, often: float, late: float) -> list[tuple[str, int, int]]:
    found = []
    for member in range(60):
        at = random.exponential(often)
        while at < 320:
            delay = random.exponential(late) if random.random() < 0.2 else 0.0
            when = instant(iso(0)) + int((19_800 + at) * DAY)
            found.append((f"c{member:04}", when, when + int(delay * DAY)))
            at += random.exponential(often)
    return found


def columns(told: list[tuple[str, int, int]]) -> dict[str, Any]:
    utc = pa.timestamp("us", "UTC")
    members, at, known = zip(*told, strict=True)
    return {"member": list(members), "at": pa.array(at, utc), "known": pa.array(known, utc)}


def world(seed: int) -> World:
    random = np.random.default_rng(seed)
    visits, calls = events(random, 12, random.choice([0.5, 6])), events(random, 40, 3)
    count = len(visits)
    frames = {
        "visits": pa.table(
            {
                **columns(visits),
                "spend": random.gamma(2, 10, count).round(2),
                "shop": random.choice(["NORTH", "SOUTH"], count).tolist(),
            }
        ),
        "calls": pa.table(columns(calls)),
        "clients": shop.frames()["clients"],
    }
    tables: list[Table] = [VISITS, CALLS, shop.CLIENTS]
    project = Project("shop", tables, Catalogue(list(shop.project().catalogue)), [shop.CHURN])
    return World(visits, calls, project, open_data(project, frames, lambda text: None))


def learnt_at(task: Task, *cutoffs: int, note: str = "") -> Bundle:
    """A bundle that says it learnt from these cutoffs; what it scores does not matter here."""
    bundle = bundles.learnt()[0]
    named = {"train": cutoffs[:1], "stop": cutoffs[1:2], "calibrate": cutoffs[2:], "test": [10**17]}
    told = {name: [iso(each) for each in at] for name, at in named.items() if at}
    return replace(bundle, task=task, trained={**bundle.trained, "cutoffs": told, "note": note})


def unsettled(made: World, learnt: list[int], cutoff: int) -> bool:
    """Whether an answer that was learnt from could change at a cutoff or later."""
    for each in learnt:
        if each + GAP + HORIZON > cutoff:
            return True
        for _, at, known in made.visits:
            if each + GAP <= at < each + GAP + HORIZON and known > cutoff:
                return True
    return False


@pytest.mark.parametrize("weighs", [False, True])
def test_both_are_scored_on_settled_rows_that_neither_learnt_from(weighs: bool) -> None:
    task = replace(shop.CHURN, weigh=(contacted(CALLS),)) if weighs else shop.CHURN
    config = shop.config(rhythm=Rhythm(every=3, history=30, later=4), resamples=2)
    came: dict[str, int] = defaultdict(int)
    for seed in range(8):
        made, random = world(seed), np.random.default_rng(seed)
        heard = max(known for *_, known in made.visits)
        late = max(known - at for _, at, known in made.visits)
        # Contacts are taken to be complete; visits are, but for those that may still be told.
        until = heard - late
        last = (until - GAP - HORIZON) // DAY * DAY
        if weighs:
            late = max(late, max(known - at for _, at, known in made.calls))
        furthest = 130 if weighs else 60
        days = [random.integers(8, furthest, 3) for _ in range(2)]
        learnt = [sorted(last - int(each) * DAY for each in told) for told in days]
        one, other = (learnt_at(task, *each) for each in learnt)
        reason = ""
        try:
            kept = score_both(made.project, made.data, config, one, other, KEY)
        except StateError as error:
            reason = str(error)
        if reason:
            assert "cannot be compared yet" in reason
            assert max(map(max, learnt)) + GAP + HORIZON + late > last
            came["refused"] += 1
            continue
        came["scored"] += 1
        came["left out"] += len(set(kept.cutoffs.tolist())) < 4
        require_fair(made, kept, [*learnt[0], *learnt[1]], until, weighs)
    # Contacts are known so late that a shop has all of its newest cutoffs, or none.
    seen = ("refused", "scored") if weighs else ("refused", "scored", "left out")
    assert min(came[each] for each in seen) > 0, came


def require_fair(made: World, kept: Kept, learnt: list[int], until: int, weighs: bool) -> None:
    ids = [f"c{member:04}" for member in range(60)]
    names = dict(zip(codes(np.array(ids, object), KEY).tolist(), ids, strict=True))
    rows: dict[tuple[str, int], bool] = {}
    for code, cutoff, label in zip(kept.customers, kept.cutoffs, kept.label, strict=True):
        rows[names[int(code)], int(cutoff)] = bool(label)
    cutoffs = {cutoff for _, cutoff in rows}
    for cutoff in cutoffs:
        assert not unsettled(made, learnt, cutoff)
        assert cutoff + GAP + HORIZON <= until
    wanted = {}
    for member, cutoff in itertools.product(ids, cutoffs):
        mine = [(at, known) for who, at, known in made.visits if who == member]
        if not any(cutoff - ACTIVE <= at < cutoff and known < cutoff for at, known in mine):
            continue
        ends = cutoff + GAP + HORIZON
        first = min((at for at, _ in mine if cutoff + GAP <= at < ends), default=None)
        stopped = [
            at
            for who, at, _ in made.calls
            if who == member and cutoff <= at < ends and (first is None or at <= first)
        ]
        if not (weighs and stopped):
            wanted[member, cutoff] = first is None
    assert rows == wanted


@pytest.mark.parametrize("late", [False, True])
def test_the_champion_scores_rows_in_training_that_it_had_not_met(
    tmp_path: Path, late: bool
) -> None:
    made = world(1)
    project, data = (made.project, made.data) if late else (shop.project(), shop.data())
    lateness = max(known - at for _, at, known in made.visits) if late else 0
    prepared = prepare(project, shop.CHURN, data, shop.config())
    test = prepared.splits[0]["test"].nonzero()[0]
    cutoffs = prepared.rows.vectors.cutoffs[test]
    golden = bundles.learnt()[2].vectors
    shares = set()
    for days in (-40, -17, -16, -10, -9, 0):
        last = int(cutoffs.min()) + days * DAY
        folder = tmp_path / str(days)
        write_bundle(learnt_at(shop.CHURN, last - 3 * DAY, last, last - DAY), golden, folder)
        found = rival(project, shop.CHURN, data, prepared, test, folder)
        assert found is not None
        met = [last + GAP + HORIZON + lateness > cutoff for cutoff in cutoffs.tolist()]
        assert np.isnan(found.scores).tolist() == met
        shares.add(sum(met) / len(met))
    assert {0.0, 1.0} < shares


@pytest.mark.parametrize("seed", range(20))
def test_rows_of_two_runs_are_joined_like_loops_would(seed: int) -> None:
    random = np.random.default_rng(seed)

    def run(count: int) -> Kept:
        customers, cutoffs = random.integers(0, 6, count), random.integers(0, 4, count)
        # Copies of a row say the same, and a few rows of one customer and cutoff do not.
        label = (customers + cutoffs) % 2 == 0
        label[random.random(count) < 0.1] ^= True
        scores = (customers * 10 + cutoffs) / 100
        scores[random.random(count) < 0.1] += 0.001
        return Kept(customers, cutoffs, label, scores, np.full(count, np.nan))

    mine, theirs = run(15), run(12)
    wanted = []
    for row in range(15):
        told = [
            {
                (bool(label), float(score))
                for customer, cutoff, label, score in zip(
                    each.customers, each.cutoffs, each.label, each.scores, strict=True
                )
                if (customer, cutoff) == (mine.customers[row], mine.cutoffs[row])
            }
            for each in (mine, theirs)
        ]
        if [len(each) for each in told] == [1, 1]:
            ((label, score),), ((other, champion),) = told
            if label == other:
                wanted.append((mine.customers[row], label, score, champion))
    pair = kept_by_both(mine, theirs)
    found = zip(pair.customers, pair.label, pair.version, pair.champion, strict=True)
    assert [tuple(each) for each in found] == wanted
