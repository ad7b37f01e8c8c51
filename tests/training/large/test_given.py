"""Rows that were made elsewhere are held to what a model needs, with every fault in words."""

import json
from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from features.cells import LATEST
from features.errors import CohortError, DefinitionError, MaturityError, StateError
from features.instants import DAY, instant, iso, micros
from features.kernel import Vectors
from tests.helpers import shop
from training.censoring.interruptions import contacted
from training.data import given_data
from training.folds import Rhythm
from training.large.arrange import prepare_given, slices_of
from training.large.given import SLICES, given
from training.prepare import prepare
from training.registry import Registry
from training.repeat import repeat
from training.repeatable import FILE, Repeatable, repeatable_from_json
from training.runs import file_of
from training.search.settings import Search
from training.train import train

FEATURES = {"spend": False, "city": True}


def table(**changes: Any) -> pa.Table:
    columns = {
        "customer": pa.array([1, 2, 3]),
        "cutoff": pa.array([0, 0, DAY], pa.timestamp("us", "UTC")),
        "label": pa.array([True, False, True]),
        "spend": pa.array([1.5, None, 2], pa.float32()),
        "city": pa.array(["Bonn", None, "Rome"]),
        "more": pa.array([1, 2, 3]),
    }
    return pa.table({name: each for name, each in (columns | changes).items() if each is not None})


def write(folder: Path, *tables: pa.Table) -> Path:
    for place, each in enumerate(tables):
        path = folder / f"week={place}" / "part.parquet"
        path.parent.mkdir(parents=True)
        pq.write_table(each, path)
    return folder


def refusal(folder: Path, *tables: pa.Table) -> str:
    with pytest.raises(DefinitionError) as caught:
        given(write(folder, *tables), FEATURES)
    return str(caught.value)


def test_rows_of_all_files_are_there_and_empty_files_do_no_harm(tmp_path: Path) -> None:
    dates = table(cutoff=pa.array([5, 6, 7], pa.date32()), label=pa.array([0, 1, 0]))
    found = given(write(tmp_path, table(), table().slice(0, 0), dates), FEATURES).rows
    assert found.vectors.customers.tolist() == [1, 2, 3, 1, 2, 3]
    assert (found.vectors.cutoffs // DAY).tolist() == [0, 0, 1, 5, 6, 7]
    assert found.label.tolist() == [True, False, True, False, True, False]
    np.testing.assert_array_equal(found.vectors.columns["spend"], [1.5, np.nan, 2] * 2)
    assert found.vectors.columns["city"].tolist() == ["Bonn", None, "Rome"] * 2
    assert list(found.vectors.columns) == ["spend", "city"]


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"spend": None}, "part.parquet lacks the feature 'spend'"),
        ({"spend": pa.array(["a", "b", "c"])}, "feature 'spend' must hold numbers, came string"),
        ({"city": pa.array([1, 2, 3])}, "feature 'city' must hold texts, came int64"),
        ({"spend": pa.array([0, 1, 2], pa.date32())}, "'spend' must hold numbers, came date32"),
        ({"label": None}, "part.parquet lacks the column 'label'"),
        (
            {"label": pa.array(["y", "n", "y"])},
            "'label' must be true and false, or 1 and 0, came s",
        ),
        ({"label": pa.array([True, None, True])}, "part.parquet: 'label' is null in row 2"),
        ({"label": pa.array([0, 1, 2])}, "'label' must be true and false, or 1 and 0, came 2 in r"),
        ({"customer": pa.array([1, 2, None])}, "part.parquet: 'customer' is null in row 3"),
        ({"customer": pa.array(["1", "2", "3"])}, "'customer' came as string, and as int64 in the"),
        ({"customer": pa.array([1.5, 2, 3])}, "'customer' must hold whole numbers or texts, came"),
        ({"cutoff": pa.array([1, 2, 3])}, "'cutoff' must hold times or dates, came int64"),
        ({"slice": pa.array(["test"] * 3)}, "the column 'slice' is in some files and not in oth"),
    ],
)
def test_a_file_that_differs_is_named(tmp_path: Path, changes: dict[str, Any], words: str) -> None:
    moved = {"cutoff": pa.array([2 * DAY] * 3, pa.timestamp("us", "UTC"))}
    assert words in refusal(tmp_path, table(), table(**moved | changes))


