"""The lint of reasons."""

from __future__ import annotations

import pytest

from features.kernel import Vectors
from tests.helpers.explained import rows_and_bundle, with_settings
from training.bundle import Bundle
from training.reasons.lint import lint


@pytest.fixture(scope="module")
def made() -> tuple[Bundle, Vectors]:
    return rows_and_bundle()


def test_the_lint_finds_nothing_in_sound_reasons(made: tuple[Bundle, Vectors]) -> None:
    bundle, rows = made
    found = lint(with_settings(bundle, purpose="adverse"), rows)
    assert found.faults == ()
    assert found.figures["furthest_from_margin"] < 1e-12
    assert 0.8 <= found.figures["overlap_under_noise"] <= 1
    assert 0.6 <= found.figures["overlap_by_one"] < found.figures["overlap_under_noise"]
    assert found == lint(with_settings(bundle, purpose="adverse"), rows)


def test_the_lint_names_every_fault(
    made: tuple[Bundle, Vectors], monkeypatch: pytest.MonkeyPatch
) -> None:
    bundle, rows = made
    first, second, *_ = bundle.schema.names
    alike = dict.fromkeys(("high", "low", "none", "zero"), "the same")
    long = {"high": "x" * 201}
    texts = {
        "words": {"age": {"zh": "年龄", "en": "age"}},
        "features": {
            first: {"reviewed": True, "en": alike, "zh": {"high": "年龄：{value}"}},
            second: {"reviewed": True, "en": {**alike, **long}, "zh": long},
        },
    }
    monkeypatch.setattr("training.reasons.lint.STABLE", 1.1)
    monkeypatch.setattr("training.reasons.lint.STABLE_BY_ONE", 1.1)
    monkeypatch.setattr("training.reasons.lint.ADDS_UP", -1.0)
    settings = {"purpose": "adverse", "protected": ("clients.age",), "texts": texts}
    faults = lint(with_settings(bundle, **settings), rows).faults
    for words in (
        f"{first} and {second} have one text (en, low): 'the same'; tell them apart",
        f"{second}: 201 characters (zh, high), at most 200 can be read; shorten it",
        f"{first} names the protected '年龄' (zh): '年龄：{{value}}'",
        "row 1: effects sum to ",
        "under noise of 1% of the spread of each number, expected 110%; ",
        "when half of the counts move by one, expected 110%; ",
    ):
        assert any(words in fault for fault in faults), (words, faults)
