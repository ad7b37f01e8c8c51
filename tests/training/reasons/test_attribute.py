"""Attributions are LightGBM's own to the last digits, on every kind of split, and quicker."""

from __future__ import annotations

from itertools import product
from math import factorial
from typing import Any

import lightgbm
import numpy as np
import pytest

from features.errors import BundleError
from tests.helpers.forests import COLUMNS, SHAPES, asked, model, strange
from training.bundle.modeltext import require_sound
from training.reasons.attribute import Attributor, legendre
from training.trees.forest import Forest


@pytest.mark.parametrize(("missing", "shape"), SHAPES)
def test_attributions_are_those_of_lightgbm(
    missing: dict[str, Any] | None, shape: dict[str, Any]
) -> None:
    text = model(missing=missing, **shape)
    require_sound(text, COLUMNS)
    booster, matrix = lightgbm.Booster(model_str=text), strange()
    expected = asked(booster, matrix, pred_contrib=True)
    found = Attributor(Forest.of(text, COLUMNS))(matrix)
    assert np.abs(found - expected).max() < 1e-12
    margins = asked(booster, matrix, raw_score=True)
    assert np.abs(found.sum(axis=1) - margins).max() < 1e-12
    assert np.unique(margins).size > 3


def test_a_path_of_thirty_inputs_is_split_exactly() -> None:
    columns, random = 34, np.random.default_rng(2)
    matrix = random.random((4_000, columns))
    # A chain: each input is asked only where all inputs before it said yes.
    label = np.cumprod(matrix > 0.15, axis=1).sum(axis=1) / columns
    settings = {
        **{"objective": "regression", "verbosity": -1, "num_threads": 1, "num_leaves": 60},
        **{"min_data_in_leaf": 1, "learning_rate": 1.0, "min_sum_hessian_in_leaf": 0},
    }
    booster = lightgbm.train(settings, lightgbm.Dataset(matrix, label), 3)
    forest = Forest.of(booster.model_to_string(), columns)
    assert forest.distinct.max() >= 25
    found, margins = Attributor(forest)(matrix[:40]), asked(booster, matrix[:40])
    expected = asked(booster, matrix[:40], pred_contrib=True)
    # LightGBM divides what it has multiplied, and loses digits on long paths.
    assert np.abs(found - expected).max() < 1e-10
    assert np.abs(found.sum(axis=1) - margins).max() < 1e-14
    assert np.abs(expected.sum(axis=1) - margins).max() > 1e-12


def test_attributions_are_shapley_values_by_their_definition() -> None:
    text = model(1, missing={}, num_leaves=9)
    forest, x = Forest.of(text, COLUMNS), strange()[20]
    players = sorted(set(forest.feature.tolist()))
    booster = lightgbm.Booster(model_str=text)
    tree = booster.dump_model()["tree_info"][0]["tree_structure"]

    def worth(known: tuple[bool, ...]) -> float:
        given = {player for player, is_known in zip(players, known, strict=True) if is_known}

        def mean(node: dict[str, Any]) -> float:
            if "leaf_value" in node:
                return float(node["leaf_value"])
            sides = node["left_child"], node["right_child"]
            if node["split_feature"] in given:
                return mean(sides[0] if _left(node, x[node["split_feature"]]) else sides[1])
            counts = [side.get("internal_count", side.get("leaf_count")) for side in sides]
            parts = zip(counts, sides, strict=True)
            return float(sum(count * mean(side) for count, side in parts) / sum(counts))

        return mean(tree)

    found = Attributor(forest)(x[None])[0]
    for place, player in enumerate(players):
        value = 0.0
        for others in product([False, True], repeat=len(players) - 1):
            size = sum(others)
            weight = factorial(size) * factorial(len(players) - size - 1) / factorial(len(players))
            sides = ((*others[:place], known, *others[place:]) for known in (True, False))
            yes, no = (worth(each) for each in sides)
            value += weight * (yes - no)
        assert found[player] == pytest.approx(value, abs=1e-12)


def _left(node: dict[str, Any], value: float) -> bool:
    if node["decision_type"] == "==":
        return str(int(value)) in str(node["threshold"]).split("||") if value == value else False
    if np.isnan(value):
        return (
            bool(node["default_left"]) if node["missing_type"] == "NaN" else node["threshold"] >= 0
        )
    return bool(value <= node["threshold"])


def test_a_row_has_the_same_bits_alone_and_among_others() -> None:
    split, matrix = Attributor(Forest.of(model(missing={}), COLUMNS)), strange()
    together = split(matrix)
    for row in range(0, len(matrix), 7):
        assert split(matrix[row : row + 1]).tobytes() == together[row : row + 1].tobytes()
    assert np.abs(together[:, :-1]).max() > 0.1


def test_trees_of_one_leaf_are_part_of_the_base() -> None:
    text = model(2, missing={}, min_data_in_leaf=1_400)
    assert "num_leaves=1\n" in text
    found = Attributor(Forest.of(text, COLUMNS))(strange()[:3])
    expected = asked(lightgbm.Booster(model_str=text), strange()[:3], pred_contrib=True)
    assert np.abs(found - expected).max() < 1e-15


def test_no_rows_have_no_attributions() -> None:
    split = Attributor(Forest.of(model(2), COLUMNS))
    assert split(np.empty((0, COLUMNS))).shape == (0, COLUMNS + 1)


def test_counts_of_no_rows_are_refused() -> None:
    text = model(1, num_leaves=2)
    line = next(each for each in text.split("\n") if each.startswith("leaf_count="))
    with pytest.raises(BundleError, match="tree 0: leaf_count counts no training rows, and reas"):
        Forest.of(text.replace(line, "leaf_count=0 0"), COLUMNS)


def test_the_rules_are_exact() -> None:
    for count in (4, 8, 16, 32, 64):
        nodes, weights = legendre(count)
        for degree in (0, 1, 2 * count - 1):
            assert (weights * nodes**degree).sum() == pytest.approx(1 / (degree + 1), rel=1e-13)
