"""A matrix in blocks is the whole matrix, and LightGBM makes the same model of it."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import lightgbm
import numpy as np
import pytest

from features.errors import SchemaError
from features.kernel import Vectors
from features.schema import Schema
from tests.helpers import learnable
from training.config import Config, Params
from training.fit import Binned, Columns, Rows, fit, margins, refit
from training.large import matrix as module
from training.large.matrix import Matrix, bin_seed, dense, matrix_of, told
from training.search.study import key


@pytest.fixture
def small_blocks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "BLOCK", 64)
    monkeypatch.setattr(Matrix, "batch_size", 50)


def named(rows: Rows) -> Vectors:
    """The rows of the helper, their codes being texts."""
    noise, signal, city = rows.matrix.T
    names = np.array([*"abcd"], dtype=object)[city.astype(np.int64)]
    blank = np.zeros(len(noise), dtype=np.int64)
    return Vectors(blank, blank, {"noise": noise, "signal": signal, "city": names})


TRAIN, STOP = named(learnable.TRAIN), named(learnable.STOP)
SCHEMA = Schema.fit(TRAIN)


@pytest.mark.usefixtures("small_blocks")
def test_every_way_to_ask_gives_the_numbers_of_the_whole() -> None:
    whole, blocks = SCHEMA.matrix(TRAIN), Matrix(SCHEMA, TRAIN)
    same: Any = np.testing.assert_array_equal
    assert blocks.shape == whole.shape
    same(blocks.dense(), whole)
    same(np.concatenate([*blocks.blocks()]), whole)
    same(blocks[60:130], whole[60:130])
    same(np.array([blocks[row] for row in (0, 63, 64, 599)]), whole[[0, 63, 64, 599]])
    same(blocks[[5, 3]], whole[[5, 3]])
    same(blocks[:, 1], whole[:, 1])
    same(blocks[:, 2], whole[:, 2])
    mask = np.arange(600) % 7 == 0
    same(dense(blocks[mask]), whole[mask])
    same(dense(whole), whole)
    same(told(blocks, lambda rows: rows[:, 0]), told(whole, lambda rows: rows[:, 0]))
    assert told(blocks[np.zeros(600, dtype=np.bool_)], len).shape == (0,)


@pytest.mark.usefixtures("small_blocks")
def test_the_model_has_the_same_bytes() -> None:
    config, params = Config(rounds=20, patience=5), Params(min_data_in_leaf=20)
    texts, scores, stops = [], [], []
    for make in (SCHEMA.matrix, lambda vectors: Matrix(SCHEMA, vectors).table):
        train = Rows(make(TRAIN), learnable.TRAIN.label)
        stop = Rows(make(STOP), learnable.STOP.label)
        stops.append(fit(Binned.of(train, stop, learnable.COLUMNS, config), params, config))
        booster = refit(train, learnable.COLUMNS, params, config, 10)
        texts.append(booster.model_to_string())
        scores.append(margins(booster, stop.matrix).tobytes())
    assert texts[0] == texts[1]
    assert scores[0] == scores[1]
    assert (stops[0].rounds, stops[0].loss) == (stops[1].rounds, stops[1].loss)


def test_the_model_has_the_same_bytes_when_bins_come_from_a_draw_of_the_rows() -> None:
    random = np.random.default_rng(0)
    count = 230_000  # LightGBM draws 200,000
    blank = np.zeros(count, dtype=np.int64)
    vectors = Vectors(blank, blank, {"one": random.normal(size=count)})
    schema, label = Schema.fit(vectors), vectors.columns["one"] + random.normal(size=count) > 0
    columns = replace(learnable.COLUMNS, names=schema.names, categorical=())
    for seed in (7, 8):
        config = Config(seed=seed)
        texts = [
            refit(Rows(each, label), columns, Params(), config, 2).model_to_string()
            for each in (schema.matrix(vectors), Matrix(schema, vectors).table)
        ]
        assert texts[0] == texts[1]


@pytest.mark.parametrize("seed", [0, 7, 99_999, 2**31 - 1])
def test_the_seed_of_the_draw_is_what_lightgbm_derives(seed: int) -> None:
    data = lightgbm.Dataset(np.zeros((2, 1)), np.array([0.0, 1.0]))
    said = lightgbm.train({"seed": seed, "verbosity": -1}, data, 1).model_to_string()
    assert f"[data_random_seed: {bin_seed(seed)}]" in said


def test_small_matrices_are_made_whole(monkeypatch: pytest.MonkeyPatch) -> None:
    assert isinstance(matrix_of(SCHEMA, TRAIN), np.ndarray)
    monkeypatch.setattr(module, "WHOLE", 600 * 3 - 1)
    assert isinstance(matrix_of(SCHEMA, TRAIN), Matrix)


def test_a_block_with_an_infinity_is_refused() -> None:
    broken = TRAIN.plus({"noise": np.full(600, np.inf)})
    with pytest.raises(SchemaError, match="column 'noise': infinity in row 1"):
        Matrix(SCHEMA, broken).dense()


def test_nothing_is_held_beside_the_columns(tmp_path: Path) -> None:
    blocks = Matrix(SCHEMA, TRAIN)
    assert blocks._block.size == 0
    assert blocks[7].shape == (3,)
    assert blocks._block.shape == (600, 3)


@pytest.mark.usefixtures("small_blocks")
def test_a_study_is_known_again_wherever_its_rows_lie() -> None:
    columns = Columns(SCHEMA.names, SCHEMA.categorical)

    def digest(matrix: Any) -> str:
        folds = [(Rows(matrix, learnable.TRAIN.label), learnable.STOP)]
        return key(folds, columns, Config(), 1)

    whole = digest(SCHEMA.matrix(TRAIN))
    assert digest(Matrix(SCHEMA, TRAIN)) == digest(Matrix(SCHEMA, TRAIN)) == whole
    other = TRAIN.columns["noise"].copy()
    other[-1] += 1
    changed = Vectors(TRAIN.customers, TRAIN.cutoffs, {**TRAIN.columns, "noise": other})
    assert digest(Matrix(SCHEMA, changed)) != whole
