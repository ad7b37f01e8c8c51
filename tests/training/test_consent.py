"""A model learns from customers who consented, and says how many others there were."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest

from features import Consents, Erasures, Identities
from features.errors import CohortError, DefinitionError
from features.instants import DAY, instant
from tests.helpers import shop
from training.data import open_data
from training.project import Project
from training.registry import Registry
from training.snapshots import Snapshot, snapshot
from training.train import train

CONSENTS = Consents("consents", "id", "at", "purpose", "given", {"training": "learn"})
ERASED = Erasures("erased", customer="id", known_at="at")
LAST = instant("2024-08-01")


def project(*registers: Any) -> Project:
    plain = shop.project(shop.CHURN)
    return Project(plain.name, [*plain.tables, *registers], plain.catalogue, plain.tasks)


def consents(given: dict[str, str]) -> pa.Table:
    columns: dict[str, Any] = {"id": list(given), "at": list(given.values())}
    many = len(given)
    return pa.table({**columns, "purpose": ["learn"] * many, "given": [True] * many})


def rows_of(made: Project, sources: dict[str, Any], cutoffs: list[int]) -> Snapshot:
    data = open_data(made, {**shop.frames(), **sources}, lambda text: None)
    return snapshot(made, shop.CHURN, data.partitions, cutoffs, LAST + 30 * DAY)


def test_only_who_consented_before_the_cutoff_is_learnt_from() -> None:
    cutoffs = [LAST - 60 * DAY, LAST]
    plain = rows_of(project(), {}, cutoffs)
    customers = sorted(set(plain.vectors.customers.tolist()))
    early, late = customers[:40], customers[40:60]
    given = dict.fromkeys(early, "2024-01-01T00:00:00Z") | dict.fromkeys(late, "2024-07-01T00:00Z")
    found = rows_of(project(CONSENTS), {"consents": consents(given)}, cutoffs)
    whole = zip(plain.vectors.customers.tolist(), plain.vectors.cutoffs.tolist(), strict=True)
    expected = {(name, at) for name, at in whole if name in early or (name in late and at == LAST)}
    rows = zip(found.vectors.customers.tolist(), found.vectors.cutoffs.tolist(), strict=True)
    assert set(rows) == expected
    assert found.withheld == len(plain) - len(found) > 0


def test_a_task_that_nobody_consents_to_is_refused() -> None:
    given = {"nobody": "2024-01-01T00:00:00Z"}
    words = r"none of the [\d,]+ rows of the cohort is of a customer who consented to training"
    with pytest.raises(CohortError, match=words):
        rows_of(project(CONSENTS), {"consents": consents(given)}, [LAST])


def test_two_registers_of_one_kind_are_a_fault_of_the_project() -> None:
    links = [Identities(name, "old", "new", "at") for name in ("cards", "phones")]
    words = r"expected one table of identities, got \['cards', 'phones'\]; put their rows together"
    with pytest.raises(DefinitionError, match=words):
        project(*links)


def test_a_model_tells_whom_it_knows_nothing_of(tmp_path: Path) -> None:
    frames = shop.frames()
    told: list[str] = []
    everyone = sorted(set(frames["clients"]["member"].to_pylist()))
    erased, silent = everyone[:5], everyone[5:20]
    given = dict.fromkeys(everyone[20:], "2024-01-01T00:00:00Z")
    sources = {
        **frames,
        "consents": consents(given),
        "erased": pa.table({"id": erased, "at": ["2024-02-01T00:00:00Z"] * 5}),
    }
    made = project(CONSENTS, ERASED)
    data = open_data(made, sources, told.append)
    gone = sum(name in erased for name in frames["visits"]["member"].to_pylist())
    assert data.erased == {"visits": gone, "clients": 5}
    assert f"{gone:,} rows of visits left out: their customers were erased" in told
    assert data.checked["visits"].rows + gone == len(frames["visits"])
    registry = Registry(tmp_path / "mlruns")
    found = train(made, shop.CHURN, data, shop.config(), registry, tmp_path)
    assert found.bundle.trained["erased"] == data.erased
    assert found.bundle.trained["without_consent"] > 0
    assert {table.name for table in found.bundle.tables} >= {"consents", "erased"}
    page = found.report.read_text()
    assert f"{gone + 5:,} rows of customers who asked to be forgotten were not read." in page
    assert f"{found.bundle.trained['without_consent']:,} rows were left out for want of" in page
    # No id of anybody is in what is kept of a model.
    kept = [path for path in (tmp_path / "mlruns").rglob("*") if path.is_file()]
    held = b"".join(path.read_bytes() for path in kept)
    assert kept
    # Hashes may hold the same letters by chance; an id is a word of its own.
    words = set(re.findall(rb"(?<![0-9a-z])c[0-9]{4}(?![0-9a-z])", held))
    assert not words & {name.encode() for name in [*erased, *silent]}
