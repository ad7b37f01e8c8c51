import logging

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from features.errors import CohortError
from tests.helpers.learnable import COLUMNS, STOP, TRAIN
from training.config import Config, Params
from training.fit import Binned, Rows, fit
from training.search.standing import Standing
from training.search.trials import Trial, team
from training.search.tune import tune

CONFIG = Config(
    trials=5, rounds=20, patience=5, params=Params(min_data_in_leaf=20, learning_rate=0.2)
)


def test_the_first_trial_is_the_start_and_the_best_is_the_lowest() -> None:
    told: list[Standing] = []
    trials = tune([(TRAIN, STOP)], COLUMNS, CONFIG, told.append)
    assert trials[0].params == CONFIG.params
    assert len({trial.params for trial in trials}) == 5
    losses = [trial.loss for trial in trials]
    assert team(trials, 1)[0].loss == min(losses)
    assert told[0].done == 0
    assert told[0].lowest is None
    within = [each.lowest for each in told if each.running and not each.done]
    assert within
    assert within[-1] == pytest.approx(trials[0].loss, abs=0.05)
    finished = {each.done: each.lowest for each in told if each.done}
    assert finished == {place + 1: min(losses[: place + 1]) for place in range(5)}
    assert (told[-1].left, told[-1].share) == (0.0, 1.0)


def test_a_trial_is_what_a_fit_alone_would_be() -> None:
    for trial in tune([(TRAIN, STOP)], COLUMNS, CONFIG):
        alone = fit(Binned.of(TRAIN, STOP, COLUMNS, CONFIG), trial.params, CONFIG)
        assert (alone.rounds, alone.loss) == (trial.rounds, trial.loss)


def test_the_same_seed_searches_alike() -> None:
    assert tune([(TRAIN, STOP)], COLUMNS, CONFIG) == tune([(TRAIN, STOP)], COLUMNS, CONFIG)
    other = Config(trials=5, rounds=20, patience=5, params=CONFIG.params, seed=8)
    assert tune([(TRAIN, STOP)], COLUMNS, other)[1:] != tune([(TRAIN, STOP)], COLUMNS, CONFIG)[1:]


starts = st.builds(
    Params,
    learning_rate=st.floats(0.01, 1),
    num_leaves=st.integers(2, 200),
    min_data_in_leaf=st.integers(1, 2000),
    feature_fraction=st.floats(0.01, 1),
    bagging_fraction=st.floats(0.05, 1),
    lambda_l2=st.floats(1e-6, 1e6),
)


@settings(max_examples=20)
@given(start=starts)
def test_wherever_the_search_begins_it_begins_there(start: Params) -> None:
    config = Config(trials=2, rounds=2, patience=1, params=start)
    trials = tune([(TRAIN, STOP)], COLUMNS, config)
    assert trials[0].params == start
    assert trials[1].params.learning_rate == start.learning_rate


def test_the_earliest_of_equals_is_the_best() -> None:
    one, two = Trial(Params(), 3, 0.5), Trial(Params(num_leaves=4), 9, 0.5)
    assert team((one, two), 1)[0] is one
    assert team((two, one), 1)[0] is two


def test_one_outcome_is_refused() -> None:
    with pytest.raises(CohortError, match="slice 'stop' has 0 positives among 600 rows"):
        tune([(TRAIN, Rows(STOP.matrix, STOP.label & False))], COLUMNS, CONFIG)


def test_the_search_is_silent(
    capfd: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.WARNING):
        tune([(TRAIN, STOP)], COLUMNS, CONFIG)
    assert capfd.readouterr() == ("", "")
    assert caplog.records == []


def test_older_folds_count_as_much_and_the_newest_finds_the_rounds() -> None:
    older = (TRAIN, Rows(STOP.matrix, ~STOP.label))
    both = tune([(TRAIN, STOP), older], COLUMNS, CONFIG)
    newest, oldest = (tune([pair], COLUMNS, CONFIG)[0] for pair in ((TRAIN, STOP), older))
    assert both[0].loss == pytest.approx((newest.loss + oldest.loss) / 2)
    assert both[0].rounds == newest.rounds != oldest.rounds


def test_an_older_fold_with_one_outcome_is_left_out() -> None:
    silent = (TRAIN, Rows(STOP.matrix, STOP.label & False))
    assert tune([(TRAIN, STOP), silent], COLUMNS, CONFIG) == tune([(TRAIN, STOP)], COLUMNS, CONFIG)
