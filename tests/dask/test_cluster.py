"""Boosted trees fitted by processes of Dask, against those of one process."""

import os
import signal
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from features.errors import CohortError, StateError
from features.kernel import Vectors
from features.schema import Schema
from training.config import Config, Params
from training.fit import Columns, Rows, margins, refit
from training.judge.intervals import bootstrap
from training.large import cluster
from training.large.cluster import fit_on_dask, shares_of
from training.large.gather import gathering
from training.large.matrix import Matrix
from training.large.settings import Large
from training.snapshots import Snapshot

CONFIG = Config(
    large=Large("dask", search_rows=10_000),
    # Nothing is drawn: what is left between the two are the bins.
    params=Params(0.2, 15, 20, feature_fraction=1.0, bagging_fraction=1.0),
)
ROUNDS = 15


def made(count: int, seed: int) -> Snapshot:
    random = np.random.default_rng(seed)
    numbers = {f"n{place}": random.normal(size=count) for place in range(6)}
    numbers["n1"][random.random(count) < 0.2] = np.nan
    city = np.array(["Bonn", "Oslo", "Rome", None], dtype=object)[random.integers(0, 4, count)]
    drift = numbers["n0"] + np.nan_to_num(numbers["n1"]) * numbers["n2"] + (city == "Rome")
    label = drift + random.normal(size=count) > 1
    customers = np.arange(count) // 2
    return Snapshot(Vectors(customers, np.arange(count) % 2, numbers | {"city": city}), label)


@pytest.fixture(scope="module")
def rows(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Rows]:
    whole = made(20_000, 1)
    parts = [whole.take(np.arange(first, first + 5_000)) for first in range(0, 20_000, 5_000)]
    with gathering(CONFIG.large, tmp_path_factory.mktemp("room"), lambda text: None) as gather:
        held = gather(parts)
        schema = Schema.fit(held.vectors)
        yield Rows(Matrix(schema, held.vectors).table, held.label)


@pytest.fixture(scope="module")
def columns(rows: Any) -> Columns:
    schema = rows.matrix.schema
    return Columns(schema.names, schema.categorical)


def fitted(rows: Any, columns: Columns) -> Any:
    return fit_on_dask(rows, columns, CONFIG.params, CONFIG, ROUNDS, lambda text: None)


@pytest.fixture(scope="module")
def booster(rows: Any, columns: Columns) -> Any:
    return fitted(rows, columns)


def test_negatives_that_were_left_out_are_put_back(
    rows: Any, columns: Columns, booster: Any
) -> None:
    quarter = fitted(replace(rows, kept=0.25), columns)
    matrix = rows.matrix.dense()
    moved = margins(quarter, matrix) - margins(booster, matrix)
    assert moved == pytest.approx(np.log(0.25), abs=1e-9)


def test_the_model_is_as_good_as_that_of_one_process(
    rows: Any, columns: Columns, booster: Any
) -> None:
    alone = refit(rows, columns, CONFIG.params, CONFIG, ROUNDS)
    later = made(20_000, 2)
    matrix = rows.matrix.schema.matrix(later.vectors)
    scores = {"alone": margins(alone, matrix), "dask": margins(booster, matrix)}
    told = {name: 1 / (1 + np.exp(-each)) for name, each in scores.items()}
    found = bootstrap(later.label, told, later.vectors.customers, resamples=200)
    apart = found["dask"].minus(found["alone"], "roc_auc")
    assert found["dask"].values["roc_auc"] > 0.8
    assert apart.low <= 0 <= apart.high
    assert booster.num_trees() == ROUNDS
    assert booster.feature_name() == list(columns.names)
    assert "pandas_categorical:null" in booster.model_to_string()


def test_the_same_rows_make_the_same_model(rows: Any, columns: Columns, booster: Any) -> None:
    assert fitted(rows, columns).model_to_string() == booster.model_to_string()


def test_processes_get_all_rows_once_and_in_order(rows: Any) -> None:
    shares = shares_of(rows, 3)
    assert np.array_equal(np.concatenate([label for _, label in shares]), rows.label)
    schema, names = rows.matrix.schema.to_json(), tuple(rows.matrix.vectors.columns.kinds)
    read = [cluster.read_share(pieces, schema, names) for pieces, _ in shares]
    assert np.array_equal(np.concatenate(read), rows.matrix.dense(), equal_nan=True)
    assert {len(each) for each in read} == {6666, 6667}


def test_a_share_with_one_outcome_is_refused(rows: Any) -> None:
    few = Rows(rows.matrix[np.arange(4)], np.array([True, False, True, True]))
    with pytest.raises(CohortError, match=r"process 2 of 2 would have 2 positives among 2 rows"):
        shares_of(few, 2)


def test_a_process_that_dies_is_told_in_plain_words(
    rows: Any, columns: Columns, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(cluster, "read_share", _dies)
    with pytest.raises(StateError, match=r"one of the 2 processes of Dask ended before the model"):
        fitted(rows, columns)


def test_an_error_of_a_process_is_told_as_it_is(
    rows: Any, columns: Columns, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(cluster, "read_share", _fails)
    with pytest.raises(StateError, match="the file is gone"):
        fitted(rows, columns)


def _fails(*_: Any) -> None:
    raise StateError("the file is gone")


def _dies(*_: Any) -> None:
    os.kill(os.getpid(), signal.SIGKILL)
