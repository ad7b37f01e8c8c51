import errno
import fcntl
import resource
import signal
from collections import Counter
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import optuna
import pytest
from optuna.storages import JournalStorage
from optuna.storages.journal import JournalFileBackend

from features.errors import StateError
from tests.helpers.killed import CONFIG, killed_in
from tests.helpers.learnable import COLUMNS, STOP, TRAIN
from training.config import Config, Params
from training.fit import Columns, Rows
from training.search.settings import Search
from training.search.standing import Standing
from training.search.study import Shelf, key
from training.search.trials import Trial
from training.search.tune import Terms, tune

FOLDS = [(TRAIN, STOP)]


def searched(
    folder: Path, config: Config = CONFIG, fresh: bool = False, champion: Params | None = None
) -> tuple[Trial, ...]:
    return tune(FOLDS, COLUMNS, config, terms=Terms(Shelf(folder, "shop-churn", fresh), champion))


def journal(folder: Path) -> Path:
    (found,) = folder.glob("*.journal")
    return found


def kept(folder: Path) -> list[optuna.trial.FrozenTrial]:
    storage = JournalStorage(JournalFileBackend(str(journal(folder))))
    return optuna.load_study(study_name="shop-churn", storage=storage).get_trials()


def test_a_search_that_is_killed_twice_finds_what_one_left_alone_finds(tmp_path: Path) -> None:
    assert killed_in(tmp_path, 0) == -signal.SIGKILL
    assert [each.state.name for each in kept(tmp_path)] == ["RUNNING"]
    assert killed_in(tmp_path, 4) == -signal.SIGKILL
    died = kept(tmp_path)[-1]
    before = [each for each in kept(tmp_path) if each.state.is_finished()]
    assert Counter(each.state.name for each in before) == {"COMPLETE": 4, "FAIL": 1}

    told: list[Standing] = []
    found = tune(FOLDS, COLUMNS, CONFIG, told.append, Terms(Shelf(tmp_path, "shop-churn")))
    assert found == tune(FOLDS, COLUMNS, CONFIG)
    assert (told[0].resumed, told[0].done) == (4, 4)
    after = kept(tmp_path)
    # What was finished stays as it was, bit for bit, and nothing is finished twice.
    assert [after[each.number] for each in before] == before
    finished = [each for each in after if each.state.name in ("COMPLETE", "PRUNED")]
    assert len(finished) == len({tuple(each.params.values()) for each in finished}) == 9
    again = after[died.number + 1]
    assert again.params == died.params
    assert again in finished


def test_a_search_that_is_done_runs_nothing_and_may_be_given_more(tmp_path: Path) -> None:
    fewer = searched(tmp_path, replace(CONFIG, trials=5))
    again = searched(tmp_path, replace(CONFIG, trials=5))
    assert [each.seconds for each in again] == [each.seconds for each in fewer]
    assert len(kept(tmp_path)) == 5
    assert searched(tmp_path) == tune(FOLDS, COLUMNS, CONFIG)


def test_begun_afresh_nothing_is_remembered(tmp_path: Path) -> None:
    first = searched(tmp_path, replace(CONFIG, trials=2))
    seconds = [each.seconds for each in first]
    second = searched(tmp_path, replace(CONFIG, trials=2), fresh=True)
    assert second == first
    assert [each.seconds for each in second] != seconds
    assert len(kept(tmp_path)) == 2


def test_a_line_that_was_cut_off_is_no_hindrance(tmp_path: Path) -> None:
    searched(tmp_path, replace(CONFIG, trials=3))
    with journal(tmp_path).open("ab") as file:
        file.write(b'{"op_code":4,"worker_id":"x')
    assert searched(tmp_path) == tune(FOLDS, COLUMNS, CONFIG)


def test_optunas_own_lock_of_a_dead_process_is_no_hindrance(tmp_path: Path) -> None:
    searched(tmp_path, replace(CONFIG, trials=1))
    Path(f"{journal(tmp_path)}.lock").touch()
    assert len(searched(tmp_path, replace(CONFIG, trials=2))) == 2


def test_two_trainings_do_not_share_a_study(tmp_path: Path) -> None:
    searched(tmp_path, replace(CONFIG, trials=1))
    with journal(tmp_path).open() as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        with pytest.raises(StateError, match=r"another training searches .*journal now; wait"):
            searched(tmp_path)
    assert len(searched(tmp_path, replace(CONFIG, trials=2))) == 2


def test_a_damaged_journal_is_named(tmp_path: Path) -> None:
    searched(tmp_path, replace(CONFIG, trials=1))
    content = journal(tmp_path).read_bytes()
    journal(tmp_path).write_bytes(b"no JSON\n" + content)
    with pytest.raises(StateError, match=r"is no journal of a study .*--fresh, or remove"):
        searched(tmp_path)
    assert len(searched(tmp_path, replace(CONFIG, trials=1), fresh=True)) == 1


