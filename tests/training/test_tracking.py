import fcntl
import os
import signal
from contextlib import ExitStack
from dataclasses import asdict
from pathlib import Path
from typing import Any

import pytest

from tests.helpers.bundles import write
from training.bundle import read_bundle
from training.config import Params
from training.record import Record
from training.registry import CHAMPION, Registry
from training.search.trials import Trial
from training.tracking import LOCK, PARENT, SHOWN, champion_params, log_trials, training_run

TRIALS = (
    Trial(Params(), 80, 0.21, seconds=1.5),
    Trial(Params(num_leaves=5), 40, 0.19, seconds=2.5),
    Trial(Params(num_leaves=9), 12, 0.18, "pruned", 0.5),
)


@pytest.fixture(scope="module")
def registry(tmp_path_factory: pytest.TempPathFactory) -> Registry:
    return Registry(tmp_path_factory.mktemp("home") / "mlruns")


def runs(registry: Registry, project: str) -> list[Any]:
    return list(registry.client().search_runs([registry.experiment(project)]))


def status(registry: Registry, run: str) -> str:
    return str(registry.client().get_run(run).info.status)


def locks(registry: Registry) -> list[Path]:
    return list((registry.folder / "running").iterdir())


def killed_training(registry: Registry, project: str) -> None:
    """A real process that is killed while its training and a trial of it are open."""
    child = os.fork()
    if not child:
        with training_run(registry, project, "churn") as run:
            tags = {PARENT: run}
            registry.client().create_run(registry.experiment(project), tags=tags)
            os.kill(os.getpid(), signal.SIGKILL)
    assert os.WTERMSIG(os.waitpid(child, 0)[1]) == signal.SIGKILL


def recorded(registry: Registry, project: str, folder: Path, run: str) -> None:
    bundle = write(folder / "bundle", project=project)
    registry.record(read_bundle(bundle), Record({}, {}, {}, {}, (), bundle, run))


def killed_recording(registry: Registry, project: str, folder: Path, step: str) -> str:
    """A real process that is killed before its model is registered, after it, or at the end."""
    register = Registry._register

    def dying(self: Registry, *arguments: Any) -> int:
        if step == "registered":
            register(self, *arguments)
        os.kill(os.getpid(), signal.SIGKILL)
        return 0

    child = os.fork()
    if not child:
        try:
            with (
                pytest.MonkeyPatch.context() as patched,
                training_run(registry, project, "churn") as run,
            ):
                if step != "ended":
                    patched.setattr(Registry, "_register", dying)
                recorded(registry, project, folder, run)
                os.kill(os.getpid(), signal.SIGKILL)
        finally:
            os._exit(1)
    assert os.WTERMSIG(os.waitpid(child, 0)[1]) == signal.SIGKILL
    (left,) = runs(registry, project)
    return str(left.info.run_id)


@pytest.mark.parametrize(
    ("step", "before", "after", "versions"),
    [
        ("unregistered", "RUNNING", "KILLED", []),
        ("registered", "RUNNING", "FINISHED", [1]),
        ("ended", "FINISHED", "FINISHED", [1]),
    ],
)
def test_a_run_is_finished_if_and_only_if_its_model_has_a_version(
    registry: Registry, tmp_path: Path, step: str, before: str, after: str, versions: list[int]
) -> None:
    project = f"version_{step}"
    left = killed_recording(registry, project, tmp_path, step)
    assert status(registry, left) == before
    assert len(locks(registry)) == 1
    with training_run(registry, project, "churn") as run:
        assert status(registry, left) == after
        assert [each.name for each in locks(registry)] == [
            registry.client().get_run(run).data.tags[LOCK]
        ]
        found = registry.client().search_model_versions(f"name='{project}.churn'")
        assert [int(each.version) for each in found] == versions
        recorded(registry, project, tmp_path / "next", run)
    assert registry.run_of(project, "churn", len(versions) + 1) == run
    assert locks(registry) == []


def test_a_training_that_is_stopped_after_its_model_was_registered_is_finished(
    registry: Registry, tmp_path: Path
) -> None:
    stopped = ExitStack()
    run = stopped.enter_context(training_run(registry, "late", "churn"))
    recorded(registry, "late", tmp_path, run)
    stop = KeyboardInterrupt()
    assert not stopped.__exit__(KeyboardInterrupt, stop, None)
    assert status(registry, run) == "FINISHED"


def test_a_training_that_ends_while_the_dead_are_looked_for_is_not_taken_for_one(
    registry: Registry, monkeypatch: pytest.MonkeyPatch
) -> None:
    from training import tracking

    sweep, closing = tracking._sweep, ExitStack()
    run = closing.enter_context(training_run(registry, "ending", "churn"))

    def slow(folder: Path) -> None:
        closing.close()
        sweep(folder)

    monkeypatch.setattr("training.tracking._sweep", slow)
    with training_run(registry, "ending", "churn"):
        assert status(registry, run) == "FINISHED"


