"""The lint of reasons."""

from __future__ import annotations

import numpy as np
import pytest

from features.kernel import Vectors
from tests.helpers.explained import read_texts, rows_and_bundle, with_settings
from training.bundle import Bundle
from training.reasons.lint import lint


@pytest.fixture(scope="module")
def made() -> tuple[Bundle, Vectors]:
    return rows_and_bundle()


def test_the_lint_finds_nothing_in_sound_reasons(made: tuple[Bundle, Vectors]) -> None:
    bundle, rows = made
    sound = with_settings(bundle, purpose="adverse", texts=read_texts(bundle))
    found = lint(sound, rows)
    assert found.faults == ()
    assert found.figures["reviewed"] == found.figures["inputs"] > 0
    assert found.figures["furthest_from_margin"] < 1e-12
    assert 0.8 <= found.figures["overlap_under_noise"] <= 1
    assert 0.6 <= found.figures["overlap_by_one"] < found.figures["overlap_under_noise"]
    assert found == lint(sound, rows)


def test_texts_of_refusals_must_have_been_reviewed(made: tuple[Bundle, Vectors]) -> None:
    bundle, rows = made
    assert lint(with_settings(bundle), rows).faults == ()
    (fault,) = lint(with_settings(bundle, purpose="adverse"), rows).faults
    scored = {
        bundle.schema.names[place]
        for place in np.unique(with_settings(bundle).attribute.forest.feature)
    }
    assert (
        f"{len(scored)} of {len(scored)} inputs that are scored have texts that nobody has" in fault
    )
    assert "set reviewed = true" in fault
    texts = read_texts(bundle)
    unread, *_ = sorted(scored)
    # Read in one language only is not read.
    del texts["features"][unread]["zh"]
    (fault,) = lint(with_settings(bundle, purpose="adverse", texts=texts), rows).faults
    assert f"1 of {len(scored)} inputs that are scored" in fault
    assert f"reviewed: {unread}; a refusal tells them" in fault


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
        "have texts that nobody has reviewed: ",
    ):
        assert any(words in fault for fault in faults), (words, faults)