def test_a_full_disk_ends_the_search_and_loses_no_finished_trial(tmp_path: Path) -> None:
    done = searched(tmp_path, replace(CONFIG, trials=3))
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    # Room for the beginning of a line, so that what is written breaks off in its middle.
    resource.setrlimit(resource.RLIMIT_FSIZE, (journal(tmp_path).stat().st_size + 700, hard))
    try:
        with pytest.raises(OSError, match="File too large") as caught:
            searched(tmp_path)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    assert caught.value.errno == errno.EFBIG
    assert not journal(tmp_path).read_bytes().endswith(b"\n")
    found = searched(tmp_path)
    assert found == tune(FOLDS, COLUMNS, CONFIG)
    assert [each.seconds for each in found[:3]] == [each.seconds for each in done]


def test_only_what_trials_read_decides_whose_study_it_is(monkeypatch: pytest.MonkeyPatch) -> None:
    def named(
        train: Rows = TRAIN, stop: Rows = STOP, columns: Columns = COLUMNS, **changes: Any
    ) -> str:
        return key([(train, stop)], columns, replace(CONFIG, **changes), 1)

    turned = TRAIN.label.copy()
    turned[7] = ~turned[7]
    moved = STOP.matrix.copy()
    moved[3, 1] = np.nextafter(moved[3, 1], 9)
    others = [
        named(train=Rows(TRAIN.matrix, turned)),
        named(train=replace(TRAIN, kept=0.5)),
        named(stop=Rows(moved, STOP.label)),
        named(train=STOP, stop=TRAIN),
        named(columns=Columns(("noise", "signal", "town"), (2,))),
        named(columns=Columns(COLUMNS.names, ())),
        named(seed=8),
        named(rounds=41),
        named(threads=CONFIG.threads + 1),
        named(params=Params(min_data_in_leaf=21, learning_rate=0.2)),
        named(search=Search(stop_early=False)),
        key(FOLDS * 2, COLUMNS, CONFIG, 1),
        key(FOLDS, COLUMNS, CONFIG, 2),
    ]
    assert len({named(), *others}) == 1 + len(others)
    assert named(trials=40, resamples=7, search=Search(budget="10m")) == named()
    before = named()
    monkeypatch.setattr("lightgbm.__version__", "0.0.1")
    assert named() != before


def test_the_champion_is_tried_second_and_a_later_one_changes_no_study(tmp_path: Path) -> None:
    champion = Params(num_leaves=100, min_data_in_leaf=3, learning_rate=0.3, lambda_l2=0.01)
    begun = searched(tmp_path, replace(CONFIG, trials=3), champion=champion)
    assert [each.params for each in begun[:2]] == [CONFIG.params, champion]
    other = Params(num_leaves=3)
    gone_on = searched(tmp_path, replace(CONFIG, trials=5), champion=other)
    assert gone_on[:3] == begun
    assert other not in [each.params for each in gone_on]
    unasked = replace(CONFIG, trials=2, search=Search(champion=False))
    alone = tune(FOLDS, COLUMNS, unasked, terms=Terms(champion=champion))
    assert champion not in [each.params for each in alone]


class Clock:
    """A clock that goes on by a hundredth of a second whenever it is read."""

    def __init__(self) -> None:
        self.now = 0.0

    def perf_counter(self) -> float:
        self.now += 0.01
        return self.now


def test_a_budget_ends_the_search_in_mid_trial_and_more_of_it_goes_on(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("training.search.tune.time", Clock())
    by_count = tune(FOLDS, COLUMNS, replace(CONFIG, trials=30))

    def within(budget: str, most: int = 30) -> Config:
        return replace(CONFIG, trials=1, search=Search(budget=budget, most=most))

    told: list[Standing] = []
    terms = Terms(Shelf(tmp_path, "shop-churn"))
    short = tune(FOLDS, COLUMNS, within("2s"), told.append, terms)
    assert 2 < len(short) < 12
    assert short == by_count[: len(short)]
    assert sum(each.seconds for each in short) <= 2.05
    assert kept(tmp_path)[-1].state.name == "FAIL"
    assert told[0].most is None
    assert told[0].left == 2
    assert [each.left for each in told] == sorted((each.left for each in told), reverse=True)

    more = tune(FOLDS, COLUMNS, within("4s"), terms=terms)
    assert len(more) > len(short)
    assert more == by_count[: len(more)]
    assert (
        len(tune(FOLDS, COLUMNS, within("30d", most=len(more) + 1), terms=terms)) == len(more) + 1
    )


def test_a_budget_is_shared_and_leaves_at_least_one_trial(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("training.search.tune.time", Clock())
    config = replace(CONFIG, search=Search(budget="2s"))
    whole = tune(FOLDS, COLUMNS, config)
    half = tune(FOLDS, COLUMNS, config, terms=Terms(searches=2))
    assert 1 <= len(half) < len(whole)
    (one,) = tune(FOLDS, COLUMNS, config, terms=Terms(searches=1_000))
    assert (one.params, one.state) == (CONFIG.params, "complete")
