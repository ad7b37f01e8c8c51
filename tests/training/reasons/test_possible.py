"""Facts that are told together can be true together, and what is bound moves along."""

from __future__ import annotations

import math

import numpy as np
import pytest

from features.builders import count, mean, total
from features.conditions import at_least
from features.feature import Feature
from features.recipes import share
from features.rhythms import days_since, days_since_first
from tests.helpers import bundles
from training.reasons.along import World
from training.reasons.counterfactual import Changer
from training.reasons.explain import Explainer
from training.reasons.occasions import Occasions

NAN = math.nan


def moved(features: list[Feature], row: list[float], place: int, value: float) -> list[float]:
    """Return the row after a move, or nothing where it cannot be."""
    world, values = World(tuple(features)), np.array(row)
    found = world.moved(values, world.facts(values), place, value)
    return [] if found is None else found.tolist()


LATE, WIDE, EVER = count("v", 14), count("v", 56), count("v")
LAST, FIRST = days_since("v"), days_since_first("v")
NORTH, SOUTH = (count("v", 56, where={"shop": shop}) for shop in ("NORTH", "SOUTH"))
SPENT, MEAN = total("v", "spend", 56), mean("v", "spend", 56)
PART = share("v", "shop", "NORTH", 56)


@pytest.mark.parametrize(
    ("features", "row", "value", "expected"),
    [
        # One visit more in 14 days is one more in 56 and ever, and the last is no older.
        ([LATE, WIDE, EVER, LAST], [0, 1, 3, 22.9], 1, [1, 2, 4, 14]),
        ([LATE, WIDE, LAST], [2, 5, 3.0], 4, [4, 7, 3.0]),
        # A later last visit is one more in every window that holds it.
        ([LAST, LATE, WIDE], [22.9, 0, 1], 10, [10, 1, 2]),
        ([LAST, LATE, WIDE], [22.9, 0, 1], 20, [20, 0, 2]),
        # Nobody can say what an older last visit leaves of the others.
        ([LAST, LATE, WIDE], [3.0, 2, 5], 20, []),
        # Fewer in the month than in the week cannot be.
        ([WIDE, LATE], [5, 4], 3, []),
        ([WIDE, NORTH, SOUTH], [5, 2, 2], 3, []),
        # A count of one kind takes that of all kinds along.
        ([NORTH, WIDE, SOUTH], [1, 3, 2], 2, [2, 4, 2]),
        # Events without any spend ever seen, or spend without events.
        ([LATE, SPENT], [0, 0.0], 1, []),
        ([SPENT, MEAN, WIDE], [30.0, 10.0, 3], 60.0, [60.0, 20.0, 3]),
        ([MEAN, SPENT, WIDE], [10.0, 30.0, 3], 20.0, []),
        # A share tells a whole number of visits, and is taken anew where all visits move.
        ([PART, WIDE], [1 / 3, 3], 0.5, [2 / 3, 3]),
        ([WIDE, PART], [3, 1 / 3], 4, [4, 0.25]),
        ([PART, NORTH, WIDE], [0.5, 1, 2], 0.75, []),
        # The first visit cannot be later than the last.
        ([FIRST, LAST], [50.0, 20.0], 10.0, []),
        # What was not so before is not asked for: money was returned.
        ([total("v", "spend", 14), SPENT], [5.0, -2.0], 9.0, [9.0, 2.0]),
    ],
)
def test_what_is_bound_moves_along_or_nothing_moves(
    features: list[Feature], row: list[float], value: float, expected: list[float]
) -> None:
    assert moved(features, row, 0, value) == pytest.approx(expected)


def test_stricter_conditions_are_known() -> None:
    high, some = (Occasions.of(count("v", 28, where={"late": at_least(n)})) for n in (30, 1))
    assert high.within(some)
    assert not some.within(high)
    assert Occasions.of(NORTH).apart(Occasions.of(SOUTH))
    assert not Occasions.of(NORTH).apart(Occasions.of(WIDE))


def test_real_customers_keep_every_bound() -> None:
    bundle, rows, _ = bundles.learnt()
    changer = Changer(Explainer(bundle), lambda matrix: matrix[:, 0])
    matrix = bundle.schema.matrix(bundle.inputs(rows.vectors))
    every = [bound for told in changer.world.bounds.values() for bound in told]
    assert len(every) > 30
    for row in matrix[::7]:
        facts = changer.world.facts(row)
        assert None not in facts
        assert all(bound.kept(facts) for bound in every), row