def test_folders_may_name_cutoffs_and_slices(tmp_path: Path) -> None:
    """As Spark's ``partitionBy("cutoff", "slice")`` leaves them."""
    days = ["2020-01-01", "2020-01-02 00%3A00%3A00", "2020-01-03 06%3A30%3A00", "2020-01-04"]
    for place, (day, name) in enumerate(zip(days, SLICES, strict=True)):
        part = tmp_path / f"cutoff={day}" / f"slice={name}"
        part.mkdir(parents=True)
        one = table(customer=pa.array([place] * 3)).slice(0, 1).drop_columns(["cutoff"])
        pq.write_table(one, part / "part-0.parquet")
    found = given(tmp_path, FEATURES)
    told = ["2020-01-01T00:00Z", "2020-01-02T00:00Z", "2020-01-03T06:30Z", "2020-01-04T00:00Z"]
    assert found.rows.vectors.cutoffs.tolist() == [*map(instant, told)]
    assert [*found.slices.values()] == [*SLICES]
    assert found.rows.vectors.columns["spend"].tolist() == [1.5] * 4


def test_what_folders_name_otherwise_is_refused(tmp_path: Path) -> None:
    for place, part in enumerate(["label=1", "cutoff=January"]):
        (tmp_path / part).mkdir()
        name = part.partition("=")[0]
        pq.write_table(table(**{name: None}), tmp_path / part / f"{place}.parquet")
    with pytest.raises(DefinitionError) as caught:
        given(tmp_path, FEATURES)
    assert caught.value.faults == (
        "the folder 'cutoff=January' must name a time in UTC, such as cutoff=2020-01-31 or "
        "'cutoff=2020-01-31 06%3A00%3A00'; came 'January'",
        "'label' stands in the name of the folder 'label=1', which is not read; write it as a "
        "column of label=1/0.parquet too",
    )
    # A time in milliseconds since 1970, which could be read as 1610-12-31T00:00.
    for place, part in enumerate(["cutoff=1610123100000", "cutoff=2020-01-01/cutoff=2020-01-02"]):
        below = tmp_path / f"{place}" / part
        below.mkdir(parents=True)
        pq.write_table(table(cutoff=None), below / "rows.parquet")
        words = ["must name a time in UTC, .*came '1610123100000'", "name 'cutoff'; rename one"]
        with pytest.raises(DefinitionError, match=words[place]):
            given(tmp_path / f"{place}", FEATURES)


def test_ids_and_numbers_that_no_model_reads_are_named(tmp_path: Path) -> None:
    big = table(customer=pa.array([1, 2**63, 3], pa.uint64()))
    assert (
        f"week=0/part.parquet: 'customer' must be at most {2**63 - 1}, came {2**63} in row 2; "
        "write such ids as texts"
    ) in refusal(tmp_path / "a", big)
    endless = table(spend=pa.array([1.5, float("-inf"), 2], pa.float32()))
    words = "week=1/part.parquet: 'spend' holds -inf in row 2; write a number, or null where there"
    assert words in refusal(tmp_path / "b", table(), endless)
    folder = tmp_path / "c"
    folder.mkdir()
    several = pa.concat_tables([table(), endless])
    pq.write_table(several, folder / "a.parquet", row_group_size=3, write_statistics=False)
    with pytest.raises(DefinitionError, match=r"a\.parquet: 'spend' holds -inf in row 5"):
        given(folder, FEATURES)
    half = table(spend=pa.array([1.5, None, float("inf")], pa.float16()))
    assert "part.parquet: 'spend' holds inf in row 3" in refusal(tmp_path / "e", half)
    exact = table(customer=pa.array([Decimal(2**64)] * 3, pa.decimal128(21, 0)))
    words = "part.parquet: 'customer' must hold whole numbers or texts, came decimal128(21, 0); cas"
    assert words in refusal(tmp_path / "f", exact)
    fine = table(cutoff=pa.array([1, 2, 3], pa.timestamp("ns", "UTC")))
    assert "'cutoff' must hold times of whole microseconds" in refusal(tmp_path / "d", fine)
    far = table(cutoff=pa.array([0, LATEST - 1, LATEST], pa.timestamp("us", "UTC")))
    words = "years 1000 to 2999, came 3000-01-01T00:00:00.000000 in row 3; leave such rows out"
    assert words in refusal(tmp_path / "g", far)


