"""A change that flips a band really does, is the smallest, and stays inside what was seen."""

from __future__ import annotations

from dataclasses import replace
from functools import cache
from typing import Any

import lightgbm
import numpy as np
import pytest

from features.arrays import Floats
from tests.helpers import bundles
from training.bundle import Band, Bundle
from training.reasons.changes import Counterfactual
from training.reasons.counterfactual import Changer
from training.reasons.explain import Explainer
from training.reasons.settings import Reasons
from training.reasons.steps import steps_of


def changer(edge: float, **settings: Any) -> Changer:
    bundle = replace(
        bundles.learnt()[0],
        bands=(Band("high", edge), Band("low", 0.0)),
        reasons=Reasons(**settings).to_json(),
    )
    return Changer(Explainer(bundle), lambda matrix: margins(bundle, matrix))


@cache
def booster(text: str) -> lightgbm.Booster:
    return lightgbm.Booster(model_str=text)


def margins(bundle: Bundle, matrix: Floats) -> Floats:
    told: Any = booster(bundle.model_text).predict(matrix, raw_score=True, num_threads=1)
    return np.asarray(told, dtype=np.float64)


def judged(bundle: Bundle, matrix: Floats) -> Floats:
    return bundle.calibrator.apply(margins(bundle, matrix))


def find(found: Changer, row: Floats, language: str = "en") -> Counterfactual:
    return found.find(row, found.explainer.bundle.calibrator.apply, language)


def rows(count: int = 40) -> Floats:
    bundle, found, _ = bundles.learnt()
    matrix = bundle.schema.matrix(bundle.inputs(found.vectors))
    return matrix[:: max(1, len(matrix) // count)]


def test_steps_of_an_input_are_the_margins_that_are_scored() -> None:
    explainer = changer(0.5).explainer
    forest, row = explainer.attribute.forest, rows()[3]
    wanted = ~np.isnan(row)
    columns, places, steps = steps_of(forest, row, wanted)
    tried = 0
    for column in np.unique(columns):
        mine = columns == column
        for value in (*np.unique(places[mine])[1:6], row[column]):
            moved = row.copy()
            moved[column] = value + 0.25
            change = steps[mine & (places < value + 0.25)].sum()
            change -= steps[mine & (places < row[column])].sum()
            both = explainer.attribute(np.array([row, moved])).sum(axis=1)
            assert both[1] - both[0] == pytest.approx(change, abs=1e-12)
            tried += abs(change) > 1e-6
    assert tried > 10


@pytest.mark.parametrize("language", ["en", "zh"])
def test_a_change_flips_the_band_and_stays_inside_what_was_seen(language: str) -> None:
    matrix = rows()
    scores = judged(bundles.learnt()[0], matrix)
    edge = float(np.quantile(scores, 0.6))
    found = changer(edge)
    kinds, seen = set(), set()
    for row, score in zip(matrix, scores, strict=True):
        told = find(found, row, language)
        kinds.add(sum(not each.along for each in told.changes))
        if score < edge:
            assert not told.changes
            assert ("lowest band" if language == "en" else "最低") in told.text
            continue
        if not told.changes:
            assert ("No change of one or two" if language == "en" else "不能使") in told.text
            continue
        moved = row.copy()
        for change in told.changes:
            place = found.explainer.bundle.schema.names.index(change.feature)
            low, high, _ = found.ranges[place] or (0, 0, 0)
            assert low <= change.after <= high
            assert change.before == row[place] != change.after
            if found.whole[place]:
                seen.add(change.feature)
                assert change.after == round(change.after)
            moved[place] = change.after
            assert change.text in told.text
        (after,) = judged(found.explainer.bundle, moved[None])
        assert after == told.score
        assert after < edge
    assert kinds >= {0, 1}
    assert seen


def test_no_smaller_change_of_one_input_would_do() -> None:
    matrix = rows()
    scores = judged(bundles.learnt()[0], matrix)
    edge = float(np.quantile(scores, 0.6))
    found = changer(edge)
    told = [(row, find(found, row)) for row in matrix[scores >= edge]]
    alone = [row for row, each in told if sum(not one.along for one in each.changes) == 1]
    assert len(alone) > 5
    for row in alone:
        _require_no_smaller(found, row, edge)


def _require_no_smaller(found: Changer, row: Floats, edge: float) -> None:
    change = find(found, row).changes[0]
    names = found.explainer.bundle.schema.names
    spread = (found.ranges[names.index(change.feature)] or (0, 0, 1))[2]
    least = abs(change.after - change.before) / spread
    for place in np.flatnonzero(found.movable & ~np.isnan(row)):
        low, high, apart = found.ranges[place] or (0, 0, 1)
        whole = found.whole[place] or found.explainer.entries[place].quantity.kind == "count"
        steps = np.linspace(-0.99, 0.99, 199) * least * apart
        tried = row[place] + (np.unique(np.trunc(steps)) if whole else steps)
        tried = tried[(tried >= low) & (tried <= high)]
        facts = found.world.facts(row)
        made = (found.world.moved(row, facts, int(place), value) for value in tried.tolist())
        moved = np.array([each for each in made if each is not None])
        if not len(moved):
            continue
        # What tells a count moves on to where it is whole, perhaps further than the change; and
        # values are told as they are shown.
        shown = found.explainer.entries[place].quantity.step_near(row[place])
        moved = moved[np.abs(moved[:, place] - row[place]) < least * apart - shown]
        if not len(moved):
            continue
        assert (judged(found.explainer.bundle, moved) >= edge).all(), names[place]


def test_only_what_is_changeable_changes() -> None:
    matrix = rows()
    scores = judged(bundles.learnt()[0], matrix)
    edge = float(np.quantile(scores, 0.5))
    free = changer(edge)
    names = {
        change.feature
        for row, score in zip(matrix, scores, strict=True)
        if score >= edge
        for change in find(free, row).changes
        if not change.along
    }
    chosen = sorted(names)[0]
    bound, barred = changer(edge, changeable=(chosen,)), changer(edge, protected=(chosen,))
    for row in matrix[scores >= edge]:
        told = find(bound, row).changes
        assert {change.feature for change in told if not change.along} <= {chosen}
        assert chosen not in {change.feature for change in find(barred, row).changes}
    assert bound.movable.sum() == 1


def test_a_change_that_is_told_is_possible() -> None:
    bundle, matrix = bundles.learnt()[0], rows(60)
    asked = changer(float(np.quantile(judged(bundle, matrix), 0.5)))
    names = list(bundle.schema.names)
    found = 0
    for row in matrix:
        told = find(asked, row)
        if not told.changes:
            continue
        found += 1
        facts = dict(zip(names, row.tolist(), strict=True))
        facts |= {each.feature: each.after for each in told.changes}
        late, wide = facts["visits_count_14d"], facts["visits_count_56d"]
        assert late <= wide
        assert (late > 0) == (facts["visits_days_since_ever"] <= 14)
        assert (wide > 0) == (facts["visits_days_since_ever"] <= 56)
        north = facts["visits_shop_north_share_56d"] * wide
        assert north == pytest.approx(round(north), abs=1e-6)
        assert not (late and not facts["visits_spend_total_28d"])
        assert [each.along for each in told.changes].index(False) == 0
    assert found > 5
