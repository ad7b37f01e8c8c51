from dataclasses import asdict

import optuna
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from training.config import Params
from training.search.space import MANY, described, space

starts = st.builds(
    Params,
    learning_rate=st.floats(0.01, 1),
    num_leaves=st.integers(2, 2000),
    min_data_in_leaf=st.integers(1, 5000),
    feature_fraction=st.floats(0.01, 1),
    bagging_fraction=st.floats(0.05, 1),
    lambda_l2=st.floats(1e-6, 1e6),
)


@settings(max_examples=50)
@given(st.lists(starts, min_size=1, max_size=3), st.integers(2, 10**7), st.integers(1, 10**6))
def test_every_range_holds_every_start(given: list[Params], rows: int, rarer: int) -> None:
    ranges = space(rows, rarer, given)
    for each in given:
        assert asdict(each).keys() == ranges.keys()
        for name, value in asdict(each).items():
            assert ranges[name]._contains(ranges[name].to_internal_repr(value))


def test_few_outcomes_are_searched_tamely_and_many_widely() -> None:
    few, many = space(15_000, 1_100, [Params()]), space(400_000, 60_000, [Params()])
    assert few["learning_rate"].single()
    assert not many["learning_rate"].single()
    widths = {name: (few[name], many[name]) for name in ("num_leaves", "min_data_in_leaf")}
    for tame, wild in widths.values():
        assert isinstance(tame, optuna.distributions.IntDistribution)
        assert isinstance(wild, optuna.distributions.IntDistribution)
        assert tame.high < wild.high
    assert described(few) == (
        "num_leaves 4 to 15, min_data_in_leaf 20 to 500, feature_fraction 0.2 to 0.8, "
        "bagging_fraction 0.5 to 1, lambda_l2 0.1 to 100"
    )


@pytest.mark.parametrize(
    ("rarer", "leaves"), [(0, 15), (4_000, 15), (MANY - 1, 63), (50_000, 255), (10**7, 255)]
)
def test_leaves_follow_the_rarer_outcome(rarer: int, leaves: int) -> None:
    found = space(10**7, rarer, [Params()])["num_leaves"]
    assert isinstance(found, optuna.distributions.IntDistribution)
    assert found.high == leaves