def test_labels_that_cannot_be_known_yet_are_refused(tmp_path: Path) -> None:
    made = prepare(shop.project(), shop.CHURN, shop.data(), shop.config(prune=False))
    vectors, later = made.rows.vectors, instant(datetime.now(UTC)) - DAY
    shift = later - int(vectors.cutoffs.max())
    _write_vectors(tmp_path, replace(vectors, cutoffs=vectors.cutoffs + shift), made.rows.label)
    with pytest.raises(MaturityError) as caught:
        prepare_given(shop.project(), shop.CHURN, tmp_path, shop.config())
    purge = micros(shop.CHURN.gap + shop.CHURN.horizon)
    early = np.unique(vectors.cutoffs + shift)
    early = early[early + purge > later + DAY]
    words = f"which stands at {iso(early[0])}: its label is known from {iso(early[0] + purge)} on"
    assert words in str(caught.value)


def test_many_faults_are_counted(tmp_path: Path) -> None:
    wide = {f"f{place}": False for place in range(20)}
    with pytest.raises(DefinitionError, match="and 12 more"):
        given(write(tmp_path, table()), wide)


def test_a_row_that_is_there_twice_is_named(tmp_path: Path) -> None:
    words = refusal(tmp_path, table(), table())
    assert "3 rows are there twice, such as customer 1 at 1970-01-01T00:00:00Z" in words


def test_a_folder_without_rows_is_refused(tmp_path: Path) -> None:
    with pytest.raises(StateError, match="holds no Parquet files; expected rows with customer, cu"):
        given(tmp_path, FEATURES)
    with pytest.raises(CohortError, match="all 2 files are empty"):
        given(write(tmp_path, table().slice(0, 0), table().slice(0, 0)), FEATURES)
    (tmp_path / "week=0" / "part.parquet").write_bytes(b"half")
    with pytest.raises(StateError, match=r"part.parquet cannot be read as Parquet: .* whole\?"):
        given(tmp_path, FEATURES)


def test_slices_follow_the_column_where_there_is_one(tmp_path: Path) -> None:
    names = ["train", "stop", "calibrate", "test"]
    days = pa.array([0, DAY, 2 * DAY, 3 * DAY], pa.timestamp("us", "UTC"))
    four = pa.table(
        {
            "customer": [1, 2, 3, 4],
            "cutoff": days,
            "label": [True, False, True, False],
            "spend": [1.0, 2, 3, 4],
            "city": ["a", "b", "c", "d"],
            "slice": names,
        }
    )
    assert [*given(write(tmp_path / "a", four), FEATURES).slices.values()] == names
    mixed = four.set_column(1, "cutoff", pa.array([0, 0, DAY, 0], pa.timestamp("us", "UTC")))
    odd = mixed.set_column(5, "slice", pa.array(["train", "stop", "later", "train"]))
    words = refusal(tmp_path / "b", odd)
    assert "'slice' must be one of train, stop, calibrate, test, came 'later'" in words
    assert "the cutoff 1970-01-01T00:00:00Z is in the slices stop and train" in words
    assert "no row is in the slice 'test'" in words


def test_slices_stand_apart_by_the_lag_of_the_label_too() -> None:
    cutoffs = [DAY * day for day in range(0, 140, 7)]
    near = slices_of(shop.CHURN, cutoffs, Rhythm(later=1))
    far = slices_of(shop.CHURN, cutoffs, Rhythm(later=1), lateness=14 * DAY)
    assert near.test == far.test
    assert near.calibrate[-1] - far.calibrate[-1] == 14 * DAY


