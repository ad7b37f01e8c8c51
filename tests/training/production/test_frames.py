"""A bundle asked with frames of other kinds than it was taught with."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from features.errors import SchemaError
from features.kernel import Vectors
from tests.helpers.bundles import learnt, write
from training.bundle import Band, write_bundle
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
    # pandas lends a column of objects read only, and a model asks it to hold None.
    lent = frame.copy()
    lent[text] = frame[text].astype(object)
    pd.testing.assert_frame_equal(scorer.score(lent), plain)
    assert scorer.score(frame.iloc[:0]).empty
    # As the bundle scores what it was taught as absent, which is neither 0 nor a text.
    vectors = learnt()[1].vectors
    columns = {name: vectors.columns[name][:40].copy() for name in frame.columns}
    columns[number] = columns[number].astype(np.float64)
    columns[number][[1, 5]], columns[text][[2, 5]] = np.nan, None
    bundle = scorer.bundle
    absent = Vectors(np.arange(40), np.zeros(40, np.int64), columns)
    told = bundle.probabilities(bundle.margins(absent), absent)
    assert plain["probability"].tolist() == told.tolist()


def test_bands_are_those_of_the_bundle(
    scorer: FrameScorer, frame: pd.DataFrame, tmp_path: Path
) -> None:
    edges = sorted(scorer.score(frame)["probability"])[10::15]
    bands = (Band("high", edges[1]), Band("middle", edges[0]), Band("low", 0.0))
    bundle, _, golden = learnt()
    write_bundle(replace(bundle, bands=bands), golden.vectors, tmp_path / "banded")
    found = FrameScorer(tmp_path / "banded").score(frame)
    wanted = [
        "high" if each >= edges[1] else "middle" if each >= edges[0] else "low"
        for each in found["probability"]
    ]
    assert found["band"].tolist() == wanted
    assert set(wanted) == {"low", "middle", "high"}


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
