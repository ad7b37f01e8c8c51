import numpy as np
import pytest

from tests.helpers import shop
from training.bundle.modeltext import require_sound
from training.config import Config, Params
from training.fit import Columns, Rows, margins, refit
from training.mean import fit_members, mean_of
from training.reasons.attribute import Attributor
from training.search.trials import Trial
from training.trees.forest import Forest

RANDOM = np.random.default_rng(4)
MATRIX = np.column_stack(
    [RANDOM.normal(size=(3_000, 2)), RANDOM.integers(0, 6, 3_000), RANDOM.normal(size=3_000)]
)
MATRIX[RANDOM.random(3_000) < 0.1, 1] = np.nan
LABEL = RANDOM.random(3_000) < 1 / (1 + np.exp(-MATRIX[:, 0] - (MATRIX[:, 2] == 3)))
ROWS = Rows(MATRIX, LABEL)
COLUMNS = Columns(["a", "b", "city", "d"], [2])
CONFIG: Config = shop.config()
MEMBERS = tuple(
    Trial(Params(num_leaves=leaves, min_data_in_leaf=20, learning_rate=rate), rounds, 0.5)
    for leaves, rate, rounds in ((7, 0.1, 9), (15, 0.3, 4), (2, 0.05, 17))
)


def alone(member: Trial) -> np.ndarray[tuple[int], np.dtype[np.float64]]:
    booster = refit(ROWS, COLUMNS, member.params, CONFIG, member.rounds)
    return np.asarray(margins(booster, MATRIX))


def test_margins_are_the_mean_of_those_of_the_members() -> None:
    made = fit_members(ROWS, COLUMNS, MEMBERS, CONFIG)
    assert made.num_trees() == 9 + 4 + 17
    expected = np.mean([alone(each) for each in MEMBERS], axis=0)
    assert margins(made, MATRIX) == pytest.approx(expected, abs=1e-12)
    assert np.ptp(expected) > 1


def test_a_single_member_keeps_its_bytes() -> None:
    made = fit_members(ROWS, COLUMNS, MEMBERS[:1], CONFIG)
    member = MEMBERS[0]
    plain = refit(ROWS, COLUMNS, member.params, CONFIG, member.rounds)
    assert made.model_to_string() == plain.model_to_string()


def test_a_mean_is_a_model_like_any_other() -> None:
    made = fit_members(ROWS, COLUMNS, MEMBERS, CONFIG)
    text = made.model_to_string()
    require_sound(text, len(COLUMNS.names))
    assert fit_members(ROWS, COLUMNS, MEMBERS, CONFIG).model_to_string() == text
    effects = Attributor(Forest.of(text, len(COLUMNS.names)))(MATRIX[:50])
    assert effects.sum(axis=1) == pytest.approx(margins(made, MATRIX[:50]), abs=1e-12)
    expected = np.asarray(made.predict(MATRIX[:50], pred_contrib=True))
    assert effects == pytest.approx(expected, abs=1e-10)


def test_stumps_without_a_split_are_divided_too() -> None:
    rows = Rows(np.zeros((100, 1)), np.arange(100) < 20)
    columns = Columns(["a"], [])
    flat = [refit(rows, columns, Params(), CONFIG, 1), refit(rows, columns, Params(), CONFIG, 1)]
    made = mean_of(flat)
    require_sound(made.model_to_string(), 1)
    assert margins(made, np.zeros((1, 1))) == pytest.approx(np.log(0.25), abs=1e-12)
