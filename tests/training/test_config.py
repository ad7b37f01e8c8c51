from dataclasses import fields
from pathlib import Path
from typing import Any

import pytest

from features.errors import DefinitionError
from training.config import Config, Params
from training.config_file import read_config
from training.folds import Rhythm


def read(folder: Path, text: str, task: str = "churn", tasks: tuple[str, ...] = ()) -> Config:
    path = folder / "train.toml"
    path.write_text(text, encoding="utf-8")
    return read_config(path, task, tasks)


def faults_of(folder: Path, text: str, tasks: tuple[str, ...] = ()) -> tuple[str, ...]:
    with pytest.raises(DefinitionError) as caught:
        read(folder, text, tasks=tasks)
    assert str(folder / "train.toml") in str(caught.value)
    return caught.value.faults


def test_silence_means_the_defaults(tmp_path: Path) -> None:
    assert read_config(tmp_path / "nowhere.toml", "churn") == Config()
    assert read(tmp_path, "") == Config()
    assert Config().bands == {"high": 3.0, "medium": 1.0}


def test_what_is_said_holds_and_the_rest_stays(tmp_path: Path) -> None:
    config = read(tmp_path, "trials = 3\n[params]\nnum_leaves = 31\n[rhythm]\nevery = 14\n")
    assert config == Config(trials=3, params=Params(num_leaves=31), rhythm=Rhythm(every=14))


def test_a_table_of_the_task_lies_over_that_of_all(tmp_path: Path) -> None:
    text = """
        trials = 3
        seed = 5
        split = "customer"
        bands = {top = 9.0}
        [params]
        num_leaves = 31
        lambda_l2 = 1
        [tasks.churn]
        trials = 4
        cutoff = "2005-10-01"
        bands = {high = 2.0}
        params = {num_leaves = 15}
        [tasks.coffee]
        split = "time"
    """
    assert read(tmp_path, text) == Config(
        trials=4,
        seed=5,
        split="customer",
        cutoff="2005-10-01",
        bands={"high": 2.0},
        params=Params(num_leaves=15, lambda_l2=1),
    )
    coffee = read(tmp_path, text, "coffee")
    assert (coffee.trials, coffee.split, coffee.params.num_leaves) == (3, "time", 31)
    # The split of all needs a cutoff that only churn gives.
    with pytest.raises(DefinitionError, match="split 'customer' needs the one cutoff"):
        read(tmp_path, text, "other")


def test_unknown_keys_are_told_by_name_at_every_level(tmp_path: Path) -> None:
    known = ", ".join(each.name for each in fields(Config))
    rhythm = ", ".join(each.name for each in fields(Rhythm))
    params = ", ".join(each.name for each in fields(Params))
    text = """
        sede = 1
        [rhythm]
        evry = 7
        [params]
        max_depth = 3
        [tasks.churn]
        trails = 2
        [tasks.churn.params]
        leaves = 3
        [tasks.coffee.rhythm]
        latter = 1
    """
    assert faults_of(tmp_path, text) == (
        f"unknown key 'sede'; known are {known}",
        f"unknown key 'rhythm.evry'; known are {rhythm}",
        f"unknown key 'params.max_depth'; known are {params}",
        f"unknown key 'tasks.churn.trails'; known are {known}",
        f"unknown key 'tasks.churn.params.leaves'; known are {params}",
        f"unknown key 'tasks.coffee.rhythm.latter'; known are {rhythm}",
    )


def test_an_unknown_task_is_told_when_the_tasks_are_known(tmp_path: Path) -> None:
    text = "[tasks.chrun]\ntrials = 2\n"
    assert read(tmp_path, text) == Config()
    assert faults_of(tmp_path, text, ("churn", "coffee")) == (
        "unknown task 'tasks.chrun'; known are churn, coffee",
    )


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("trials = 2.5", "'trials' must be of type int, got 2.5"),
        ("trials = true", "'trials' must be of type int, got True"),
        ("split = 3", "'split' must be of type str, got 3"),
        ("bands = 3", "'bands' must be of type dict, got 3"),
        ("rhythm = 7", "'rhythm' must be a table, got 7"),
        ("tasks = 7", "'tasks' must be a table, got 7"),
        ("tasks.churn = 7", "'tasks.churn' must be a table, got 7"),
        ("params.learning_rate = 'x'", "'params.learning_rate' must be of type float, got 'x'"),
        ("tasks.churn.params = 1", "'tasks.churn.params' must be a table, got 1"),
        ("rhythm.later = 0", "later must be 1 or more, got 0"),
        ("params.num_leaves = 1", "num_leaves must be 2 to 131072, got 1"),
        ("params.lambda_l2 = nan", "lambda_l2 must be above 0, got nan"),
        ("params.min_data_in_leaf = 0", "min_data_in_leaf must be 1 or more, got 0"),
        ("trials = 0", "trials must be 1 or more, got 0"),
        ("folds = 2", "folds must be 3 or more, got 2"),
        ("seed = -1", "seed must be 0 or more and below 2**31, got -1"),
        ("split = 'random'", "split must be 'time' or 'customer', got 'random'"),
        (
            "split = 'customer'",
            "split 'customer' needs the one cutoff, as cutoff = \"2005-10-01\"",
        ),
        (
            "split = 'customer'\ncutoff = 'May'",
            "cutoff: expected an ISO 8601 instant such as 2017-11-05T00:00:00Z, got 'May'",
        ),
        ("bands.high = 0", "band 'high' must be a multiple above 0, got 0"),
        ("bands.high = 'x'", "band 'high' must be a multiple above 0, got 'x'"),
        ("bands.low = 2", "band 'low' is the one below all others; leave it out"),
        ("bands = {a = 2, b = 2.0}", "bands 'a' and 'b' start at the same multiple"),
    ],
)
def test_wrong_values_are_told_by_name(tmp_path: Path, text: str, fault: str) -> None:
    assert faults_of(tmp_path, text) == (fault,)


def test_all_faults_come_in_one_error(tmp_path: Path) -> None:
    text = "trials = 0\nfolds = 1\nsplit = 'x'\nseed = 'x'\nodd = 1\nparams.num_leaves = 0"
    assert len(faults_of(tmp_path, text)) == 6


@pytest.mark.parametrize("name", ["learning_rate", "feature_fraction", "bagging_fraction"])
@pytest.mark.parametrize("value", [0.0, -0.1, 1.1, float("nan")])
def test_fractions_lie_above_0_and_up_to_1(name: str, value: float) -> None:
    changes: dict[str, Any] = {name: value}
    with pytest.raises(DefinitionError, match=f"{name} must be above 0 and up to 1"):
        Params(**changes)


@pytest.mark.parametrize("content", [b"trials = ", b"[rhythm", b"\xff\xfe", b"a = 1\na = 2"])
def test_a_file_that_is_no_toml_is_told(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "train.toml"
    path.write_bytes(content)
    with pytest.raises(DefinitionError, match="this is no TOML: "):
        read_config(path, "churn")
