"""What is known of others comes with the server: by id, posted, and in batches alike."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest

from features import Catalogue, count, latest, mean
from features.boards import groups, items
from features.instants import instant, iso
from features.recipes import ratio
from serving.answer import answer
from serving.batch import score_all
from serving.roster import Roster, load_roster
from serving.schemas import ScoreRequest
from serving.scoretable import SCORES
from serving.settings import ProjectSettings, Settings
from tests.helpers import shop
from training import Project
from training.assemble import assemble
from training.bundle import read_bundle, write_bundle
from training.data import Data, open_data
from training.folds import slices_by_time
from training.learn import learn
from training.snapshots import snapshot

AS_OF = instant("2024-09-10T08:00:00Z")
PRESENT = datetime(2024, 12, 1, tzinfo=UTC)


def project() -> Project:
    popular = items(shop.VISITS, "shop", [count(shop.VISITS, 28)], every=7)
    city = groups(latest(shop.CLIENTS, "city"), [("mean", count(shop.VISITS, 28))])
    usual = latest(shop.CLIENTS, city["visits_count_28d_mean"])
    catalogue = Catalogue(
        [
            mean(shop.VISITS, popular["visits_count_28d"], 56),
            latest(shop.CLIENTS, city["members"]),
            ratio(count(shop.VISITS, 28), usual).named("against_the_city"),
        ]
    )
    return Project("shop", [shop.VISITS, shop.CLIENTS], catalogue, [shop.CHURN])


@pytest.fixture(scope="module")
def data() -> Data:
    return open_data(project(), shop.frames(), lambda text: None)


@pytest.fixture(scope="module")
def champions(data: Data, tmp_path_factory: pytest.TempPathFactory) -> Path:
    source, config = data.checked["visits"], shop.config()
    assert source.first is not None
    assert source.complete_until is not None
    slices = slices_by_time(shop.CHURN, source.first, source.complete_until, config.rhythm)
    until = source.complete_until
    rows = snapshot(project(), shop.CHURN, data.partitions, slices.all, until)
    names = (*slices.by_name(), "develop", "final")
    roles = {name: slices.rows(name, rows.vectors.cutoffs) for name in names}
    learned = learn(rows, roles, shop.CHURN.recency.name, config, lambda text: None)
    made = assemble(project(), shop.CHURN, rows, roles, learned, config, slices)
    folder = tmp_path_factory.mktemp("champions")
    write_bundle(made, rows.take(learned.test[:30]).vectors, folder / "churn")
    return folder


@pytest.fixture(scope="module")
def roster(champions: Path, tmp_path_factory: pytest.TempPathFactory) -> Roster:
    folder = tmp_path_factory.mktemp("tables")
    sources = {name: folder / f"{name}.parquet" for name in shop.frames()}
    for name, frame in shop.frames().items():
        pq.write_table(frame, sources[name])
    served = ProjectSettings("shop", champions, sources, AS_OF, False)
    return load_roster(Settings(projects=(served,)), clock=lambda: PRESENT)


@pytest.fixture(scope="module")
def batch(
    data: Data, champions: Path, tmp_path_factory: pytest.TempPathFactory
) -> dict[str, float]:
    folder = tmp_path_factory.mktemp("batch") / "scores"
    score_all([read_bundle(champions / "churn")], data.partitions, AS_OF, folder)
    rows = pq.read_table(folder / SCORES).to_pylist()
    return {row["customer"]: row["score"] for row in rows}


def test_scores_by_id_equal_those_of_the_batch(roster: Roster, batch: dict[str, float]) -> None:
    assert len(batch) > 100
    asked = ScoreRequest(customers=[*batch], as_of=iso(AS_OF), reasons=0)
    found = {each.customer: each.score for each in answer(roster, asked).scores}
    assert found == batch


def test_scores_of_posted_events_equal_those_of_the_batch(
    roster: Roster, batch: dict[str, float]
) -> None:
    for customer in [*batch][:20]:
        posted = {
            name: [
                {key: cell.isoformat() if key == "at" else cell for key, cell in row.items()}
                for row in frame.to_pylist()
                if row["member"] == customer
            ]
            for name, frame in shop.frames().items()
        }
        asked: dict[str, Any] = {
            "customers": [customer],
            "events": posted,
            "as_of": iso(AS_OF),
            "reasons": 0,
        }
        (found,) = answer(roster, ScoreRequest.model_validate(asked)).scores
        assert found.score == batch[customer]


def test_the_bundle_reads_what_its_boards_read(champions: Path) -> None:
    bundle = read_bundle(champions / "churn")
    inputs = {*bundle.schema.names}
    assert {"against_the_city", *project().catalogue.names} <= inputs
    assert bundle.catalogue.columns_read() == {"visits": {"shop"}, "clients": {"city"}}


def test_a_server_has_published_before_it_is_asked(
    roster: Roster, batch: dict[str, float], monkeypatch: pytest.MonkeyPatch
) -> None:
    def none(*arguments: object) -> None:
        raise AssertionError("published while a request waits")

    monkeypatch.setattr("features.boards.boards.editions", none)
    few: list[int | str] = []
    few += [*batch][:3]
    asked = ScoreRequest(customers=few, as_of=iso(AS_OF), reasons=0)
    assert len(answer(roster, asked).scores) == 3
