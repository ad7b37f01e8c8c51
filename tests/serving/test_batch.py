"""Batch scores: everyone of the cohort, nobody else, whole or not at all."""

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pyarrow.parquet as pq
import pytest

from features.carriers import duck
from features.errors import CohortError, DefinitionError, StateError
from features.instants import iso
from features.kernel import vectors
from features.segments import Partition, Spine
from serving.batch import members, score_all
from serving.manifest import read_manifest
from serving.scorer import Scorer
from serving.scoretable import SCORES
from tests.serving import tiny
from training import cohort
from training.bundle import Bundle


def made(bundles: dict[str, Bundle], shop: Partition, folder: Path) -> Path:
    score_all(list(bundles.values()), [shop], tiny.CUTOFF, folder, created=tiny.PRESENT)
    return folder


def test_the_table_holds_the_cohorts(
    bundles: dict[str, Bundle], shop: Partition, tmp_path: Path
) -> None:
    table = pq.read_table(made(bundles, shop, tmp_path / "scores") / SCORES).to_pydict()
    for task, bundle in bundles.items():
        found = members(bundle, shop, tiny.CUTOFF)
        scores = Scorer(bundle).score(found)
        rows = [row for row, name in enumerate(table["task"]) if name == task]
        assert [table["customer"][row] for row in rows] == found.customers.tolist()
        assert [table["score"][row] for row in rows] == scores.probability.tolist()
        assert [table["band"][row] for row in rows] == scores.band.tolist()
        assert {table["model_version"][row] for row in rows} == {bundle.digest[:12]}
    assert {iso(round(at.timestamp() * 1e6)) for at in table["as_of"]} == {iso(tiny.CUTOFF)}


def test_the_cohort_is_who_was_active_and_is_still_at_risk(
    bundles: dict[str, Bundle], shop: Partition
) -> None:
    frame = tiny.shop_frames()["purchases"].to_pandas()
    days = (tiny.CUTOFF - frame["at"].astype("datetime64[us, UTC]").astype("int64")) / 86_400e6
    past = frame[days > 0]
    active = set(past[days[past.index] <= 182]["member"])
    had_coffee = set(past[past["shop"] == "COFFEE"]["member"])
    found = members(bundles["coffee"], shop, tiny.CUTOFF).customers.tolist()
    assert found == sorted(active - had_coffee)
    assert active & had_coffee


def test_parts_of_the_customers_make_the_same_table(
    bundles: dict[str, Bundle], shop: Partition, tmp_path: Path
) -> None:
    parts = duck.partitions(tiny.SHOP_TABLES, tiny.shop_frames(), parts=5)
    score_all(list(bundles.values()), parts, tiny.CUTOFF, tmp_path / "parts")
    key = [("task", "ascending"), ("customer", "ascending")]
    whole = pq.read_table(made(bundles, shop, tmp_path / "whole") / SCORES)
    assert pq.read_table(tmp_path / "parts" / SCORES).sort_by(key) == whole.sort_by(key)


def test_the_manifest_tells_what_was_made(
    bundles: dict[str, Bundle], shop: Partition, tmp_path: Path
) -> None:
    command = {"command": "score", "cutoff": "2024-10-01"}
    folder = tmp_path / "scores"
    told = score_all(
        [bundles["churn"]], [shop], tiny.CUTOFF, folder, created=tiny.PRESENT, parameters=command
    )
    assert read_manifest(folder) == told
    assert told.kind == "scores"
    assert told.models == {"churn": bundles["churn"].digest[:12]}
    assert told.as_of == iso(tiny.CUTOFF)
    assert told.created == tiny.PRESENT.isoformat()
    (file,) = told.files
    assert (file.name, file.rows) == (SCORES, told.parameters["rows"]["churn"])
    assert told.parameters["command"] == "score"


def test_a_failure_leaves_nothing(
    bundles: dict[str, Bundle], shop: Partition, tmp_path: Path
) -> None:
    def parts() -> Iterator[Partition]:
        yield shop
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        score_all(list(bundles.values()), parts(), tiny.CUTOFF, tmp_path / "scores")
    assert list(tmp_path.iterdir()) == []


def test_an_empty_cohort_is_told(
    bundles: dict[str, Bundle], shop: Partition, tmp_path: Path
) -> None:
    with pytest.raises(
        CohortError, match="nobody belongs to the cohort of churn as of 1970"
    ) as caught:
        score_all([bundles["churn"]], [shop], 0, tmp_path / "scores")
    table = bundles["churn"].task.members.table
    times = shop.events[table].occurred_at
    first, last = iso(int(times.min())), iso(int(times.max()))
    assert f"inside the data: '{table}' has events from {first} to {last}" in str(caught.value)
    assert list(tmp_path.iterdir()) == []


def test_one_bundle_answers_a_task(
    bundles: dict[str, Bundle], shop: Partition, tmp_path: Path
) -> None:
    with pytest.raises(DefinitionError, match="two bundles answer one task"):
        score_all([bundles["churn"]] * 2, [shop], tiny.CUTOFF, tmp_path / "scores")


def test_scores_are_never_overwritten(
    bundles: dict[str, Bundle], shop: Partition, tmp_path: Path
) -> None:
    folder = made(bundles, shop, tmp_path / "scores")
    with pytest.raises(StateError, match="never overwritten"):
        made(bundles, shop, folder)


def test_a_task_for_everyone_active_has_no_other_condition(
    bundles: dict[str, Bundle], shop: Partition
) -> None:
    task = bundles["churn"].task
    spine = Spine.cross(len(shop.customers), np.array([tiny.CUTOFF]))
    counted = vectors(cohort.tallies(task), shop, spine)
    assert list(counted.columns) == ["purchases_count_91d"]
    assert (
        cohort.belongs(task, counted).tolist()
        == (counted.columns["purchases_count_91d"] > 0).tolist()
    )
