from dataclasses import replace

import pytest

from tests.helpers.learnable import COLUMNS, STOP, TRAIN, rows
from training.config import Config, Params
from training.fit import Binned, fit
from training.search.race import RUNGS, behind, race
from training.search.settings import Search
from training.search.trials import team
from training.search.tune import tune

PARAMS = Params(min_data_in_leaf=20, learning_rate=0.1)
CONFIG = Config(rounds=200, patience=5, params=replace(PARAMS, learning_rate=0.3))
QUICK = CONFIG.params
PATIENT = replace(CONFIG, patience=200)
BINNED = [Binned.of(TRAIN, STOP, COLUMNS, CONFIG), Binned.of(STOP, rows(3), COLUMNS, CONFIG)]


@pytest.mark.parametrize("rounds", [200, 7])
def test_folds_side_by_side_find_what_each_finds_alone(rounds: int) -> None:
    config = replace(CONFIG, rounds=rounds)
    alone = [fit(each, QUICK, config) for each in BINNED]
    found = race(BINNED, QUICK, config)
    assert found.finished
    assert found.rounds == alone[0].rounds
    assert found.loss == sum(each.loss for each in alone) / 2
    assert len({each.rounds for each in alone}) == (2 if rounds == 200 else 1)


@pytest.mark.parametrize(("rate", "first"), [(0.1, 20), (0.25, 8), (0.03, 67), (1.0, 2)])
def test_rungs_lie_where_as_much_was_learnt(rate: float, first: int) -> None:
    ticks, met = [0], []

    def tick() -> None:
        ticks[0] += 1

    def goes_on(rung: int, loss: float) -> bool:
        met.append((rung, ticks[0]))
        return False

    ran = race(BINNED[:1], replace(PARAMS, learning_rate=rate), PATIENT, goes_on, tick)
    assert met == [(0, first)]
    assert not ran.finished
    assert ran.rounds <= first


def test_a_large_step_passes_several_rungs() -> None:
    met: list[int] = []

    def goes_on(rung: int, loss: float) -> bool:
        met.append(rung)
        return len(met) < 5

    race(BINNED[:1], replace(PARAMS, learning_rate=1.0), PATIENT, goes_on)
    assert met == [0, 1, 2, 3, 4]
    assert list(RUNGS) == sorted(set(RUNGS))


def test_behind_is_worse_than_the_median_and_those_that_ended_stay() -> None:
    others = [{0: 0.50, 1: 0.40}, {0: 0.52, 1: 0.46}, {0: 0.41}]
    assert not behind(0.50, 0, others)
    assert behind(0.51, 0, others)
    assert not behind(0.41, 1, others)
    assert behind(0.42, 1, others)
    assert not behind(9.0, 0, [])
    assert not behind(9.0, 0, [{}])


def test_some_trials_are_given_up_and_the_best_is_as_good() -> None:
    config = Config(
        trials=20, rounds=60, patience=10, params=Params(min_data_in_leaf=20, learning_rate=0.2)
    )
    folds = [(TRAIN, STOP)]
    whole = tune(folds, COLUMNS, replace(config, search=Search(stop_early=False)))
    short = tune(folds, COLUMNS, config)
    given_up = [place for place, each in enumerate(short) if each.state == "pruned"]
    assert 3 <= len(given_up) <= 12
    assert min(given_up) >= Search().grace
    assert {each.state for each in whole} == {"complete"}
    assert team(short, 1)[0].loss <= team(whole, 1)[0].loss + 0.002 < whole[0].loss
    assert team(short, 1)[0].state == "complete"
