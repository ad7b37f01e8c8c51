"""What workers read in portions is what one reader reads of all."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from features import portions
from features.connection import connected
from features.files import Files, files_of
from features.portions import from_json, open_portion, shares_of, to_json
from features.reading import open_source
from features.tables import EventTable

Z = "2020-01-01T00:00:00Z"
SALES = EventTable("sales", "id", "at", measures={"paid": "int"}, categories=["shop"])


def write(path: Path, rows: int = 1, group: int = 1, **columns: object) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    table = pa.table({"at": [Z] * rows, "paid": pa.array(range(rows), pa.int32()), **columns})
    pq.write_table(table, path, row_group_size=group)
    return path


def read(source: Any) -> tuple[list[Any], list[Any], list[list[Files]]]:
    """Rows and types as they are read at once, rows as they are read in shares, and the shares."""
    with connected() as connection:
        raw = open_source(connection, SALES, source, "whole")
        names = ", ".join(raw.cells.values())
        whole = connection.execute(f"SELECT {names} FROM whole").fetchall()
        shares = [json.loads(json.dumps(to_json(each))) for each in shares_of(files_of(source))]
        parts, kinds = [], set()
        for share in shares:
            for each in from_json(share):
                part = open_portion(connection, SALES, each, raw.kinds, "part")
                assert part.cells == raw.cells
                parts += connection.execute(f"SELECT {names} FROM part").fetchall()
                kinds |= {tuple(connection.execute("DESCRIBE part").fetchall())}
    assert len(kinds) == 1
    assert [row[1] for row in kinds.pop()] == list(raw.kinds.values())
    return whole, parts, [from_json(share) for share in shares]


def test_keys_of_folders_and_widths_are_those_of_the_whole(tmp_path: Path) -> None:
    write(tmp_path / "id=7" / "shop=01" / "a.parquet")
    write(tmp_path / "id=08" / "shop=__HIVE_DEFAULT_PARTITION__" / "a.parquet")
    write(tmp_path / "id=9" / "shop=2" / "a.parquet", paid=pa.array([2**40]))
    whole, parts, shares = read(tmp_path)
    assert sorted(parts) == sorted(whole)
    assert {row[0] for row in parts} == {"7", "08", "9"}
    assert {row[-1] for row in parts} == {"01", "2", None}
    assert len(shares) == 1


def test_a_large_file_is_cut_into_rows_and_a_small_one_is_not(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    a = write(tmp_path / "a.parquet", 10, 3, id=list(range(10)), shop=["x"] * 10)
    b = write(tmp_path / "b.parquet", 1, 1, id=[99], shop=["y"])
    monkeypatch.setattr(portions, "LEAST", a.stat().st_size // 3)
    whole, parts, shares = read(tmp_path)
    assert sorted(parts) == sorted(whole)
    assert len(parts) == 11
    assert len(shares) > 2
    rows = [each.rows or (0, 0) for share in shares for each in share if each.paths == (a,)]
    assert [first for first, _ in rows] == [0, *(end for _, end in rows[:-1])]
    assert rows[-1][1] == 10
    monkeypatch.setattr(portions, "LEAST", 2 * a.stat().st_size + b.stat().st_size)
    assert [each.rows for each in read(tmp_path)[2][0]] == [None, None]


def test_a_file_with_a_column_of_row_numbers_stays_whole(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(portions, "LEAST", 100)
    numbers = {"FILE_row_number": [0, 0, 0]}
    write(tmp_path / "a.parquet", 3, 1, id=[1, 2, 3], shop=["x"] * 3, **numbers)
    whole, parts, shares = read(tmp_path)
    assert sorted(parts) == sorted(whole)
    assert [each.rows for share in shares for each in share] == [None]


def test_small_files_are_gathered_and_csv_is_never_cut(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in "abcd":
        (tmp_path / f"shop={name}").mkdir()
        (tmp_path / f"shop={name}" / "x.csv").write_text(f"id,at,paid\n1,{Z},{ord(name)}\n")
    monkeypatch.setattr(portions, "LEAST", 60)
    whole, parts, shares = read(tmp_path)
    assert sorted(parts) == sorted(whole)
    assert [row[-1] for row in parts] == ["a", "b", "c", "d"]
    assert [len(each) for each in shares] == [2, 2]
    monkeypatch.setattr(portions, "LEAST", 1)
    assert [len(each) for each in read(tmp_path)[2]] == [1, 1, 1, 1]


def test_paths_are_the_same_from_every_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write(tmp_path / "shop=x" / "a.parquet", id=[1])
    monkeypatch.chdir(tmp_path)
    share = shares_of(files_of("."))[0][0]
    assert share.paths == (tmp_path / "shop=x" / "a.parquet",)
    assert share.name(share.paths[0]) == "shop=x/a.parquet"
