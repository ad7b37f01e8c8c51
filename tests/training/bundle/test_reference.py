import json
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from features.kernel import Vectors
from training.bundle.reference import BINS, reference


def sketch(values: Any) -> dict[str, Any]:
    blank = np.zeros(len(values), dtype=np.int64)
    return reference(Vectors(blank, blank, {"x": values}))["x"]


numbers = st.lists(
    st.one_of(st.just(float("nan")), st.integers(-5, 5).map(float)), min_size=1, max_size=60
).map(np.array)


@given(values=numbers)
def test_shares_count_the_values_between_the_edges(values: Any) -> None:
    found = sketch(values)
    present = values[~np.isnan(values)]
    assert found["nulls"] == pytest.approx(np.isnan(values).mean())
    edges = [-np.inf, *found["edges"], np.inf]
    if len(present):
        assert sum(found["shares"]) == pytest.approx(1)
        for share, low, high in zip(found["shares"], edges, edges[1:], strict=False):
            assert share == pytest.approx(((present >= low) & (present < high)).mean())
    else:
        assert (found["edges"], found["shares"]) == ([], [])


def test_bins_hold_equally_many_values() -> None:
    found = sketch(np.arange(1000.0))
    assert found["shares"] == pytest.approx([1 / BINS] * BINS)


def test_texts_are_counted_by_level() -> None:
    found = sketch(np.array(["a", "b", "a", None], dtype=object))
    assert found == {
        "nulls": 0.25,
        "levels": {"a": pytest.approx(2 / 3), "b": pytest.approx(1 / 3)},
    }
    assert sketch(np.array([None], dtype=object)) == {"nulls": 1.0, "levels": {}}


def test_a_sketch_is_plain_json() -> None:
    made = sketch(np.array([1.0, np.nan])), sketch(np.array(["a", None], dtype=object))
    assert json.loads(json.dumps(made, allow_nan=False)) == list(made)
