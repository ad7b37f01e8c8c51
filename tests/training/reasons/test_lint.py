"""The lint of reasons."""

from __future__ import annotations

from dataclasses import replace
from typing import Literal

import numpy as np
import pytest

from features.kernel import Vectors
from tests.helpers.explained import read_texts, rows_and_bundle, with_settings
from training.bundle import Bundle
from training.reasons.explain import Explainer, Reason
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


def test_the_lint_finds_reasons_that_no_refusal_may_give(
    made: tuple[Bundle, Vectors], monkeypatch: pytest.MonkeyPatch
) -> None:
    bundle, rows = made
    sound = with_settings(bundle, purpose="adverse", texts=read_texts(bundle))
    scored = sorted(
        {bundle.schema.names[place] for place in np.unique(sound.attribute.forest.feature)}
    )

    def faults(*given: Reason) -> set[str]:
        monkeypatch.setattr(Explainer, "reasons", lambda *_: [list(given)])
        return {each for each in lint(sound, rows).faults if "row 1 (en)" in each}

    def reason(feature: str, text: str, direction: Literal["raises", "lowers"]) -> Reason:
        return Reason(feature, 1.0, text, 0.5, direction)

    four = [reason(scored[0], f"text {place}", "raises") for place in range(4)]
    assert faults(*four) == set()
    assert faults(*four, reason(scored[0], "one more", "raises")) == {
        "row 1 (en): 5 reasons, at most 4 may be given"
    }
    assert faults(reason(scored[0], "a", "lowers")) == {
        f"row 1 (en): {scored[0]} lowers the score and explains no refusal"
    }
    assert faults(reason("nowhere", "a", "raises")) == {
        "row 1 (en): nowhere is no input that the model asks for"
    }
    assert faults(four[0], four[0]) == {"row 1 (en): two reasons have one text: 'text 0'"}


@pytest.mark.parametrize("form", ["high", "low", "none"])
@pytest.mark.parametrize("language", ["en", "zh"])
def test_the_lint_finds_texts_that_are_missing(
    made: tuple[Bundle, Vectors], form: str, language: str
) -> None:
    bundle, rows = made
    explainer = with_settings(bundle)
    first, *others = explainer.entries
    texts = {key: dict(of) for key, of in first.texts.items()}
    texts[language][form] = ""
    vars(explainer)["entries"] = (replace(first, texts=texts), *others)
    wanted = f"{first.name} has no text ({language}, {form}); write it in reasons.toml"
    assert wanted in lint(explainer, rows).faults


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
