from __future__ import annotations

from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from features.contract import check
from features.errors import ContractError, DefinitionError, StateError
from features.files import files_of
from features.tables import EventTable

VISITS = EventTable("visits", customer="id", occurred_at="at", measures={"paid": "money(2)"})
Z = "2020-01-01T00:00:00Z"


def csv(path: Path, *paid: str) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("id,at,paid\n" + "".join(f"1,{Z},{each}\n" for each in paid))
    return path


def parquet(path: Path, **columns: object) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    pq.write_table(pa.table(columns), path)
    return path


def test_a_list_is_read_in_its_order(tmp_path: Path) -> None:
    b, a = csv(tmp_path / "x" / "b.csv", "1"), csv(tmp_path / "y" / "a.csv", "2", "3")
    found = files_of([b, str(a)])
    assert found.paths == (b, a)
    assert found.root == tmp_path
    assert found.label == f"2 files in {tmp_path}"
    assert [found.name(each) for each in found.paths] == ["x/b.csv", "y/a.csv"]
    assert check(VISITS, [b, str(a)]).rows == 3
    assert check(VISITS, (a,)).rows == 2


def test_a_list_may_hold_folders_and_globs(tmp_path: Path) -> None:
    csv(tmp_path / "x" / "b.csv", "1")
    csv(tmp_path / "y" / "a.csv", "2")
    assert check(VISITS, [tmp_path / "x", str(tmp_path / "y" / "*.csv")]).rows == 2


def test_everything_absent_in_a_list_is_told_at_once(tmp_path: Path) -> None:
    there = csv(tmp_path / "there.csv", "1")
    with pytest.raises(StateError) as told:
        files_of([tmp_path / "one.csv", there, str(tmp_path / "t*.parquet")])
    words = str(told.value)
    assert f"expected a Parquet or CSV file, folder or glob at {tmp_path / 'one.csv'}" in words
    assert f"no file matches {tmp_path}/t*.parquet; {tmp_path} holds there.csv" in words


def test_an_empty_list_a_twin_and_two_formats_are_refused(tmp_path: Path) -> None:
    a = csv(tmp_path / "a.csv", "1")
    b = parquet(tmp_path / "b.parquet", id=[1])
    with pytest.raises(DefinitionError, match="at least one file, got an empty list"):
        files_of([])
    with pytest.raises(DefinitionError, match=r"a\.csv is named twice, and its rows would count"):
        files_of([a, str(tmp_path / "*.csv")])
    with pytest.raises(DefinitionError, match=r"files of one format, got .*a\.csv and .*b\.parqu"):
        files_of([b, a])
    (tmp_path / "link.csv").symlink_to(a)
    with pytest.raises(
        DefinitionError, match=r"link\.csv is named twice, as .*/a\.csv too, and it"
    ):
        files_of(str(tmp_path / "*.csv"))


def test_what_an_empty_folder_and_a_glob_hold_instead_is_told(tmp_path: Path) -> None:
    with pytest.raises(StateError, match=r"below the folder .*, which holds nothing"):
        files_of(tmp_path)
    for name in "abcdefg":
        (tmp_path / f"{name}.xls").touch()
    with pytest.raises(StateError, match=r"which holds a\.xls, .*, e\.xls and 2 more"):
        files_of(tmp_path)
    with pytest.raises(StateError, match=f"no file matches .*; there is no folder {tmp_path}/no"):
        files_of(str(tmp_path / "no" / "*.csv"))


def test_unfinished_work_below_a_folder_is_left_out(tmp_path: Path) -> None:
    csv(tmp_path / "a.csv", "1")
    csv(tmp_path / "_temporary" / "b.csv", "2")
    csv(tmp_path / ".hidden.csv", "3")
    assert check(VISITS, tmp_path).rows == 1
    assert check(VISITS, str(tmp_path / "**" / "*.csv")).rows == 1
    assert check(VISITS, tmp_path / ".hidden.csv").rows == 1


def test_a_folder_of_two_formats_is_refused(tmp_path: Path) -> None:
    csv(tmp_path / "a.csv", "1")
    parquet(tmp_path / "x" / "b.parquet", id=[1], at=[Z], paid=[1])
    told = r"files of one format, got .*/a\.csv and .*/x/b\.parquet; write all in one format, or mo"
    for source in (tmp_path, str(tmp_path / "**" / "*.*")):
        with pytest.raises(DefinitionError, match=told):
            files_of(source)


