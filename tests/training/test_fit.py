import numpy as np
import pytest

from features.arrays import Bools
from features.errors import CohortError
from tests.helpers.learnable import COLUMNS, STOP, TRAIN
from training.config import Config, Params
from training.fit import (
    Binned,
    Columns,
    Rows,
    fit,
    importance,
    margins,
    refit,
    require_both_outcomes,
    settings,
)

CONFIG = Config(rounds=200, patience=5, seed=3, threads=1)
PARAMS = Params(min_data_in_leaf=20, learning_rate=0.2)


def fitted_text(params: Params = PARAMS, config: Config = CONFIG) -> str:
    binned = Binned.of(TRAIN, STOP, COLUMNS, config)
    text: str = fit(binned, params, config).booster.model_to_string()
    return text


def test_the_same_rows_seed_and_threads_make_the_same_bytes() -> None:
    assert fitted_text() == fitted_text()
    again = [refit(TRAIN, COLUMNS, PARAMS, CONFIG, 10).model_to_string() for _ in range(2)]
    assert again[0] == again[1]


def test_another_seed_or_row_makes_other_bytes() -> None:
    assert fitted_text(config=Config(rounds=200, patience=5, seed=4)) != fitted_text()
    fewer = Rows(TRAIN.matrix[1:], TRAIN.label[1:])
    shorter = fit(Binned.of(fewer, STOP, COLUMNS, CONFIG), PARAMS, CONFIG)
    assert shorter.booster.model_to_string() != fitted_text()


def test_rows_binned_once_fit_as_rows_binned_anew() -> None:
    binned = Binned.of(TRAIN, STOP, COLUMNS, CONFIG)
    many = [PARAMS, Params(num_leaves=4, min_data_in_leaf=80), PARAMS]
    shared = [fit(binned, params, CONFIG).booster.model_to_string() for params in many]
    assert shared == [fitted_text(params) for params in many]
    assert shared[0] != shared[1]


def test_the_stopping_rows_stop_and_do_not_teach() -> None:
    found = fit(Binned.of(TRAIN, STOP, COLUMNS, CONFIG), PARAMS, CONFIG)
    assert 1 < found.rounds < 200
    told = 1 / (1 + np.exp(-margins(found.booster, STOP.matrix)))
    loss = -np.mean(np.where(STOP.label, np.log(told), np.log(1 - told)))
    assert found.loss == pytest.approx(loss)
    turned = Rows(STOP.matrix, ~STOP.label)
    other = fit(Binned.of(TRAIN, turned, COLUMNS, CONFIG), PARAMS, CONFIG)
    assert other.rounds == 1
    one, two = (
        np.asarray(each.booster.predict(TRAIN.matrix, num_iteration=1, raw_score=True))
        for each in (found, other)
    )
    assert np.array_equal(one, two)


def test_a_refit_has_the_rounds_that_were_found_and_no_fewer() -> None:
    booster = refit(TRAIN, COLUMNS, PARAMS, CONFIG, 17)
    assert booster.num_trees() == 17
    assert booster.feature_name() == list(COLUMNS.names)


def test_margins_are_log_odds() -> None:
    booster = refit(TRAIN, COLUMNS, PARAMS, CONFIG, 5)
    found = margins(booster, STOP.matrix)
    assert found.dtype == np.float64
    assert 1 / (1 + np.exp(-found)) == pytest.approx(booster.predict(STOP.matrix))


def test_category_codes_are_no_quantity() -> None:
    text = refit(TRAIN, COLUMNS, PARAMS, CONFIG, 20).model_to_string()
    assert "\ncat_threshold=" in text
    numbers = Columns(COLUMNS.names, ())
    assert "\ncat_threshold=" not in refit(TRAIN, numbers, PARAMS, CONFIG, 20).model_to_string()


def test_importance_shares_the_gain_among_features() -> None:
    shares = importance(refit(TRAIN, COLUMNS, PARAMS, CONFIG, 20))
    assert next(iter(shares)) == "signal"
    assert sum(shares.values()) == pytest.approx(1)
    stump = refit(TRAIN, COLUMNS, Params(min_data_in_leaf=5000), CONFIG, 1)
    assert set(importance(stump).values()) == {0.0}


@pytest.mark.parametrize("label", [np.zeros(600, bool), np.ones(600, bool)])
def test_one_outcome_is_refused_with_the_slice(label: Bools) -> None:
    yes = int(label[0]) * 600
    told = (
        f" has {yes} positives among 600 rows; a model needs both outcomes: widen the cohort, "
        "lengthen the horizon, or add cutoffs"
    )
    alike = Rows(TRAIN.matrix, label)
    with pytest.raises(CohortError) as caught:
        Binned.of(alike, STOP, COLUMNS, CONFIG)
    assert str(caught.value) == "slice 'train'" + told
    with pytest.raises(CohortError) as caught:
        Binned.of(TRAIN, alike, COLUMNS, CONFIG)
    assert str(caught.value) == "slice 'stop'" + told
    with pytest.raises(CohortError, match="slice 'x' has 0 positives among 0 rows"):
        require_both_outcomes("x", label[:0])


def test_settings_ask_for_a_model_that_can_be_made_again() -> None:
    asked = settings(PARAMS, CONFIG)
    assert (asked["seed"], asked["num_threads"], asked["deterministic"]) == (3, 1, True)
    assert asked["learning_rate"] == 0.2
