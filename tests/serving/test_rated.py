"""Target rates in service: the rows of training, asked for again, score alike to the last bit."""

import json
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow.parquet as pq
import pytest

from features.instants import iso
from features.kernel import Vectors
from serving.batch import score_all
from serving.roster import Roster, load_roster
from serving.scorer import Scorer
from serving.scoretable import SCORES
from serving.settings import read_settings
from tests.helpers import rated, shop
from tests.serving.asking import asking, guarded, served
from training.bundle import read_bundle, write_bundle


@pytest.fixture(scope="module")
def settings(tmp_path_factory: pytest.TempPathFactory) -> Path:
    home = tmp_path_factory.mktemp("rated")
    made = rated.rated()
    write_bundle(made.bundle, made.golden, home / "champions" / "churn")
    for name, frame in shop.frames().items():
        pq.write_table(frame, home / f"{name}.parquet")
    sources = {name: f"{name}.parquet" for name in shop.frames()}
    project = {"name": "shop", "champions": "champions", "sources": sources}
    path = home / "serving.json"
    path.write_text(json.dumps({"projects": [project]}))
    return path


@pytest.fixture(scope="module")
def roster(settings: Path) -> Roster:
    return load_roster(read_settings(settings), clock=later)


def later() -> datetime:
    return shop.BEGIN + timedelta(days=400)


def rows_at(cutoff: int) -> Vectors:
    vectors = rated.rated().rows.vectors
    return vectors.take(vectors.cutoffs == cutoff)


@pytest.mark.parametrize("place", [0, 4, -5, -1])
def test_the_service_scores_a_row_of_training_alike_at_its_cutoff(
    roster: Roster, place: int
) -> None:
    cutoff = int(np.unique(rated.rated().rows.vectors.cutoffs)[place])
    rows = rows_at(cutoff)
    bundle = rated.rated().bundle
    wanted = bundle.calibrator.apply(bundle.margins(rows))
    body = {"customers": rows.customers.tolist(), "as_of": iso(cutoff), "reasons": 10}
    told = asking(guarded(served(roster)))(body).json()["scores"]
    assert [each["score"] for each in told] == wanted.tolist()
    shown: list[dict[str, Any]] = [
        {"row": row, **reason} for row, each in enumerate(told) for reason in each["reasons"]
    ]
    names = {each.name for each in bundle.encodings}
    rates = [each for each in shown if each["feature"] in names]
    for each in rates:
        value = np.nan if each["value"] is None else each["value"]
        assert np.array_equal(rows.columns[each["feature"]][each["row"]], value, equal_nan=True)
        assert each["text"].startswith("Past rate of customers alike")
    if place:  # nothing is settled at the first cutoff
        assert any(each["value"] is not None for each in rates)


def test_after_training_the_last_counts_serve(roster: Roster) -> None:
    scorer = roster.of_task("churn").scorers["churn"]
    (city, _) = scorer.bundle.encodings
    rows = rows_at(int(rated.rated().rows.vectors.cutoffs.max()))
    last = max(city.settled_at)
    levels = rows.columns[city.source]
    before, then, after = (
        city.encode(levels, np.full(len(rows), moment))
        for moment in (last - 1, last, last + 10**15)
    )
    assert np.array_equal(then, after)
    assert not np.array_equal(before, then)


def test_a_batch_scores_as_training_did(tmp_path: Path) -> None:
    made = rated.rated()
    cutoff = int(made.rows.vectors.cutoffs.max())
    rows = rows_at(cutoff)
    score_all([made.bundle], shop.data().partitions, cutoff, tmp_path / "scores")
    table = pq.read_table(tmp_path / "scores" / SCORES).to_pydict()
    wanted = Scorer(made.bundle).score(rows).probability
    told = dict(zip(table["customer"], table["score"], strict=True))
    assert told == dict(zip(rows.customers.tolist(), wanted.tolist(), strict=True))


def test_posted_events_are_encoded_too(roster: Roster) -> None:
    visit = {"member": "new", "at": iso_day(395), "spend": 10.0, "shop": "NORTH"}
    events: dict[str, list[dict[str, Any]]] = {
        "visits": [visit],
        "clients": [{"member": "new", "city": "Bonn"}],
    }
    ask = asking(guarded(served(roster)))

    def score(city: str) -> float:
        events["clients"][0]["city"] = city
        (told,) = ask({"customers": ["new"], "events": events, "reasons": 0}).json()["scores"]
        return float(told["score"])

    assert score("Bonn") != score("Rome")
    # Nobody knows these cities; both are told by the rate of all.
    assert score("Lima") == score("Quito")


def iso_day(day: int) -> str:
    return (shop.BEGIN + timedelta(days=day)).isoformat()


def test_the_model_reads_the_rate_and_not_the_level_that_is_only_encoded() -> None:
    bundle = rated.rated().bundle
    city, usual_shop = bundle.encodings
    assert {city.name, usual_shop.name, usual_shop.source} <= set(bundle.schema.names)
    assert city.source not in bundle.schema.names
    assert {city.source, usual_shop.source} <= set(bundle.reads.names)


def test_a_bundle_read_back_encodes_alike(settings: Path) -> None:
    made = rated.rated()
    again = read_bundle(settings.parent / "champions" / "churn")
    rows = made.rows.vectors
    assert np.array_equal(again.margins(rows), made.bundle.margins(rows))
    unread = replace(again, encodings=())
    assert unread.reads != again.reads