@pytest.mark.parametrize("name", ["e.parq", "b.csv.bz2", "c.csv.zst", "part-0", "x/notes.md"])
def test_a_folder_with_files_of_unknown_endings_is_refused(tmp_path: Path, name: str) -> None:
    csv(tmp_path / "a.csv", "1")
    csv(tmp_path / name, "2")
    told = rf"end in \.parquet, .* came .*/{name}; write them in .*names with _ or \., or name the"
    with pytest.raises(DefinitionError, match=told):
        files_of(tmp_path)
    for mark in "_.":
        path = tmp_path / name
        path.rename(path.with_name(mark + path.name))
        assert check(VISITS, tmp_path).rows == 1
        path.with_name(mark + path.name).rename(path)


def test_a_link_that_leads_nowhere_is_no_file_less(tmp_path: Path) -> None:
    csv(tmp_path / "a.csv", "1")
    (tmp_path / "b.csv").symlink_to(tmp_path / "gone")
    with pytest.raises(ContractError, match=r"cannot be read: .*No such file .*b\.csv"):
        check(VISITS, tmp_path)


def test_a_link_to_a_folder_elsewhere_is_refused(tmp_path: Path) -> None:
    csv(tmp_path / "data" / "day=1" / "a.csv", "1")
    csv(tmp_path / "other" / "b.csv", "2")
    (tmp_path / "data" / "latest").symlink_to("day=1")
    assert check(VISITS, tmp_path / "data").rows == 1
    (tmp_path / "data" / "day=2").symlink_to(tmp_path / "other")
    for source in (tmp_path / "data", str(tmp_path / "data" / "**" / "*.csv")):
        with pytest.raises(
            DefinitionError, match=r"day=2 is a link to a folder, and what is in it"
        ):
            files_of(source)
    assert check(VISITS, str(tmp_path / "data" / "day=*" / "*.csv")).rows == 2


def test_a_folder_that_a_glob_matches_is_not_passed_over(tmp_path: Path) -> None:
    csv(tmp_path / "a.csv", "1")
    csv(tmp_path / "old" / "x" / "b.csv", "2")
    with pytest.raises(
        DefinitionError, match=r"old is a folder, and what is in it would not be re"
    ):
        files_of(str(tmp_path / "*"))
    assert check(VISITS, str(tmp_path / "**" / "*")).rows == 2
    assert check(VISITS, str(tmp_path / "*.csv")).rows == 1


@pytest.mark.parametrize("ending", ["csv", "parquet"])
def test_a_file_whose_name_is_like_a_glob_is_itself(tmp_path: Path, ending: str) -> None:
    odd = tmp_path / f"a[1]*?.{ending}"
    for path, paid in {odd: 1, tmp_path / f"a1bc.{ending}": 2}.items():
        if ending == "csv":
            csv(path, str(paid))
        else:
            parquet(path, id=[1], at=[Z], paid=[paid])
    assert check(VISITS, odd).rows == 1
    assert check(VISITS, tmp_path).rows == 2


def test_an_error_names_the_file_below_the_folder_and_its_row(tmp_path: Path) -> None:
    csv(tmp_path / "day=1" / "part.csv", "1", "2")
    csv(tmp_path / "day=2" / "part.csv", "3", "much")
    with pytest.raises(ContractError, match=r"row 2: 'much' in day=2/part\.csv\)"):
        check(VISITS, tmp_path)
    with pytest.raises(ContractError, match=r"row 2: 'much' in day=2/part\.csv\)"):
        check(VISITS, str(tmp_path / "*" / "*.csv"))


def test_rows_are_numbered_in_every_parquet_file(tmp_path: Path) -> None:
    for name, paid in {"a": [1.0] * 3000, "b": [1.0, 1.0, 0.001]}.items():
        parquet(tmp_path / f"{name}.parquet", id=[1] * len(paid), at=[Z] * len(paid), paid=paid)
    with pytest.raises(ContractError, match=r"row 3: 0\.001 in b\.parquet"):
        check(VISITS, tmp_path)


def test_a_header_that_differs_is_told_by_its_columns(tmp_path: Path) -> None:
    csv(tmp_path / "a.csv", "1")
    (tmp_path / "b.csv").write_text(f"id,at,sum\n1,{Z},2\n")
    with pytest.raises(
        ContractError, match=r"id, at, sum in b\.csv \(it lacks paid and brings sum"
    ):
        check(VISITS, tmp_path)


def test_a_relative_path_is_told_as_it_was_given(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    csv(tmp_path / "a.csv", "1")
    csv(tmp_path / "b.csv", "much")
    for source in ("*.csv", ".", "./*.csv", ["a.csv", "b.csv"]):
        with pytest.raises(ContractError, match=r"row 1: 'much' in b\.csv\)"):
            check(VISITS, source)
