"""A version of a ready-made table is asked with frames of the table's own columns."""

from pathlib import Path

import pandas as pd
import pytest

from features.errors import ContractError, SchemaError
from features.ready.read import read_rows
from tests.serving.readyworld import SINCE, opened_calls, ready_bundle
from training.bundle import write_bundle
from training.bundle.asked import ready_table, vectors_of_rows
from training.production.frames import FrameScorer, columns_of
from training.production.logged import signature


@pytest.fixture(scope="module")
def scorer(tmp_path_factory: pytest.TempPathFactory) -> FrameScorer:
    bundle = ready_bundle(SINCE, "subscribes")
    folder = tmp_path_factory.mktemp("rows") / "bundle"
    found = vectors_of_rows(read_rows(ready_table(bundle), opened_calls(), labelled=False))
    write_bundle(bundle, found.take(found.cutoffs.argsort()[:20]), folder)
    return FrameScorer(folder)


@pytest.fixture
def frame() -> pd.DataFrame:
    """Calls as a notebook holds them."""
    told = opened_calls().to_pandas().drop(columns="y").sample(frac=1, random_state=3)
    dates = {name: pd.to_datetime(told[name]) for name in ("day", "opened")}
    kinds = dict.fromkeys(("age", "income", "owner", "seconds"), float)
    made: pd.DataFrame = told.assign(**dates).astype(kinds)
    return made


def test_frames_score_as_files_do(scorer: FrameScorer, frame: pd.DataFrame, tmp_path: Path) -> None:
    frame["job"] = [f" {each} " if row % 3 else each for row, each in enumerate(frame["job"])]
    file = tmp_path / "rows.csv"
    frame.to_csv(file, index=False)
    bundle = scorer.bundle
    filed = vectors_of_rows(read_rows(ready_table(bundle), file, labelled=False))
    wanted = bundle.probabilities(bundle.margins(filed), filed)
    found = scorer.score(frame)
    assert found["probability"].tolist() == wanted.tolist()
    assert found.index.equals(frame.index)
    assert len({round(each, 6) for each in wanted}) > 50
    # Where levels were not trimmed and dates not read, the scores would be others.
    other = scorer.score(frame.assign(opened=frame["opened"] - pd.Timedelta(days=2_000)))
    assert (other["probability"] != found["probability"]).any()
    assert scorer.score(frame.iloc[:0]).empty


def test_the_signature_asks_for_dates(scorer: FrameScorer) -> None:
    kinds = {each.name: each.type.name for each in signature(scorer.bundle).inputs}
    assert kinds["opened"] == kinds["day"] == "datetime"
    assert (kinds["age"], kinds["job"]) == ("double", "string")
    assert list(kinds) == list(columns_of(scorer.bundle))


def test_rows_that_cannot_be_read_are_told(scorer: FrameScorer, frame: pd.DataFrame) -> None:
    days = (frame["day"] - frame["opened"]).dt.days
    with pytest.raises(SchemaError, match="'opened' must hold dates, came the type float64; give"):
        scorer.score(frame.assign(opened=days))
    with pytest.raises(SchemaError, match="the frame lacks day, job; give a column for each of"):
        scorer.score(frame.drop(columns=["day", "job"]))
    with pytest.raises(SchemaError, match="'age' must hold numbers, came 'old' in"):
        scorer.score(frame.assign(age="old"))
    with pytest.raises(ContractError, match="day"):
        scorer.score(frame.assign(day=frame["day"].where(frame["age"] < 0)))
