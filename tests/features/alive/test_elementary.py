"""Own logarithms and exponentials: as good as the C library's, and the same in every batch."""

import math
from collections.abc import Callable

import numpy as np
import pytest

from features.alive.elementary import exp, log, log1p, one_minus_exp

SEED = np.random.default_rng(11)
AROUND_ONE = SEED.uniform(0.3, 3.0, 5_000)
WIDE = np.exp(SEED.uniform(-650, 650, 5_000))
SMALL = np.exp(SEED.uniform(-60, 4, 5_000))


@pytest.mark.parametrize(
    ("ours", "reference", "at"),
    [
        (exp, math.exp, SEED.uniform(-700, 700, 5_000)),
        (exp, math.exp, SEED.uniform(-1, 1, 5_000)),
        (log, math.log, AROUND_ONE),
        (log, math.log, WIDE),
        (log1p, math.log1p, SMALL),
        (log1p, math.log1p, -SEED.uniform(0, 0.99, 5_000)),
        (one_minus_exp, lambda x: -math.expm1(-x), SMALL),
    ],
)
def test_within_two_units_in_the_last_place(
    ours: Callable[[float], float], reference: Callable[[float], float], at: np.ndarray
) -> None:
    for x in at.tolist():
        expected = reference(x)
        assert abs(ours(x) - expected) <= 2 * math.ulp(expected), x


@pytest.mark.parametrize(
    ("ours", "x", "expected"),
    [
        (exp, math.inf, math.inf),
        (exp, -math.inf, 0.0),
        (exp, 710.0, math.inf),
        (exp, -709.0, 0.0),
        (exp, math.nan, math.nan),
        (log, math.inf, math.inf),
        (log, 5e-324, math.log(5e-324)),
        (log, -1.0, math.nan),
        (log, math.nan, math.nan),
        (log1p, 0.0, 0.0),
        (log1p, -1.0, -math.inf),
        (log1p, math.inf, math.inf),
        (one_minus_exp, 0.0, 0.0),
        (one_minus_exp, math.inf, 1.0),
    ],
)
def test_the_edges(ours: Callable[[float], float], x: float, expected: float) -> None:
    np.testing.assert_equal(ours(x), expected)
