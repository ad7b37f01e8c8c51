"""The level of scores apart from their shape."""

from dataclasses import replace

import numpy as np
import pytest

from features.errors import DefinitionError
from tests.helpers import shop
from tests.helpers.sliced import made
from training.calibration.calibrate import calibrate
from training.calibration.level import levelled
from training.calibration.line import Line
from training.calibration.seen import Seen
from training.calibration.settings import Calibration
from training.calibration.sigmoid import sigmoid
from training.learn import learn

RANDOM = np.random.default_rng(5)
TRUE = RANDOM.normal(-1, 1, 8_000)
Y = RANDOM.random(8_000) < sigmoid(TRUE)
PERIODS = np.arange(8_000) // 4_000
MISSED = np.where(PERIODS == 0, 0.7, -0.4)
"""How far the models missed the level of each period."""


def test_every_period_gets_the_mean_of_its_outcomes_and_keeps_its_order() -> None:
    seen = Seen.of(TRUE + MISSED, Y, periods=PERIODS)
    found = levelled(seen)
    for period, missed in ((0, 0.7), (1, -0.4)):
        here = period == PERIODS
        assert sigmoid(found.margins[here]).mean() == pytest.approx(Y[here].mean(), abs=1e-3)
        moved = found.margins[here] - seen.margins[here]
        assert moved == pytest.approx(-missed, abs=0.1)
        assert np.ptp(moved) < 1e-9
    assert np.array_equal(seen.margins, TRUE + MISSED)


def test_a_level_that_changes_its_sign_is_no_shape() -> None:
    timid = Seen.of(0.5 * TRUE + MISSED, Y, periods=PERIODS)
    fair = Seen.of(TRUE + MISSED, Y, periods=PERIODS)
    both = Seen.of(TRUE + 0.7, Y, periods=PERIODS)
    for seen, slope in ((levelled(timid), 2.0), (levelled(fair), 1.0), (both, 1.0)):
        found = calibrate(seen, Calibration()).calibrator
        line = found.curve
        assert found.kind in ("tempered", "sigmoid")
        assert isinstance(line, Line)
        assert line.slope == pytest.approx(slope, abs=0.1)
        assert found.apply(seen.margins).mean() == pytest.approx(Y.mean(), abs=1e-3)


def test_a_period_of_one_outcome_stays_as_it_is() -> None:
    y = np.where(PERIODS == 0, False, Y)
    found = levelled(Seen.of(TRUE, y, periods=PERIODS))
    assert np.array_equal(found.margins[PERIODS == 0], TRUE[PERIODS == 0])


def test_learning_takes_the_level_that_is_asked_for() -> None:
    rows, roles = made()
    told = {}
    for level in ("model", "periods"):
        config = replace(shop.config(), calibration=Calibration("shift", level=level))
        recency = shop.CHURN.recency.name
        told[level] = learn(rows, roles, recency, config, lambda text: None).calibrator.to_json()
    assert abs(told["model"]["intercept"]) < 1e-6 < abs(told["periods"]["intercept"])
    with pytest.raises(DefinitionError, match=r"level must be one of \['model', 'periods'\]"):
        Calibration(level="mine")


def test_what_one_segment_moved_by_is_not_the_others_to_make_up_for() -> None:
    random = np.random.default_rng(8)
    levels = np.array(["a", "b", "c", None], dtype=object)[random.integers(0, 4, 8_000)]
    # The models had not met that segment a buys more in the last period.
    truth = TRUE + np.where((levels == "a") & (PERIODS == 1), 1.5, 0.0)
    y = random.random(8_000) < sigmoid(truth)
    seen = Seen.of(TRUE, y, periods=PERIODS, levels=levels)
    apart = Calibration(by="region")
    found = calibrate(levelled(seen, apart.least), apart)
    assert found.segments is not None
    assert [*found.segments.own] == []
    for level in ("b", "c"):
        rows = (levels == level) & (PERIODS == 1)
        told = found.apply(TRUE[rows], levels[rows])
        assert told.mean() == pytest.approx(y[rows].mean(), abs=0.03)
    # One level for all takes from them what segment a has won.
    together = calibrate(levelled(seen), apart)
    assert together.segments is not None
    assert {*together.segments.own} - {"a"}
    few = levelled(seen, least=2_000)
    assert np.array_equal(few.margins, levelled(seen).margins)


def test_a_segment_keeps_what_its_scores_are_too_timid_by() -> None:
    random = np.random.default_rng(9)
    levels = np.array(["a", "b"], dtype=object)[random.integers(0, 2, 8_000)]
    y = random.random(8_000) < sigmoid(np.where(levels == "a", 2.5 * TRUE, TRUE))
    seen = Seen.of(TRUE + MISSED, y, periods=PERIODS, levels=levels)
    found = calibrate(levelled(seen, 50), Calibration(by="region"))
    assert found.segments is not None
    line = found.segments.own["a"].curve
    assert isinstance(line, Line)
    assert line.slope == pytest.approx(2.5, abs=0.15)
