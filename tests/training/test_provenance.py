import subprocess
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import duckdb
import numpy as np
import pandas as pd
import polars as pl
import pytest

from features.builders import latest
from features.carriers.duck import load
from features.catalogue import Catalogue
from features.duckfile import DuckTable
from features.instants import instant
from features.kernel import Vectors, vectors
from features.segments import Spine
from features.tables import EventTable
from training import provenance
from training.provenance import LIBRARIES, commit, data_hash, versions
from training.repeat import _code
from training.snapshots import Snapshot


def rows(**changes: Any) -> Snapshot:
    parts: dict[str, Any] = {
        "customers": np.array(["anna", "bert"], dtype=object),
        "cutoffs": np.array([1, 2]),
        "label": np.array([True, False]),
        "age": np.array([1.5, np.nan]),
        "city": np.array(["Bonn", None], dtype=object),
    }
    parts |= changes
    columns = {name: parts[name] for name in sorted({*parts} - {"customers", "cutoffs", "label"})}
    return Snapshot(Vectors(parts["customers"], parts["cutoffs"], columns), parts["label"])


def texts(*values: str | None) -> Any:
    return np.array(values, dtype=object)


def test_the_same_rows_hash_alike() -> None:
    assert data_hash(rows()) == data_hash(rows())
    assert len(data_hash(rows())) == 64


@pytest.mark.parametrize(
    "change",
    [
        {"customers": texts("anna", "carl")},
        {"customers": np.array([1, 2])},
        {"cutoffs": np.array([1, 3])},
        {"label": np.array([True, True])},
        {"age": np.array([1.5, 0.0])},
        {"age": np.array([np.nextafter(1.5, 2), np.nan])},
        {"city": texts("Bonn", "")},
        {"city": texts("Bonn", "null")},
        {"city": texts(None, "Bonn")},
        {"size": np.array([1.0, 2.0])},
    ],
)
def test_any_cell_changes_the_hash(change: dict[str, Any]) -> None:
    assert data_hash(rows(**change)) != data_hash(rows())


def test_the_slices_of_rows_are_part_of_the_hash() -> None:
    first, second = np.array([True, False]), np.array([False, True])
    told = [(), (first, second), (second, first), (first,), (first, first)]
    assert len({data_hash(rows(), each) for each in told}) == len(told)


def test_no_two_lists_of_texts_look_alike() -> None:
    lists = [("a", "b"), ("a\0b", ""), ("a", "\0b"), ("a\0", "b"), (None, "b"), ("\1", "b")]
    assert len({data_hash(rows(city=texts(*each))) for each in lists}) == len(lists)


def test_versions_name_what_decides_a_model() -> None:
    assert tuple(versions()) == LIBRARIES
    assert all(value[0].isdigit() for value in versions().values())


def git(folder: Path, *arguments: str) -> str:
    identity = ["-c", "user.name=Ann", "-c", "user.email=ann@example.org"]
    command = ["git", "-C", str(folder), *identity, *arguments]
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout.strip()


def test_the_commit_tells_of_changes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(provenance, "__file__", str(tmp_path / "provenance.py"))
    assert commit() == "unknown"
    (tmp_path / "code.py").write_text("one")
    git(tmp_path, "init")
    assert commit() == "unknown"  # nothing is committed yet
    git(tmp_path, "add", ".")
    git(tmp_path, "commit", "-m", "first")
    head = git(tmp_path, "rev-parse", "HEAD")
    assert commit() == head
    (tmp_path / "code.py").write_text("two")
    assert commit() == f"{head}+changes"


def test_without_git_the_commit_is_unknown(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    assert commit() == "unknown"


def test_the_kind_of_source_does_not_matter(tmp_path: Path) -> None:
    frame = pd.DataFrame(
        {
            "id": [2, 1, 2, 1],
            "at": [f"2020-01-0{day}T00:00:00Z" for day in (5, 1, 2, 3)],
            "paid": [0.29, 1.5, None, 7.0],
            "shop": ["a", "b", None, "b"],
        }
    )
    table = EventTable("sales", "id", "at", measures={"paid": "money(2)"}, categories=["shop"])
    frame.to_csv(tmp_path / "sales.csv", index=False)
    for shop, rows in frame.groupby("shop", dropna=False):
        named = "__HIVE_DEFAULT_PARTITION__" if pd.isna(shop) else str(shop)
        folder = tmp_path / "hive" / f"shop={named}"
        folder.mkdir(parents=True)
        rows.drop(columns="shop").to_parquet(folder / "part.parquet")
    with duckdb.connect(str(tmp_path / "sales.db")) as connection:
        connection.register("frame", frame)
        connection.execute("CREATE TABLE sales AS SELECT * FROM frame")
    sources: list[Any] = [
        frame,
        pl.from_pandas(frame).lazy(),
        tmp_path / "sales.csv",
        [tmp_path / "sales.csv"],
        tmp_path / "hive",
        DuckTable(tmp_path / "sales.db", "sales"),
    ]
    suggested = Catalogue.suggest([table], windows=[7])
    ready = [each for each in suggested if each not in suggested.unfitted()]
    catalogue = Catalogue([*ready, latest(table, "shop").named("shop_now")])
    found = set()
    for source in sources:
        part = load([table], {"sales": source})
        spine = Spine.cross(len(part.customers), np.array([instant("2020-01-04")]))
        label = np.zeros(len(spine), dtype=np.bool_)
        found.add(data_hash(Snapshot(vectors(catalogue, part, spine), label)))
    assert len(found) == 1


def test_texts_are_hashed_in_parts_as_in_one(monkeypatch: pytest.MonkeyPatch) -> None:
    texts = np.array(["a", None, "b, c", '"', "ü"], dtype=object)
    blank = np.zeros(5, dtype=np.int64)
    rows = Snapshot(Vectors(blank, blank, {"t": texts}), blank == 0)
    whole = data_hash(rows)
    monkeypatch.setattr("training.provenance._PART", 2)
    assert data_hash(rows) == whole
    texts[4] = "u"
    assert data_hash(rows) != whole


@pytest.mark.parametrize(
    ("was", "here", "told"),
    [
        ("abc", "abc", False),
        ("abc", "def", True),
        ("abc", "abc+changes", True),
        # Nobody knows whether the changes are the same.
        ("abc+changes", "abc+changes", True),
    ],
)
def test_a_repetition_tells_of_other_code(
    was: str, here: str, told: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("training.repeat.commit", lambda: here)
    run: Any = SimpleNamespace(commit=was, versions=versions())
    assert [each for each in _code(run) if each.startswith("code: commit")] == (
        [f"code: commit {here}, and was {was}"] if told else []
    )
