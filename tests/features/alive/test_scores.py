"""What a model says of customers: against stories integrated by hand, made worlds, and itself."""

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from features.alive import (
    PurchaseModel,
    SpendModel,
    expected_purchases,
    expected_spend,
    p_alive,
    simulate,
)
from features.alive.models import DROPS, Drops
from features.errors import DefinitionError
from tests.helpers.histories import TRUTH, drawn, integrated

# Fader, Hardie, Lee, 2005, section 4 and appendix: the CDNOW customers, time in weeks.
CDNOW = PurchaseModel(r=0.243, alpha=4.414, a=0.793, b=2.426)
SPEND = SpendModel(p=6.25, q=3.74, v=15.44)
AFTER_ANY = PurchaseModel(r=0.6, alpha=25.0, a=0.9, b=2.8, drops="after any")
STORIES = [(0, 0.0, 1.0), (0, 0.0, 40.0), (1, 3.0, 40.0), (2, 20.0, 50.0), (9, 49.0, 50.0)]


def column(*values: float) -> np.ndarray:
    return np.array(values, dtype=np.float64)


@pytest.mark.parametrize("drops", DROPS)
@pytest.mark.parametrize(("x", "recency", "age"), STORIES)
@pytest.mark.parametrize("a", [0.7, 1.0, 2.2])
def test_equals_the_story_integrated(
    drops: Drops, x: int, recency: float, age: float, a: float
) -> None:
    model = PurchaseModel(1.5, 25.0, a, 2.8, drops)
    whole, alive, to_come = integrated(model, x, recency, age, horizon=40.0)
    row = column(x), column(recency), column(age)
    assert p_alive(model, *row)[0] == pytest.approx(alive / whole, rel=1e-8)
    assert expected_purchases(model, 40.0, *row)[0] == pytest.approx(to_come / whole, rel=1e-8)


def test_the_published_example() -> None:
    row = column(2), column(30.43), column(38.86)
    assert round(expected_purchases(CDNOW, 39.0, *row)[0], 3) == 1.226


@pytest.mark.parametrize("model", [TRUTH, AFTER_ANY])
def test_a_made_world_buys_what_was_expected(model: PurchaseModel) -> None:
    x, recency, age, future = drawn(40_000, 5, model, horizon_days=120.0)
    expected = expected_purchases(model, 120.0, x, recency, age)
    alive = p_alive(model, x, recency, age)
    groups = [x == 0, x == 1, (x > 1) & (age - recency < 60), (x > 1) & (age - recency > 100)]
    for group in groups:
        off = future[group] - expected[group]
        assert abs(off.mean()) < 4 * off.std() / np.sqrt(group.sum())
        assert (future[group] > 0).mean() < alive[group].mean()  # who buys again is alive


@pytest.mark.parametrize("model", [TRUTH, AFTER_ANY])
@pytest.mark.parametrize("batch", [1, 2, 3, 7, 64, 1_000])
def test_one_row_has_the_bits_of_a_batch(model: PurchaseModel, batch: int) -> None:
    x, recency, age, _ = drawn(2_000, 6)
    spent = simulate.mean_spends(SPEND, x, np.random.default_rng(6))
    age[::50], recency[::50], x[::50] = np.nan, np.nan, np.nan
    x[1::50] += 5_000  # beyond the series
    x, recency = x.copy(), np.where(x > 0, np.maximum(recency, 0.5), recency)
    whole = [
        p_alive(model, x, recency, age),
        expected_purchases(model, 90.0, x, recency, age),
        expected_spend(SPEND, x, spent),
    ]
    for start in range(0, 2_000 - batch, max(batch, 13)):
        part = slice(start, start + batch)
        few = [
            p_alive(model, x[part], recency[part], age[part]),
            expected_purchases(model, 90.0, x[part], recency[part], age[part]),
            expected_spend(SPEND, x[part], spent[part]),
        ]
        for one, all_ in zip(few, whole, strict=True):
            assert one.tobytes() == all_[part].tobytes()


def test_alive_falls_with_silence_and_is_a_probability() -> None:
    x, recency, _, _ = drawn(3_000, 7)
    before = np.ones(3_000)
    for silence in (0.0, 1.0, 10.0, 100.0, 1e4, 1e6):
        alive = p_alive(TRUTH, x, recency, recency + silence)
        assert ((alive >= 0) & (alive <= 1)).all()
        assert (alive[x > 0] < before[x > 0]).all() or silence > 1e3
        before = alive
    assert before[x > 5].max() < 1e-9


def test_one_time_buyers_are_alive_unless_they_may_leave_at_once() -> None:
    once = np.zeros(3), np.zeros(3), column(0, 100, 1e5)
    assert p_alive(TRUTH, *once).tolist() == [1.0, 1.0, 1.0]
    today, later, much_later = p_alive(AFTER_ANY, *once)
    assert today == pytest.approx(2.8 / (0.9 + 2.8))
    assert today > later > much_later > 0


