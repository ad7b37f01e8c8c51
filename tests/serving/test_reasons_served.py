"""Reasons over HTTP: the language that was asked for, and what would lead to a lower band."""

from __future__ import annotations

import pytest

from serving.scorer import Scorer
from tests.serving import tiny
from tests.serving.asking import AS_OF, Ask, code
from training.bundle import Bundle

ONE = {"customers": ["c0003"], "tasks": ["coffee"], "as_of": AS_OF}


def test_texts_come_in_the_language_that_was_asked_for(ask: Ask) -> None:
    english, chinese = (
        ask({**ONE, "language": language}).json()["scores"][0]["reasons"]
        for language in ("en", "zh")
    )
    assert [each["effect"] for each in english] == [each["effect"] for each in chinese]
    assert ask(ONE).json()["scores"][0]["reasons"] == english
    for ours, theirs in zip(english, chinese, strict=True):
        assert ours["text"].isascii()
        assert "「" in theirs["text"]
        assert ours["features"] == [ours["feature"]]
        assert ours["reviewed"] is False


def test_another_language_is_refused(ask: Ask) -> None:
    refused = ask({**ONE, "language": "de"})
    assert code(refused, 422) == "invalid_request"
    (detail,) = refused.json()["error"]["details"]
    assert detail == {"where": "language", "message": "Input should be 'en' or 'zh'"}


def test_what_would_lead_to_a_lower_band_is_told_when_asked_for(ask: Ask) -> None:
    customers = [f"c{number:04}" for number in range(50)]
    body = {"customers": customers, "tasks": ["churn"], "as_of": AS_OF, "counterfactual": True}
    scores = ask(body).json()["scores"]
    starts = {band.name: band.at_least for band in tiny.BANDS}
    for each in scores:
        told = each["counterfactual"]
        assert told["text"]
        if told["changes"]:
            assert told["score"] < starts[each["band"]]
    assert ask(ONE).json()["scores"][0]["counterfactual"] is None


def test_too_many_customers_are_refused_with_a_counterfactual(ask: Ask) -> None:
    customers = [f"c{number:04}" for number in range(51)]
    refused = ask({"customers": customers, "counterfactual": True})
    assert code(refused, 422) == "invalid_request"
    (detail,) = refused.json()["error"]["details"]
    assert "counterfactual is for at most 50 customers at a time" in detail["message"]


@pytest.mark.parametrize("task", ["churn", "coffee"])
def test_a_loaded_scorer_has_compiled_what_requests_need(
    bundles: dict[str, Bundle], task: str
) -> None:
    scorer = Scorer(bundles[task])
    scorer.warm()
    assert {"attribute", "entries"} <= set(vars(scorer._explainer))
