"""Reasons that read alike are one reason, and their effects add up."""

import numpy as np
import pytest

from tests.helpers import bundles
from training.reasons.explain import Explainer, Reason, _distinct


def reason(text: str, effect: float) -> Reason:
    return Reason(f"f{effect}", 0.0, text, effect, "raises" if effect > 0 else "lowers", (text,))


def test_reasons_that_read_alike_are_joined_and_ordered_anew() -> None:
    told = _distinct([reason("a", 0.5), reason("never", -0.4), reason("never", -0.3)])
    assert [(each.text, each.direction) for each in told] == [("never", "lowers"), ("a", "raises")]
    assert told[0].effect == pytest.approx(-0.7)
    assert told[0].features == ("never", "never")


def test_what_cancels_is_no_reason() -> None:
    assert _distinct([reason("a", 0.25), reason("a", -0.25)]) == []


def test_no_two_reasons_of_a_row_read_alike_and_effects_are_those_of_their_features() -> None:
    bundle, rows, _ = bundles.learnt()
    vectors = rows.vectors.take(np.arange(0, len(rows), 7))
    explainer = Explainer(bundle)
    effects = explainer.attribute(explainer.bundle.matrix(vectors))
    names = list(bundle.schema.names)
    for row, reasons in enumerate(explainer.reasons(vectors, top=6)):
        texts = [each.text for each in reasons]
        assert len(set(texts)) == len(texts) <= 6
        for each in reasons:
            whole = sum(effects[row, names.index(name)] for name in each.features)
            assert each.effect == pytest.approx(whole, abs=1e-12)
