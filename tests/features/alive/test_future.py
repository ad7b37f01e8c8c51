"""Purchases to come from a living customer, against the closed form of the paper."""

import numpy as np
import pytest
from scipy.integrate import quad
from scipy.special import betaln, hyp2f1

from features.alive.future import by_quadrature, by_series, purchases_if_alive

# n, odds, a, b and the closed form, computed once with 700 digits.
PRECISE = [
    (0.243, 8.8, 0.793, 2.426, 1.1934803503489889),
    (2.243, 0.9, 0.793, 4.426, 1.6854349739427239),
    (0.01, 1e-4, 0.05, 3.0, 9.9999917214552756e-7),
    (1.5, 900.0, 0.3, 1.5, 217.20805920786935),
    (250.5, 2.0, 0.8, 252.0, 308.29298639940615),
    (3000.25, 0.5, 1.7, 2990.0, 1058.1206146004076),
    (5.0, 0.25, 40.0, 900.0, 1.2110981791888996),
    (0.5, 36000.0, 0.75, 2.5, 64.104907998332025),
    (40.5, 3.0, 1.0078125, 30.0, 48.365166653469011),
    (440.0, 12.0, 0.001953125, 2150.0, 5272.3149392744618),
]


def closed_form(n: float, odds: float, a: float, b: float) -> float:
    """Fader, Hardie, Lee, 2005, equation 10, without its denominator."""
    z = odds / (1 + odds)
    rest = (1 - z) ** n * hyp2f1(n, b, a + b - 1, z)
    return float((a + b - 1) / (a - 1) * (1 - rest))


def drawn(count: int, seed: int) -> np.ndarray:
    low, high = np.log([0.05, 0.01, 0.05, 0.2]), np.log([60.0, 3.0, 8.0, 60.0])
    return np.exp(np.random.default_rng(seed).uniform(low, high, (count, 4)))


@pytest.mark.parametrize(("n", "odds", "a", "b", "expected"), PRECISE)
def test_equals_the_closed_form_where_it_is_hard(
    n: float, odds: float, a: float, b: float, expected: float
) -> None:
    assert purchases_if_alive(n, odds, a, b) == pytest.approx(expected, rel=2e-13)


def test_equals_the_hypergeometric_function_of_scipy() -> None:
    for row in drawn(500, 1):
        if abs(row[2] - 1) > 0.05:  # near 1 the closed form loses its digits
            assert purchases_if_alive(*row) == pytest.approx(closed_form(*row), rel=1e-9), row


def test_the_pole_of_the_closed_form_is_not_there() -> None:
    n, odds, b = 1.7, 2.0, 3.3

    def integrand(p: float) -> float:
        return float((1 - (1 + p * odds) ** -n) / p * (1 - p) ** (b - 1) * np.exp(-betaln(1, b)))

    expected, _ = quad(integrand, 0, 1, epsrel=1e-12)
    assert purchases_if_alive(n, odds, 1.0, b) == pytest.approx(expected, rel=1e-11)
    beside = [purchases_if_alive(n, odds, 1.0 + step, b) for step in (-1e-9, 1e-9)]
    assert beside[0] > purchases_if_alive(n, odds, 1.0, b) > beside[1]


def test_series_and_quadrature_agree() -> None:
    for row in drawn(300, 2):
        assert by_series(*row) == pytest.approx(by_quadrature(*row), rel=1e-12), row


@pytest.mark.parametrize("a", [1e-6, 1.0, 1e6])
@pytest.mark.parametrize("b", [1e-6, 1.0, 1e6])
@pytest.mark.parametrize("odds", [1e-9, 1.0, 1e9])
@pytest.mark.parametrize("n", [1e-6, 1.0, 1e6])
def test_the_ends_of_the_ranges_are_bounded(n: float, odds: float, a: float, b: float) -> None:
    found = purchases_if_alive(n, odds, a, b)
    # Jensen: the mean over p is at least the value at the mean of p.
    p = a / (a + b)
    assert -np.expm1(-n * np.log1p(p * odds)) / p <= found * (1 + 1e-9)
    assert 0 < found <= n * odds * (1 + 1e-9)
    assert by_quadrature(n, odds, a, b) == pytest.approx(found, rel=1e-9)


def test_a_series_that_would_be_too_long_says_so() -> None:
    assert by_series(0.5, 36000.0, 0.75, 2.5) == -1
