"""Columns in files are the columns that were written, bit for bit, whatever is asked of them."""

import errno
import itertools
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from features import shards as module
from features import spilling
from features.errors import StateError
from features.kernel import Vectors
from features.shards import Shards, cells, groups_of
from features.spilled import SpilledColumns
from features.spilling import Spill


@pytest.fixture(autouse=True)
def _small_groups(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(spilling, "GROUP", 7)


def made(count: int = 50) -> Vectors:
    random = np.random.default_rng(3)
    numbers = random.normal(size=count)
    numbers[::5] = np.nan
    numbers[1], numbers[2] = -0.0, 5e-324
    texts = np.array(["ü", None, "a b", ""], dtype=object)[random.integers(0, 4, count)]
    return Vectors(np.arange(count), np.arange(count), {"n": numbers, "t": texts, "m": -numbers})


def spilled(vectors: Vectors, folder: Path, cuts: tuple[int, ...] = (0, 20, 20, 50)) -> Vectors:
    spill = Spill(folder)
    for first, end in itertools.pairwise(cuts):
        part = vectors.take(np.arange(first, end))
        spill.add(part, np.ones(len(part), dtype=np.bool_))
    columns = SpilledColumns(spill.shards(), {"n": False, "t": True, "m": False})
    return Vectors(vectors.customers, vectors.cutoffs, columns)


def require_same(found: Vectors, wanted: Vectors) -> None:
    assert list(found.columns) == list(wanted.columns)
    for name, values in wanted.columns.items():
        came = found.columns[name]
        assert came.dtype == values.dtype
        if values.dtype == object:
            assert came.tolist() == values.tolist()
        else:
            assert came.tobytes() == values.tobytes()


def test_a_column_of_some_rows_reads_the_groups_they_lie_in(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    vectors = made()
    columns = spilled(vectors, tmp_path).columns
    assert isinstance(columns, SpilledColumns)
    read: list[int] = []
    group = module.Group.read

    def noted(self: module.Group, names: tuple[str, ...]) -> dict[str, Any]:
        read.append(self.place)
        return group(self, names)

    monkeypatch.setattr(module.Group, "read", noted)
    rows = np.array([23, 21, 21])
    assert columns.take(rows)["n"].tobytes() == vectors.columns["n"][rows].tobytes()
    assert len(read) == 1


def test_what_is_read_has_the_bits_of_what_was_written(tmp_path: Path) -> None:
    vectors = made()
    found = spilled(vectors, tmp_path)
    require_same(found, vectors)
    assert len(groups_of(tmp_path / "part-00000.parquet")) == 3


@pytest.mark.parametrize(
    "rows",
    [
        np.arange(50) % 3 == 0,
        np.array([49, 0, 21, 20, 19, 21]),
        np.array([], dtype=np.int64),
        np.zeros(50, dtype=np.bool_),
    ],
)
def test_rows_are_taken_as_from_memory(tmp_path: Path, rows: Any) -> None:
    vectors = made()
    found, wanted = spilled(vectors, tmp_path).take(rows), vectors.take(rows)
    require_same(found, wanted)
    assert isinstance(found.columns, SpilledColumns)
    again = np.arange(len(wanted))[::-2]
    require_same(found.take(again), wanted.take(again))
    part = found.columns.rows(0, 3)
    require_same(
        Vectors(found.customers[:3], found.cutoffs[:3], part),
        wanted.take(np.arange(min(3, len(wanted)))),
    )


def test_columns_are_chosen_and_put_beside(tmp_path: Path) -> None:
    vectors = made()
    rate = {"rate": np.linspace(0, 1, 50)}
    found = spilled(vectors, tmp_path).only(["m", "n"]).plus(rate)
    wanted = vectors.only(["m", "n"]).plus(rate)
    require_same(found, wanted)
    assert "t" not in found.columns
    assert len(found.columns) == 3
    require_same(found.take(np.array([3, 1])), wanted.take(np.array([3, 1])))
    require_same(found.only(["rate"]), wanted.only(["rate"]))
    with pytest.raises(KeyError, match="'t'"):
        found.columns["t"]


def test_columns_of_the_same_files_are_put_beside_unread(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    vectors = made()
    whole = spilled(vectors, tmp_path)
    monkeypatch.setattr(module.Group, "read", None)
    found = whole.only(["n"]).plus(whole.only(["t"]).columns)
    monkeypatch.undo()
    require_same(found, vectors.only(["n", "t"]))


def test_other_types_of_arrow_are_read_as_numbers_and_texts() -> None:
    read = {
        "float": pa.array([1.5, None], pa.float32()),
        "int": pa.array([1, None], pa.int16()),
        "bool": pa.array([True, None]),
    }
    for column in read.values():
        found = cells(pa.chunked_array([column]))
        assert found.dtype == np.float64
        assert np.isnan(found[1])
    named = pa.chunked_array([pa.array(["a", None]).dictionary_encode()])
    assert cells(named).tolist() == ["a", None]


@pytest.mark.parametrize("number", [errno.ENOSPC, errno.EDQUOT])
def test_a_full_disk_is_told_in_plain_words(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, number: int
) -> None:
    spill = Spill(tmp_path)
    spill.add(made(9), np.ones(9, dtype=np.bool_))

    def full(*_: Any, **__: Any) -> None:
        raise OSError(number, "full")

    monkeypatch.setattr(pq, "write_table", full)
    with pytest.raises(StateError, match=r"the disk is full: 9 rows were written .*--spill FOLD"):
        spill.add(made(9), np.ones(9, dtype=np.bool_))


def test_another_error_of_the_disk_is_not_called_a_full_one(tmp_path: Path) -> None:
    spill = Spill(tmp_path)
    tmp_path.rmdir()
    with pytest.raises(FileNotFoundError):
        spill.add(made(9), np.ones(9, dtype=np.bool_))


def test_files_that_changed_meanwhile_are_told(tmp_path: Path) -> None:
    found = spilled(made(), tmp_path)
    (tmp_path / "part-00001.parquet").write_bytes(b"no Parquet")
    with pytest.raises(StateError, match=r"part-00001.parquet: its rows cannot be read .* changed"):
        found.columns["n"]


def test_a_folder_may_be_filled_twice(tmp_path: Path) -> None:
    vectors = made()
    first, second = spilled(vectors, tmp_path), spilled(vectors, tmp_path, (0, 50))
    require_same(first, vectors)
    require_same(second, vectors)


def test_no_rows_have_all_columns(tmp_path: Path) -> None:
    found = spilled(made(), tmp_path).take(np.array([], dtype=np.int64))
    assert isinstance(found.columns, SpilledColumns)
    assert {name: len(each) for name, each in found.columns.rows(0, 0).items()} == {
        "n": 0,
        "t": 0,
        "m": 0,
    }
    assert Shards(found.columns.shards.groups).starts[-1] == 50
