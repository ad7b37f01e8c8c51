"""Texts with more levels than a tree can split are left out or told, and never lost silently."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pyarrow as pa

from features import Catalogue, latest
from features.kernel import Vectors
from features.tables import AttributeTable
from tests.helpers import shop
from training import Project
from training.crowded import uncrowded
from training.data import Data, open_data
from training.prepare import prepare
from training.registry import Registry
from training.selection import Selected
from training.snapshots import Snapshot
from training.train import train

STREETS = AttributeTable("streets", customer="member", categories=("street", "house"), static=True)
NAMES = ["streets_street_latest_ever", "streets_house_latest_ever"]


def project() -> Project:
    more = [latest(STREETS, name) for name in ("street", "house")]
    tables = [*shop.project().tables, STREETS]
    return Project("streets", tables, shop.project().catalogue + Catalogue(more), [shop.CHURN])


def data() -> Data:
    """Every customer has a house of their own, one in two of them one of 120 streets."""
    frames = shop.frames()
    members = frames["clients"]["member"].to_pylist()
    streets = {
        "member": members,
        "street": [f"street {n % 240 if n % 2 else 0}" for n in range(len(members))],
        "house": [f"house {n}" for n in range(len(members))],
    }
    return open_data(project(), frames | {"streets": pa.table(streets)}, lambda text: None)


def test_a_text_that_names_single_cases_is_left_out_and_told() -> None:
    made = prepare(project(), shop.CHURN, data(), shop.config())
    assert NAMES[0] in made.rows.vectors.columns
    assert NAMES[1] not in made.rows.vectors.columns
    assert NAMES[1] not in made.selected.catalogue.names
    reasons = {each.name: each.reason for each in made.selected.dropped}
    assert reasons[NAMES[1]] == (
        "300 levels, none of them in 20 rows; give the task encode=[target_rate(...)] of it, or "
        "group them in the table"
    )
    assert made.selected.crowded[-1] == f"'{NAMES[1]}' is left out: {reasons[NAMES[1]]}"


def test_of_many_levels_it_is_told_which_are_kept() -> None:
    cells = np.array(
        [f"often {n % 4}" for n in range(600)] + [f"rare {n}" for n in range(199)] + [None],
        dtype=object,
    )
    blank = np.zeros(800, dtype=np.int64)
    rows = Snapshot(Vectors(np.arange(800), blank, {"shop": cells}), blank.astype(np.bool_))
    selected, left = uncrowded(Selected(Catalogue([])), rows, np.ones(800, dtype=np.bool_))
    assert selected.crowded == (
        "'shop' has 203 levels: the 4 most frequent, 75% of its training rows, are told apart, the "
        "others read as unseen; give the task encode=[target_rate(...)] of it, or group them in "
        "the table",
    )
    assert (selected.dropped, [*left.vectors.columns]) == ((), ["shop"])
    fewer = replace(rows, vectors=rows.vectors.take(np.arange(650)), label=rows.label[:650])
    assert uncrowded(Selected(Catalogue([])), fewer, np.ones(650, dtype=np.bool_))[0].crowded == ()


def test_progress_report_and_bundle_tell_it(tmp_path: Path) -> None:
    said: list[str] = []
    found = train(
        project(),
        shop.CHURN,
        data(),
        shop.config(),
        Registry(tmp_path / "mlruns"),
        tmp_path / "reports",
        said.append,
    )
    crowded = found.bundle.trained["crowded"]
    assert crowded
    assert [each for each in said if each in crowded] == crowded
    assert any(each.startswith(f"'{NAMES[1]}'") for each in crowded)
    page = found.report.read_text()
    assert "the others read as unseen" in page
    assert "is left out: 300 levels" in page