def test_rows_that_would_have_to_be_weighed_are_refused(tmp_path: Path) -> None:
    task = replace(shop.CHURN, weigh=[contacted("calls")])
    with pytest.raises(DefinitionError, match="weighs rows by 'calls', and rows made elsewhere"):
        prepare_given(shop.project(), task, tmp_path, shop.config())


def test_too_few_cutoffs_are_told() -> None:
    with pytest.raises(CohortError, match="do not fit into the 3 cutoffs from 1970-01-01"):
        slices_of(shop.CHURN, [0, DAY, 2 * DAY], Rhythm(later=1))


def test_rows_from_elsewhere_make_a_model_that_serves(tmp_path: Path) -> None:
    # A budget, which the repetition below must not ask for: it tries what was chosen, and no more.
    config = shop.config(search=Search(budget="1s", members=2))
    made = prepare(shop.project(), shop.CHURN, shop.data(), config)
    folder = tmp_path / "rows"
    folder.mkdir()
    whole = made.rows
    _write_vectors(folder, whole.vectors, whole.label)
    found = train(
        shop.project(),
        shop.CHURN,
        given_data(folder),
        config,
        Registry(tmp_path / "mlruns"),
        tmp_path / "reports",
    )
    assert found.evaluation.metrics["roc_auc"].value > 0.6
    assert found.rows == len(whole)
    assert found.bundle.trained["rows"]["test"] == int(made.splits[0]["test"].sum())
    assert "rows" in found.report.read_text()
    kept = repeatable_from_json(file_of(Registry(tmp_path / "mlruns"), found.recorded.run, FILE))
    assert kept.rows == str(folder)
    assert kept.config.search.budget == "1s"
    same = repeat(kept, {}, shop.project(), rows=folder)
    assert same.same
    assert [each for each in same.differs if not each.startswith("code")] == []


def test_a_run_of_a_folder_of_rows_is_repeated_from_it_only() -> None:
    project = shop.project(shop.CHURN)
    of_rows = Repeatable(project, shop.config(), (), {"rows": "made"}, "a", "b", "c", {}, "made")
    words = r"from a folder of rows, made, and not from the tables .*: foretell repeat RUN --rows m"
    with pytest.raises(StateError, match=words):
        repeat(of_rows, {})
    of_tables = replace(of_rows, rows="", sources={"visits": "visits.csv"})
    with pytest.raises(StateError, match="made is a folder of rows; leave out --rows"):
        repeat(of_tables, {}, rows=Path("made"))
    assert repeatable_from_json(json.dumps(of_rows.to_json())).rows == "made"
    assert repeatable_from_json(json.dumps(of_tables.to_json())).rows == ""
    # Older versions wrote the folder among the sources only.
    older = {name: each for name, each in of_rows.to_json().items() if name != "rows"}
    assert repeatable_from_json(json.dumps(older)).rows == "made"


def test_a_split_by_customer_takes_one_cutoff(tmp_path: Path) -> None:
    config = shop.config(split="customer", cutoff="2024-08-01", folds=3)
    made = prepare(shop.project(), shop.CHURN, shop.data(), shop.config(prune=False))
    _write_vectors(tmp_path, made.rows.vectors, made.rows.label)
    with pytest.raises(DefinitionError, match="split 'customer' is for one cutoff, and the rows"):
        prepare_given(shop.project(), shop.CHURN, tmp_path, config)


def _write_vectors(folder: Path, vectors: Vectors, label: Any) -> None:
    names = {"customer": vectors.customers.tolist(), "label": label.tolist()}
    names["cutoff"] = pa.array(vectors.cutoffs, pa.timestamp("us", "UTC"))
    names |= {name: pa.array(values.tolist()) for name, values in vectors.columns.items()}
    pq.write_table(pa.table(names), folder / "rows.parquet")