def test_a_lock_that_is_swept_before_it_is_held_is_made_anew(
    registry: Registry, monkeypatch: pytest.MonkeyPatch
) -> None:
    from training import tracking

    flock, swept = fcntl.flock, list[Path]()

    def late(handle: int, how: int) -> None:
        if not swept:
            swept.extend(locks(registry))
            with monkeypatch.context() as plain:
                plain.setattr("fcntl.flock", flock)
                tracking._sweep(registry.folder)
        flock(handle, how)

    monkeypatch.setattr("fcntl.flock", late)
    with training_run(registry, "swept", "churn") as run:
        (held,) = locks(registry)
        assert [held] != swept
        assert registry.client().get_run(run).data.tags[LOCK] == held.name


def test_a_trial_is_a_run_inside_that_of_its_training(registry: Registry) -> None:
    with training_run(registry, "inside", "churn") as run:
        log_trials(registry, "inside", run, [TRIALS], [TRIALS[1:2]])
        assert status(registry, run) == "RUNNING"
    found = {each.info.run_name: each for each in runs(registry, "inside")}
    parent = found.pop("churn")
    assert (parent.info.run_id, parent.info.status) == (run, "FINISHED")
    assert sorted(found) == ["trial 0", "trial 1", "trial 2"]
    for place, trial in enumerate(TRIALS):
        each = found[f"trial {place}"]
        assert each.info.status == "FINISHED"
        assert each.data.tags[PARENT] == run
        assert each.data.tags["state"] == trial.state
        assert each.data.tags["chosen"] == ("true" if place == 1 else "false")
        assert each.data.params == {key: str(value) for key, value in asdict(trial.params).items()}
        told = {"log_loss": trial.loss, "rounds": trial.rounds, "seconds": trial.seconds}
        assert each.data.metrics == told
    assert locks(registry) == []


def test_of_many_trials_the_best_are_recorded_and_splits_are_told_apart(
    registry: Registry, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert SHOWN == 100
    monkeypatch.setattr("training.tracking.SHOWN", 1)
    with training_run(registry, "many", "default") as run:
        searches = (TRIALS, TRIALS[:1])
        log_trials(registry, "many", run, searches, [TRIALS[1:2], TRIALS[:1]])
    names = sorted(each.info.run_name for each in runs(registry, "many"))
    # The lowest loss is of a trial that was given up; the chosen one is recorded all the same.
    assert names == ["default", "split 0 trial 1", "split 0 trial 2", "split 1 trial 0"]


@pytest.mark.parametrize(
    ("error", "word"), [(ValueError("x"), "FAILED"), (KeyboardInterrupt(), "KILLED")]
)
def test_a_training_that_ends_badly_says_so(
    registry: Registry, error: BaseException, word: str
) -> None:
    with pytest.raises(type(error)), training_run(registry, "badly", word):
        raise error
    found = {each.info.run_name: each.info.status for each in runs(registry, "badly")}
    assert found[word] == word
    assert locks(registry) == []


def test_the_next_training_marks_one_that_was_killed_and_no_living_one(registry: Registry) -> None:
    client = registry.client()
    somebodys = client.create_run(registry.experiment("buried"), run_name="a notebook").info.run_id
    killed_training(registry, "buried")
    left = {each.info.run_id for each in runs(registry, "buried")} - {somebodys}
    assert {status(registry, each) for each in left} == {"RUNNING"}
    assert len(left) == 2
    assert len(locks(registry)) == 1
    with training_run(registry, "buried", "churn") as living:
        assert {status(registry, each) for each in left} == {"KILLED"}
        with training_run(registry, "buried", "churn"):
            assert status(registry, living) == "RUNNING"
            assert status(registry, somebodys) == "RUNNING"
        assert client.get_run(living).data.tags[LOCK] in [each.name for each in locks(registry)]
    assert status(registry, living) == "FINISHED"
    assert locks(registry) == []


def test_a_champions_hyperparameters_are_read_back(registry: Registry) -> None:
    assert champion_params(registry, "crown", "churn") is None
    client = registry.client()
    params = Params(num_leaves=11, lambda_l2=0.3)
    for version, told in enumerate(
        [asdict(params) | {"rounds": 9}, {"num_leaves": 5}, {"split": "time"}, {"num_leaves": 0}], 1
    ):
        with training_run(registry, "crown", "churn") as run:
            for key, value in told.items():
                client.log_param(run, key, value)
        if version == 1:
            client.create_registered_model("crown.churn")
        client.create_model_version("crown.churn", source=f"runs:/{run}/x", run_id=run)
        client.set_registered_model_alias("crown.churn", CHAMPION, str(version))
        expected = {1: params, 2: Params(num_leaves=5), 3: None, 4: None}[version]
        assert champion_params(registry, "crown", "churn") == expected
