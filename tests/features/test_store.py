from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest

from features.append import build
from features.builders import count, latest
from features.catalogue import Catalogue
from features.errors import StateError
from features.instants import DAY
from features.store import read_store
from features.tables import EventTable
from tests.helpers.raw import CUTOFF, NOW

CUTOFFS = [CUTOFF - 9 * DAY, CUTOFF]
Z = "2020-05-30T00:00:00Z"


def test_texts_that_are_all_absent_stay_texts(tmp_path: Path) -> None:
    table = EventTable("visits", "id", "at", categories=["shop"])
    rows = pa.table({"id": ["b", "a"], "at": [Z, Z], "shop": pa.array([None, None], pa.string())})
    store = build(
        Catalogue([latest(table, "shop")]), [table], {"visits": rows}, CUTOFFS, tmp_path, now=NOW
    )
    found = store.vectors(CUTOFF)
    assert found.customers.tolist() == ["a", "b"]
    assert found.columns["visits_shop_latest_ever"].tolist() == [None, None]
    assert found.customers.dtype == found.columns["visits_shop_latest_ever"].dtype == np.object_


def test_a_store_that_is_damaged_or_foreign_is_told(tmp_path: Path) -> None:
    folder = tmp_path / "store"
    rows = pa.table({"id": [7], "at": [Z]})
    visits = EventTable("visits", "id", "at")
    build(Catalogue([count(visits, 2)]), [visits], {"visits": rows}, CUTOFFS, folder, now=NOW)
    store = read_store(folder)
    (folder / store.kept[CUTOFF].file).write_bytes(b"")
    with pytest.raises(StateError, match=r"\.parquet is missing or was changed; make the store"):
        store.vectors(CUTOFF)
    with pytest.raises(StateError, match=r"holds no vectors as of 2020-06-02.*; it has 2020-05-23"):
        store.vectors(CUTOFF + DAY)
    with pytest.raises(StateError, match=r"is no store of vectors: expected a file .*store\.json"):
        read_store(tmp_path)
    held = json.loads((folder / "store.json").read_text())
    (folder / "store.json").write_text(json.dumps(held | {"format": 9}))
    with pytest.raises(StateError, match="is of format 9, expected 1"):
        read_store(folder)
