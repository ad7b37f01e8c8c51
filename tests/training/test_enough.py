"""How many outcomes a slice needs."""

import numpy as np
import pytest

from features.errors import CohortError
from training.enough import require_enough

WHOLE = np.arange(1_000) % 50 == 0


def test_slices_that_lack_outcomes_are_named_with_what_is_needed() -> None:
    roles = {"train": np.arange(1_000) < 900, "test": np.arange(1_000) >= 900}
    with pytest.raises(CohortError) as caught:
        require_enough("default", roles, WHOLE)
    assert str(caught.value) == (
        "task 'default': too few outcomes to learn from and to judge by:\n"
        "  - 'test' has 2 positives among 100 rows; 10 positives and 10 negatives are needed\n"
        "Bring at least 5,000 rows at this rate (2.0 %), or a larger share to the slice that "
        "lacks them."
    )


def test_negatives_may_lack_too() -> None:
    with pytest.raises(CohortError, match="'train' has 980 positives among 981 rows; 10 pos"):
        require_enough("d", {"train": ~WHOLE | (np.arange(1_000) == 0)}, ~WHOLE)


def test_one_outcome_is_none() -> None:
    with pytest.raises(CohortError, match="All outcomes are alike; a model needs rows of both"):
        require_enough("d", {"train": np.ones(50, dtype=np.bool_)}, np.zeros(50, dtype=np.bool_))


def test_enough_is_enough() -> None:
    require_enough("d", {"train": np.arange(1_000) < 500, "test": np.arange(1_000) >= 500}, WHOLE)
