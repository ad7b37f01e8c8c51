"""A feature of one's own that fails is named, with the line of its code."""

from __future__ import annotations

import json
from typing import Any

import numpy as np
import pyarrow as pa
import pytest

from features.aggregates.aggregate import Aggregate
from features.builders import count
from features.carriers.duck import load
from features.catalogue import Catalogue
from features.derived import Operation
from features.errors import CohortError, ProjectError
from features.failing import place_of, raise_if_own, written_at
from features.feature import Derived, Feature, Tally
from features.instants import instant
from features.kernel import vectors
from features.segments import Spine
from features.tables import EventTable
from features.windows import Window

VISITS = EventTable("visits", customer="id", occurred_at="at", timezone="UTC")
HERE = r"at .*tests/features/test_failing\.py, line \d+, in "


def divided(*_: Any) -> Any:
    return len(_) / 0


def helper(*_: Any) -> Any:
    return json.loads("no json")


def misshapen(*_: Any) -> Any:
    return np.zeros((3, 7, 5))


def shown(*features: Feature) -> None:
    part = load([VISITS], {"visits": pa.table({"id": [1, 1], "at": ["2020-01-01"] * 2})})
    vectors(Catalogue(features), part, Spine.everyone(part, [instant("2020-02-01")]))


def tally(compute: Any, name: str = "odd") -> Tally:
    return Tally(Aggregate(name, compute, "own"), "visits", Window(28))


def derived(compute: Any, **more: Any) -> Derived:
    return Derived(Operation("odd", compute, "own", "", "", **more), (count(VISITS, 28),))


@pytest.mark.parametrize(
    ("feature", "said"),
    [
        (tally(divided), f"'visits_odd_28d' fails {HERE}divided: ZeroDivisionError: division by"),
        (tally(helper), f"'visits_odd_28d' fails {HERE}helper: JSONDecodeError: Expecting"),
        (derived(divided), f"'visits_count_28d_odd' fails {HERE}divided: ZeroDivisionError: "),
        # The error comes up in Foretell, so the place is that of the function.
        (derived(misshapen), f"'visits_count_28d_odd' fails {HERE}misshapen: ValueError: "),
    ],
)
def test_a_feature_that_fails_is_named_with_its_line(feature: Feature, said: str) -> None:
    with pytest.raises(ProjectError, match=f"code of feature {said}.*; mend it, or leave the feat"):
        shown(count(VISITS, 91), feature)


def test_all_features_of_one_code_are_named() -> None:
    many = [tally(divided).named(f"odd_{place}") for place in range(5)]
    with pytest.raises(ProjectError, match="features 'odd_0', 'odd_1', 'odd_2' and 2 more fails "):
        shown(*many)


def test_a_feature_that_cannot_learn_is_named() -> None:
    catalogue = Catalogue([derived(divided, fit=divided)])
    with pytest.raises(ProjectError, match=f"feature 'visits_count_28d_odd' fails {HERE}divided"):
        catalogue.fit({"visits_count_28d": np.zeros(2)})


def test_an_error_of_foretell_keeps_its_words_and_its_trace() -> None:
    def refused(*_: Any) -> Any:
        raise CohortError("nobody is there")

    with pytest.raises(CohortError, match=r"^nobody is there$"):
        shown(tally(refused))
    # Nothing is raised for code of Foretell: the caller goes on with the error and its trace.
    raise_if_own(ValueError("of a loop"), ["visits_count_28d"], count)


def test_the_place_of_code_that_is_not_in_a_file() -> None:
    held: dict[str, Any] = {}
    exec("def made(): return 1 / 0", held)
    assert written_at(held["made"]) is None
    assert written_at(max) is None
    with pytest.raises(ZeroDivisionError) as caught:
        held["made"]()
    assert ", in test_the_place_of_code_that_is_not_in_a_file" in str(place_of(caught.value))