def test_purchases_rise_with_the_horizon() -> None:
    x, recency, age, _ = drawn(1_000, 8)
    before = np.zeros(1_000)
    for days in (1e-6, 1.0, 7.0, 90.0, 365.0, 3_650.0, 36_525.0):
        expected = expected_purchases(TRUTH, days, x, recency, age)
        assert (expected > before).all()
        assert (expected <= (TRUTH.r + x) / (TRUTH.alpha + age) * days).all()
        before = expected


def test_large_histories_stay_finite() -> None:
    x, recency, age = column(1e6, 1e6, 1, 5_000), column(1e4, 1.0, 1e-9, 3.0), np.full(4, 1e4)
    alive = p_alive(TRUTH, x, recency, age)
    expected = expected_purchases(TRUTH, 365.0, x, recency, age)
    assert alive[0] > 0.999
    assert alive[1] == expected[1] == 0
    assert np.isfinite(expected).all()
    assert 0 < expected[0] <= 36_500.1


def test_nobody_without_a_purchase_has_a_value() -> None:
    row = column(np.nan, 1, 1), column(np.nan, 2, np.nan), column(np.nan, np.nan, 9)
    assert np.isnan(p_alive(TRUTH, *row)).all()
    assert np.isnan(expected_purchases(TRUTH, 9.0, *row)).all()


def test_spend_leans_on_the_customer_the_more_is_known() -> None:
    x, spent = column(0, 1, 10, 1e6), column(np.nan, 50, 50, 50)
    found = expected_spend(SPEND, x, spent)
    assert found[0] == SPEND.mean
    assert (np.diff(found) > 0).all()
    assert found[3] == pytest.approx(50, rel=1e-4)


def test_spend_of_a_made_world() -> None:
    rng = np.random.default_rng(9)
    x = rng.integers(1, 6, 40_000).astype(np.float64)
    rate = rng.gamma(SPEND.q, 1 / SPEND.v, len(x))
    spent = rng.gamma(SPEND.p * x, 1 / rate) / x
    off = rng.gamma(SPEND.p, 1 / rate) - expected_spend(SPEND, x, spent)
    for group in (x == 1, x == 5, spent < 20, spent > 60):
        assert abs(off[group].mean()) < 4 * off[group].std() / np.sqrt(group.sum())


def test_spend_is_null_without_purchase_and_after_more_refunds_than_purchases() -> None:
    found = expected_spend(SPEND, column(np.nan, 2, 2, 0, 2), column(9, np.nan, -1, -1, 0))
    assert np.isnan(found).tolist() == [True, True, True, False, False]


@pytest.mark.parametrize(
    ("x", "recency", "age", "words"),
    [
        (1, 9, 7, "row 1: expected .*, came frequency 1, recency 9, age 7; count all three"),
        (0, 3, 7, "recency 0 without a repeat, came frequency 0, recency 3"),
        (-1, 0, 7, "a whole frequency of 0 or more, .* came frequency -1"),
        (1.5, 3, 7, "a whole frequency"),
        (np.inf, 3, 7, "came frequency inf"),
        (1, -3, 7, "came frequency 1, recency -3"),
        (1, 3, np.inf, "age inf"),
    ],
)
def test_a_history_that_contradicts_itself(
    x: float, recency: float, age: float, words: str
) -> None:
    with pytest.raises(DefinitionError, match=words):
        p_alive(TRUTH, column(2, x), column(1, recency), column(9, age))


def test_other_bad_input() -> None:
    row = column(2), column(1), column(9)
    with pytest.raises(DefinitionError, match=r"\(n,\) alike, got \(1,\), \(2,\), \(1,\)"):
        p_alive(TRUTH, row[0], column(1, 1), row[2])
    for days in (0.0, -1.0, np.nan, 1e6):
        with pytest.raises(DefinitionError, match="expected days above 0 and at most 36525, came"):
            expected_purchases(TRUTH, days, *row)
    with pytest.raises(DefinitionError, match=r"row 1: .*came frequency -1, mean spend 3"):
        expected_spend(SPEND, column(1, -1), column(3, 3))
    with pytest.raises(DefinitionError, match=r"alike, got \(1,\) and \(2,\)"):
        expected_spend(SPEND, column(1), column(3, 3))


def test_scoring_needs_no_scipy() -> None:
    program = (
        "import sys; sys.modules['scipy'] = None\n"
        "import numpy as np; from features.alive import *\n"
        "one = np.ones(1)\n"
        "expected_purchases(PurchaseModel(1, 1, 1, 1), 9.0, one, one, one)\n"
        "print(expected_spend(SpendModel(6, 4, 15), one, one))"
    )
    root = Path(__file__).parents[3]
    run = subprocess.run([sys.executable, "-c", program], cwd=root, capture_output=True, text=True)
    assert (run.stdout, run.stderr) == ("[10.66666667]\n", "")
