import numpy as np
import pytest

from features.medians import twice_median

RISE = np.arange(500)
SHAPES = {
    "rising": RISE,
    "falling": RISE[::-1],
    "rising, then falling": np.concatenate([RISE, RISE[::-1]]),
    "falling, then rising": np.concatenate([RISE[::-1], RISE]),
    "saw": RISE % 7,
    "equal": np.zeros(9, dtype=np.int64),
    "refunds": 250 - RISE,
}


@pytest.mark.parametrize("shape", SHAPES)
def test_the_median_is_that_of_the_sorted_values(shape: str) -> None:
    values = SHAPES[shape]
    for many in (1, 2, 3, 4, 8, len(values) - 1, len(values)):
        ordered = np.sort(values[:many])
        middle = ordered[(many - 1) // 2] + ordered[many // 2]
        assert twice_median(values[:many].copy()) == middle


def test_random_values_have_their_median() -> None:
    random = np.random.default_rng(5)
    for many in range(1, 60):
        values = random.integers(-40, 40, many)
        assert twice_median(values.copy()) == 2 * np.median(values)
