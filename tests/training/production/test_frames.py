"""A bundle asked with frames of other kinds than it was taught with."""

from typing import Any

import numpy as np
import pandas as pd
import pytest

from features.errors import SchemaError
from tests.helpers.bundles import learnt, write
from training.production.frames import FrameScorer, columns_of


@pytest.fixture(scope="module")
def scorer(tmp_path_factory: pytest.TempPathFactory) -> FrameScorer:
    return FrameScorer(write(tmp_path_factory.mktemp("frames") / "bundle"))


@pytest.fixture
def frame() -> pd.DataFrame:
    vectors = learnt()[1].vectors
    return pd.DataFrame({name: vectors.columns[name] for name in columns_of(learnt()[0])}).head(40)


def test_absent_cells_of_every_kind_score_alike(scorer: FrameScorer, frame: pd.DataFrame) -> None:
    number, text = "visits_count_14d", "clients_city_latest_ever"
    frame.loc[[1, 5], number] = np.nan
    frame.loc[[2, 5], text] = None
    plain = scorer.score(frame)
    nullable = frame.copy()
    nullable[number] = frame[number].astype("Int64")
    nullable[text] = frame[text].astype("string[python]")
    assert nullable[number].isna().sum() == 2
    assert nullable[text][2] is pd.NA
    pd.testing.assert_frame_equal(scorer.score(nullable), plain)
    objects = frame.copy()
    objects[number] = frame[number].astype(object)
    pd.testing.assert_frame_equal(scorer.score(objects), plain)
    assert scorer.score(frame.iloc[:0]).empty


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"visits_count_14d": "3"}, r"'visits_count_14d' must hold numbers, came '3' in 40 rows; "),
        ({"clients_city_latest_ever": 3}, "'clients_city_latest_ever' must hold texts, came 3 in"),
        ({"visits_count_14d": np.inf}, "infinit"),
    ],
)
def test_cells_of_another_kind_are_told(
    scorer: FrameScorer, frame: pd.DataFrame, changes: dict[str, Any], words: str
) -> None:
    with pytest.raises(SchemaError, match=words):
        scorer.score(frame.assign(**changes))


def test_columns_that_are_missing_are_named(scorer: FrameScorer, frame: pd.DataFrame) -> None:
    with pytest.raises(SchemaError, match=r"the frame lacks visits_count_14d; give a column"):
        scorer.score(frame.drop(columns="visits_count_14d"))
