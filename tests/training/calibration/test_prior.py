from typing import Any

import numpy as np
import pytest
from scipy.special import expit, logit

from features.errors import DefinitionError
from training.calibration.prior import Reference, corrected, estimate_rate


def shop(rate: float, n: int, seed: int, old: float = 0.1) -> Any:
    """Scores made for the old rate, of customers who have outcomes at another one."""
    random = np.random.default_rng(seed)
    y = random.random(n) < rate
    z = random.normal(np.where(y, 1.0, -1.0), 1.0)
    return expit(2 * z + logit(old)), y


def test_odds_change_by_the_ratio_of_the_odds() -> None:
    p = np.linspace(0.01, 0.99, 99)
    told = corrected(p, 0.066, 0.27)
    odds = (0.27 / 0.73) / (0.066 / 0.934)
    assert told == pytest.approx(expit(logit(p) + np.log(odds)), rel=1e-12)
    assert corrected(told, 0.27, 0.066) == pytest.approx(p, rel=1e-12)
    assert corrected(p, 0.2, 0.2) is p
    one = np.array([corrected(p[row : row + 1], 0.066, 0.27)[0] for row in range(99)])
    assert one.tobytes() == told.tobytes()


def test_a_corrected_score_is_calibrated_where_only_the_rate_moved() -> None:
    p, y = shop(0.35, 60_000, 0)
    told = corrected(p, 0.1, 0.35)
    high = told > 0.6
    assert told.mean() == pytest.approx(y.mean(), abs=0.005)
    assert told[high].mean() == pytest.approx(y[high].mean(), abs=0.01)


@pytest.mark.parametrize("rate", [0.04, 0.1, 0.35])
def test_the_rate_is_found_from_scores_alone(rate: float) -> None:
    held, p_values = 0, []
    for seed in range(10):
        p, _ = shop(rate, 3000, seed)
        known = Reference(*shop(0.1, 3000, seed + 100))
        found = estimate_rate(p, 0.1, reference=known, resamples=60, seed=seed)
        held += found.low < rate < found.high
        p_values.append(found.fit)
        assert found.rate == pytest.approx(rate, abs=0.03)
    assert held >= 7
    assert sum(p < 0.05 for p in p_values if p is not None) <= 3


def test_a_change_of_something_else_is_told() -> None:
    p, _ = shop(0.1, 4000, 0)
    known = Reference(*shop(0.1, 4000, 1))
    narrow = expit(logit(p) * 0.4 - 1)
    assert estimate_rate(p, 0.1, reference=known).plausible
    assert not estimate_rate(narrow, 0.1, reference=known).plausible


def test_rows_of_one_customer_are_no_proof_of_another_change() -> None:
    owners, refused = np.repeat(np.arange(400), 12), np.zeros(2)
    for seed in range(10):
        p, _ = shop(0.2, 400, seed)
        known, often = Reference(*shop(0.1, 6_000, seed + 50)), np.repeat(p, 12)
        for place, whose in enumerate((None, owners)):
            found = estimate_rate(often, 0.1, whose, known, resamples=60, seed=seed)
            assert found.fit is not None
            refused[place] += found.fit < 0.05
    # As if they were rows of as many people, nearly all would be taken for another change.
    assert refused[0] >= 7
    assert refused[1] <= 2


def test_customers_widen_the_interval() -> None:
    p, _ = shop(0.2, 500, 0)
    often, owners = np.repeat(p, 10), np.repeat(np.arange(500), 10)
    rows = estimate_rate(often, 0.1)
    people = estimate_rate(often, 0.1, owners)
    assert people.high - people.low > 2 * (rows.high - rows.low)


def test_what_cannot_be_is_refused_in_words() -> None:
    with pytest.raises(DefinitionError, match="new rate must be above 0 and below 1, got 0"):
        corrected(np.array([0.5]), 0.5, 0.0)
    with pytest.raises(DefinitionError, match="rate must be above 0 and below 1, got nan"):
        estimate_rate(np.array([0.5, 0.5]), float("nan"))
    with pytest.raises(DefinitionError) as caught:
        estimate_rate(np.array([1.5]), 0.5, np.array([1, 2]))
    assert len(caught.value.faults) == 3
    with pytest.raises(DefinitionError, match=r"outcomes of both kinds.*2 positives of 2"):
        Reference(np.array([0.1, 0.2]), np.array([True, True]))
