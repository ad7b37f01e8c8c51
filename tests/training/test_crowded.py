"""Texts with more levels than a tree can split are left out or told, and never lost silently."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest

from features import Catalogue, latest
from features.errors import CohortError, DefinitionError
from features.kernel import Vectors
from features.tables import AttributeTable
from tests.helpers import shop
from training import Project, target_rate
from training.calibration.settings import Calibration
from training.crowded import uncrowded
from training.data import Data, open_data
from training.learn import learn
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
        "300 levels, none of them in 20 rows; group them in the table, or leave the feature out"
    )
    assert made.selected.crowded[-1] == f"'{NAMES[1]}' is left out: {reasons[NAMES[1]]}"


def test_of_many_levels_it_is_told_which_are_kept() -> None:
    cells = np.array(
        [f"often {n % 4}" for n in range(600)] + [f"rare {n}" for n in range(199)] + [None],
        dtype=object,
    )
    blank = np.zeros(800, dtype=np.int64)
    rows = Snapshot(Vectors(np.arange(800), blank, {"shop": cells}), blank.astype(np.bool_))
    everyone, nothing = np.ones(800, dtype=np.bool_), Selected(Catalogue([]))
    selected, left = uncrowded(nothing, rows, everyone, shop.CHURN, by_time=True)
    told = (
        "'shop' has 203 levels: the 4 most frequent, 75% of its training rows, are told apart, the "
        "others read as unseen; "
    )
    assert selected.crowded == (
        f"{told}give the task encode=[target_rate(...)] of it, count the column by multi_hot(...), "
        "group them in the table, or leave the feature out",
    )
    assert (selected.dropped, [*left.vectors.columns]) == ((), ["shop"])
    fewer = replace(rows, vectors=rows.vectors.take(np.arange(650)), label=rows.label[:650])
    assert uncrowded(nothing, fewer, everyone[:650], shop.CHURN, by_time=True)[0].crowded == ()
    # A single cutoff has no earlier rows for rates and families to learn from.
    selected, _ = uncrowded(nothing, rows, everyone, shop.CHURN, by_time=False)
    assert selected.crowded == (f"{told}group them in the table, or leave the feature out",)


def test_a_text_whose_rate_is_read_already_is_not_told_to_be_encoded() -> None:
    task = replace(shop.CHURN, encode=[target_rate(latest(STREETS, "street"))])
    told = prepare(project(), task, data(), shop.config()).selected.crowded[0]
    assert told.startswith(f"'{NAMES[0]}' has 121 levels: the 31 most frequent")
    assert told.endswith(f"read as unseen; '{NAMES[0]}_rate_20' beside it tells them too")


def test_a_baseline_that_names_single_cases_is_refused() -> None:
    task = replace(shop.CHURN, baseline=latest(STREETS, "house"))
    words = f"task 'churn': its baseline '{NAMES[1]}' cannot be made: 300 levels, none of them in 2"
    with pytest.raises(CohortError, match=words):
        prepare(project(), task, data(), shop.config())


def test_calibration_by_a_text_that_is_left_out_is_refused_before_the_search() -> None:
    config = shop.config(calibration=Calibration(by=NAMES[1]))
    made, said = prepare(project(), shop.CHURN, data(), config), list[str]()
    with pytest.raises(DefinitionError, match=f"the model reads, got '{NAMES[1]}'; there are: cl"):
        learn(made.rows, made.splits[0], made.baseline, config, said.append)
    assert said == []


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
