"""Margins are LightGBM's own, bit for bit, on every kind of split and of row."""

from __future__ import annotations

from typing import Any

import lightgbm
import numpy as np
import pytest

from features.arrays import Floats
from tests.helpers.forests import COLUMNS, SHAPES, asked, model, rows, strange
from training.mean import mean_of
from training.trees.forest import CATEGORY, Forest
from training.trees.walk import Walker


def walked(text: str, matrix: Floats) -> Floats:
    return Walker.of(Forest.of(text, COLUMNS))(matrix)


@pytest.mark.parametrize(("missing", "shape"), SHAPES)
def test_margins_are_those_of_lightgbm_to_the_last_bit(
    missing: dict[str, Any] | None, shape: dict[str, Any]
) -> None:
    text = model(missing=missing, **shape)
    # More rows than go down together, and a part of that many at the end.
    matrix = np.concatenate([strange(), rows(700, seed=4)])
    wanted = asked(lightgbm.Booster(model_str=text), matrix, raw_score=True)
    assert walked(text, matrix).tolist() == wanted.tolist()
    assert np.unique(wanted).size > 3


def test_a_row_has_the_same_bits_alone_and_in_any_layout() -> None:
    walker, matrix = Walker.of(Forest.of(model(missing={}), COLUMNS)), strange()
    together = walker(matrix)
    assert [walker(row[None])[0] for row in matrix] == together.tolist()
    assert walker(np.asfortranarray(matrix)).tolist() == together.tolist()
    assert walker(matrix[:0]).tolist() == []


@pytest.mark.parametrize("processors", [1, 2, 3, 64])
def test_rows_shared_out_among_processors_have_the_same_bits(
    processors: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("training.trees.walk._SHARE", 100)
    monkeypatch.setattr("os.sched_getaffinity", lambda _: set(range(processors)), raising=False)
    walker, matrix = Walker.of(Forest.of(model(missing={}), COLUMNS)), rows(701, seed=4)
    sizes: list[int] = []

    def noted(self: Walker, part: Floats, found: Floats) -> None:
        sizes.append(len(part))
        add(self, part, found)

    add = Walker._add
    monkeypatch.setattr(Walker, "_add", noted)
    together = walker(matrix).tolist()
    assert len(sizes) == min(processors, 7)
    assert sum(sizes) == 701
    assert together == [walker(row[None])[0] for row in matrix]


def test_a_tree_without_splits_counts_in_its_turn() -> None:
    label = np.arange(40) % 4 == 0
    settings = {"objective": "binary", "verbosity": -1, "num_threads": 1, "min_data_in_leaf": 30}
    lone = lightgbm.train(settings, lightgbm.Dataset(rows(40), label), 1)
    assert lone.num_trees() == 1
    grown = lightgbm.Booster(model_str=model(3, missing={}))
    for members in ([lone], [lone, grown], [grown, lone, grown]):
        whole = mean_of(members)
        wanted = asked(whole, strange(), raw_score=True).tolist()
        assert walked(whole.model_to_string(), strange()).tolist() == wanted
        assert len(set(wanted)) > 1 or members == [lone]


def test_trees_that_compare_numbers_only_are_told_from_others() -> None:
    forest = Forest.of(model(missing={}, num_leaves=4), COLUMNS)
    found = Walker.of(forest).is_plain.tolist()
    wanted = [
        all(kind < CATEGORY for kind in forest.kind[start:end])
        for start, end in zip(forest.splits[:-1], forest.splits[1:], strict=True)
    ]
    assert found == wanted
    assert set(wanted) == {True, False}
