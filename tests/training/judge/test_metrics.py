from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn import metrics as field

from features.errors import CohortError, DefinitionError
from training.judge.metrics import (
    average_precision,
    brier,
    captured_at,
    checked,
    deciles,
    gain,
    lift_at,
    log_loss,
    roc_auc,
)


def shuffled_capture(y: Any, p: Any, share: Any, rounds: int = 4000) -> Any:
    """Break ties at random, many times, and count what the top holds."""
    random = np.random.default_rng(0)
    size = int(share * len(y))
    found = []
    for _ in range(rounds):
        order = np.lexsort((random.random(len(y)), -p))
        found.append(y[order[:size]].sum() / y.sum())
    return np.mean(found)


def test_ties_at_the_boundary_count_by_their_expected_value() -> None:
    y = np.array([1, 0, 1, 0, 1, 0, 0, 1, 0, 0], dtype=bool)
    p = np.array([0.9, 0.8, 0.5, 0.5, 0.5, 0.5, 0.5, 0.2, 0.2, 0.1])
    for share in (0.1, 0.3, 0.5, 0.8):
        assert captured_at(y, p, share) == pytest.approx(shuffled_capture(y, p, share), abs=0.01)
    assert captured_at(y, p, 0.3) == pytest.approx((1 + 2 / 5) / 4)


@given(st.data())
def test_weights_equal_repeated_rows(data: Any) -> None:
    n = data.draw(st.integers(4, 25))
    y = np.array([True, False, *data.draw(st.lists(st.booleans(), min_size=n - 2, max_size=n - 2))])
    p = np.array(data.draw(st.lists(st.sampled_from([0.1, 0.3, 0.6, 0.9]), min_size=n, max_size=n)))
    weights = np.array(data.draw(st.lists(st.integers(1, 4), min_size=n, max_size=n)))
    many_y, many_p = np.repeat(y, weights), np.repeat(p, weights)
    for metric in (roc_auc, average_precision, brier, log_loss):
        assert metric(y, p, weights) == pytest.approx(metric(many_y, many_p))
    assert lift_at(y, p, 0.3, weights) == pytest.approx(lift_at(many_y, many_p, 0.3))


@given(st.lists(st.tuples(st.booleans(), st.floats(0, 1)), min_size=3, max_size=40))
def test_ranges_hold(rows: Any) -> None:
    y = np.array([True, False] + [each for each, _ in rows])
    p = np.array([0.5, 0.5] + [each for _, each in rows])
    assert 0 <= roc_auc(y, p) <= 1
    assert 0 <= brier(y, p) <= 1
    assert 0 <= log_loss(y, p) <= 36.05
    shares = np.linspace(0, 1, 21)
    captured = gain(y, p, shares)
    assert captured[0] == 0
    assert captured[-1] == 1
    assert (np.diff(captured) >= -1e-12).all()
    for share in (0.1, 0.5, 1.0):
        assert -1e-12 <= lift_at(y, p, share) <= 1 / share + 1e-9


def test_the_area_under_the_gain_curve_gives_the_auc() -> None:
    random = np.random.default_rng(3)
    y, p = random.random(500) < 0.3, np.round(random.random(500), 2)
    captured = gain(y, p, np.linspace(0, 1, 501))
    under = np.trapezoid(captured, dx=1 / 500)
    rate = y.mean()
    assert (under - rate / 2) / (1 - rate) == pytest.approx(field.roc_auc_score(y, p), abs=2e-3)


def test_deciles_add_up() -> None:
    random = np.random.default_rng(1)
    y, p = random.random(503) < 0.2, random.random(503)
    table = deciles(y, p)
    assert sum(each.positives for each in table) == pytest.approx(y.sum())
    assert sum(each.rows for each in table) == pytest.approx(503)
    assert np.mean([each.lift for each in table]) == pytest.approx(1)
    assert table[0].captured == pytest.approx(captured_at(y, p, 0.1))


@pytest.mark.parametrize("metric", [roc_auc, average_precision, brier, log_loss, deciles])
@pytest.mark.parametrize(
    ("y", "words"),
    [(np.ones(3, bool), "3 positives and 0 neg"), (np.zeros(4, bool), "0 positives and 4 neg")],
)
def test_one_outcome_is_refused_with_counts(metric: Any, y: Any, words: Any) -> None:
    with pytest.raises(CohortError, match=words):
        metric(y, np.full(len(y), 0.5))


def test_every_fault_of_the_arrays_is_named() -> None:
    with pytest.raises(DefinitionError) as caught:
        checked(np.array([0, 2]), np.array([0.5, 1.5, np.nan]))
    assert len(caught.value.faults) == 3
    assert "2 of 3 do not (NaN counts too)" in caught.value.faults[2]


@pytest.mark.parametrize("share", [0, -0.1, 1.1, float("nan")])
def test_a_share_outside_its_range_is_refused(share: Any) -> None:
    with pytest.raises(DefinitionError, match=r"must be in \(0, 1\]"):
        captured_at(np.array([True, False]), np.array([0.1, 0.2]), share)
