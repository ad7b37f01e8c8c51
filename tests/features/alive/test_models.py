"""Fitted parameters as values."""

import json
from typing import Any

import pytest

from features.alive import PurchaseModel, SpendModel
from features.errors import DefinitionError

PURCHASES = PurchaseModel(0.1 + 0.2, 4.414 * 7, 0.793, 2.426, "after any")
SPEND = SpendModel(6.25, 3.74, 15.44 / 3)


def test_json_keeps_every_bit() -> None:
    assert PurchaseModel.from_json(json.loads(json.dumps(PURCHASES.to_json()))) == PURCHASES
    assert SpendModel.from_json(json.loads(json.dumps(SPEND.to_json()))) == SPEND


def test_a_model_without_drops_is_bg_nbd() -> None:
    plain = {"r": 1, "alpha": 2, "a": 3, "b": 4}
    assert PurchaseModel.from_json(plain) == PurchaseModel(1, 2, 3, 4, "after repeats")


def test_all_faults_come_at_once() -> None:
    with pytest.raises(DefinitionError) as caught:
        PurchaseModel(0.0, float("nan"), 1e7, True, "never")  # type: ignore[arg-type]
    assert caught.value.faults == (
        "r must be a number from 1e-06 to 1e+06, got 0.0",
        "alpha must be a number from 1e-06 to 1e+06, got nan",
        "a must be a number from 1e-06 to 1e+06, got 10000000.0",
        "b must be a number from 1e-06 to 1e+06, got True",
        "drops must be one of ['after repeats', 'after any'], got 'never'",
    )


def test_spend_needs_a_finite_mean() -> None:
    with pytest.raises(DefinitionError, match=r"q must be a number from 1\.001 to 1e\+06, got 1"):
        SpendModel(6.0, 1.0, 15.0)
    assert SpendModel(6.0, 4.0, 1e12).mean == 2e12


@pytest.mark.parametrize(
    ("value", "words"),
    [
        (
            {"r": 1, "alpha": 2, "a": 3, "beta": 4},
            "expected a number 'b', came none\n.*'beta' is not one",
        ),
        ({"r": "1", "alpha": 2, "a": 3, "b": 4}, "r must be a number .*, got '1'"),
        ([1, 2, 3, 4], "expected an object with .*'alpha'.*, came"),
    ],
)
def test_what_is_no_purchase_model_is_refused(value: Any, words: str) -> None:
    with pytest.raises(DefinitionError, match=words):
        PurchaseModel.from_json(value)


def test_what_is_no_spend_model_is_refused() -> None:
    with pytest.raises(DefinitionError, match=r"spend model is not well defined:\n.*number 'v'"):
        SpendModel.from_json({"p": 1, "q": 2})
