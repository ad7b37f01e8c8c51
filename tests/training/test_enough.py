import numpy as np
import pytest

from features.errors import CohortError
from training.enough import LEAST, require_enough


def slices(counts: dict[str, int], rows: int = 100) -> tuple[np.ndarray, dict[str, np.ndarray]]:
    """So many positives in each slice of so many rows."""
    label, masks = np.zeros(rows * len(counts), bool), {}
    for place, (name, yes) in enumerate(counts.items()):
        masks[name] = np.arange(len(label)) // rows == place
        label[place * rows : place * rows + yes] = True
    return label, masks


def test_just_enough_is_enough() -> None:
    require_enough("churn", *_listed(slices(LEAST)))
    require_enough("churn", *_listed(slices({name: 100 - yes for name, yes in LEAST.items()})))


@pytest.mark.parametrize("name", LEAST)
def test_one_too_few_is_refused_with_both_numbers(name: str) -> None:
    with pytest.raises(CohortError) as caught:
        require_enough("churn", *_listed(slices({**LEAST, name: LEAST[name] - 1})))
    assert str(caught.value) == (
        "task 'churn': too few outcomes to learn from and to judge by:\n"
        f"  - slice '{name}' has {LEAST[name] - 1} positives among 100 rows; {LEAST[name]} are "
        "needed\nwiden the cohort, lengthen the horizon, or give the slices more cutoffs (later "
        "and every in [rhythm])"
    )


def test_all_faults_come_at_once_and_negatives_count_too() -> None:
    with pytest.raises(CohortError) as caught:
        require_enough("x", *_listed(slices({"train": 95, "stop": 0, "calibrate": 50, "test": 3})))
    lines = str(caught.value).splitlines()[1:-1]
    assert lines == [
        "  - slice 'train' has 5 negatives among 100 rows; 20 are needed",
        "  - slice 'stop' has 0 positives among 100 rows; 10 are needed",
        "  - slice 'test' has 3 positives among 100 rows; 10 are needed",
    ]


def test_models_that_are_judged_together_need_enough_together() -> None:
    label = np.tile(np.arange(50) < 6, 2)
    halves = [{"test": np.arange(100) < 50}, {"test": np.arange(100) >= 50}]
    require_enough("x", label, halves)
    with pytest.raises(CohortError, match="slice 'test' has 6 positives among 50 rows"):
        require_enough("x", label, halves[:1])


def _listed(
    made: tuple[np.ndarray, dict[str, np.ndarray]],
) -> tuple[np.ndarray, list[dict[str, np.ndarray]]]:
    return made[0], [made[1]]
