"""Aggregates and operations of a user's own, where only definitions are kept."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pytest

from features import (
    Aggregate,
    Asked,
    Catalogue,
    DefinitionError,
    EventTable,
    Spine,
    Stream,
    count,
    instant,
    mean,
    tally,
    vectors,
)
from features.append import build
from features.arrays import Floats
from features.boards import items
from features.carriers import spark
from features.carriers.duck import load
from features.derived import Operation
from features.feature import Derived
from features.needs import refuse_own_code
from features.suggest import suggested

VISITS = EventTable("visits", "id", "at", timezone="UTC", categories=["shop"])


def _twice(stream: Stream, column: str, asked: Asked, found: Floats) -> None:
    starts, ends = stream.bounds
    found[:] = 2 * (ends - starts)[asked.places]


TWICE = Aggregate("twice", _twice, "Twice the number of {events}", unit="events")
OWN = tally(TWICE, VISITS, 28)
SQUARE = Operation("squared", np.square, "{0}, squared", "", "{unit}")


def test_a_feature_of_ones_own_needs_the_public_face_only() -> None:
    part = load([VISITS], {"visits": pa.table({"id": [1, 1], "at": ["2020-01-01"] * 2,
                                              "shop": ["a", "b"]})})  # fmt: skip
    made = vectors(Catalogue([OWN]), part, Spine.everyone(part, [instant("2020-01-02")]))
    assert made.columns["visits_twice_28d"].tolist() == [4]


@pytest.mark.parametrize(
    ("feature", "words"),
    [
        (OWN, "'visits_twice_28d' is made by 'twice', which is code of your own, and a bundle"),
        (Derived(SQUARE, (count(VISITS),)), "'visits_count_ever_squared' is made by 'squared'"),
        (Derived(SQUARE, (OWN,)), "'visits_twice_28d' is made by 'twice'"),
        (mean(VISITS, items(VISITS, "shop", [OWN])["visits_twice_28d"]), "made by 'twice'"),
        # One that is called as a given one would come back as that.
        (tally(Aggregate("count", _twice, "x"), VISITS), "'visits_count_ever' is made by 'count'"),
    ],
)
def test_what_is_code_is_told_with_the_remedy(feature: Any, words: str) -> None:
    with pytest.raises(DefinitionError, match=words) as caught:
        refuse_own_code([count(VISITS, 7), feature], "task 'churn'", "a bundle")
    told = caught.value.faults[-1]
    assert told.endswith(
        "holds definitions and no code: make it of the given builders, or compute it beforehand "
        "and declare it as a column of a table; `foretell vectors` and `foretell prove` take it "
        "as it is"
    )


def test_nothing_given_is_taken_for_a_users_own() -> None:
    given = suggested([VISITS], (7, 28))
    refuse_own_code(given, "anything", "a bundle")


def test_kept_vectors_refuse_it_before_they_read_anything(tmp_path: Path) -> None:
    words = "vectors that are kept is not well defined:\n  - 'visits_twice_28d'.*a store holds"
    with pytest.raises(DefinitionError, match=words):
        build(Catalogue([OWN]), [VISITS], {"visits": "nowhere.parquet"}, [0], tmp_path / "kept")


def test_spark_refuses_it_before_it_reads_anything() -> None:
    session: Any = None
    with pytest.raises(DefinitionError, match=r"'visits_twice_28d'.*a worker of Spark holds"):
        spark.vectors(session, [VISITS], {"visits": "nowhere.parquet"}, Catalogue([OWN]), [0])
