"""Rows of ready-made tables, from files and frames."""

from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.csv
import pyarrow.parquet
import pytest

from features import ContractError, LabelledTable, instant
from features.ready.read import read_rows
from tests.helpers.readymade import CALLS, calls

PLAIN = LabelledTable("calls", label="y", as_of="2020-01-01")
Y = [True, False, True, False]


def faults_of(table: LabelledTable, columns: dict[str, Any], labelled: bool = True) -> str:
    with pytest.raises(ContractError) as caught:
        read_rows(table, pa.table(columns), labelled=labelled)
    return str(caught.value)


def test_types_say_what_columns_are() -> None:
    rows = read_rows(CALLS, calls())
    assert rows.table.described
    assert rows.table.numbers == ("age", "income", "owner")
    assert rows.table.categories == ("job",)
    assert list(rows.columns) == ["age", "income", "job", "owner"]
    assert rows.columns["owner"].dtype == np.float64
    assert np.isnan(rows.columns["income"]).sum() > 40
    assert rows.times[4] == instant("2020-01-02")
    assert rows.label is not None
    assert 200 < rows.label.sum() < 600


def test_true_and_false_of_a_csv_file_are_what_parquet_says(tmp_path: Path) -> None:
    contract, table = read_rows(CALLS, calls()).table, calls(40)
    owner = [None if n % 9 == 0 else each for n, each in enumerate(table["owner"].to_pylist())]
    table = table.set_column(table.column_names.index("owner"), "owner", pa.array(owner))
    pyarrow.parquet.write_table(table, tmp_path / "calls.parquet")
    wanted = read_rows(contract, tmp_path / "calls.parquet", labelled=False).columns["owner"]
    text = table.to_pandas().to_csv(index=False)
    for true, false in (("True", "False"), ("true", "false"), ("TRUE", "FALSE")):
        file = tmp_path / "calls.csv"
        file.write_text(text.replace("True", true).replace("False", false))
        came = read_rows(contract, file, labelled=False).columns["owner"]
        assert np.array_equal(came, wanted, equal_nan=True)
    assert np.nansum(came) > 5
    file.write_text(text.replace("True", "yes", 1))
    with pytest.raises(ContractError, match=r"column 'owner': expected finite numbers"):
        read_rows(contract, file, labelled=False)


def test_true_and_false_need_not_be_declared(tmp_path: Path) -> None:
    file = tmp_path / "calls.csv"
    calls(400).to_pandas().to_csv(file, index=False)
    assert ",True," in file.read_text()
    rows = read_rows(CALLS, file)
    assert rows.table.numbers == ("age", "income", "owner")
    assert set(rows.columns["owner"].tolist()) == {0.0, 1.0}


def test_a_csv_file_and_a_parquet_file_say_the_same(tmp_path: Path) -> None:
    table = calls()
    pyarrow.csv.write_csv(table, tmp_path / "calls.csv")
    pyarrow.parquet.write_table(table, tmp_path / "calls.parquet")
    one = read_rows(CALLS, tmp_path / "calls.parquet")
    other = read_rows(
        LabelledTable(**{**vars_of(CALLS), "leave_out": ["seconds", "owner"]}),
        tmp_path / "calls.csv",
    )
    for name in ("age", "income", "job"):
        np.testing.assert_array_equal(one.columns[name], other.columns[name])
    np.testing.assert_array_equal(one.times, other.times)
    np.testing.assert_array_equal(one.label, other.label)


def vars_of(table: LabelledTable) -> dict[str, Any]:
    return {key: value for key, value in table.to_json().items() if key != "kind"}


def test_months_and_times_are_times() -> None:
    months = {"at": ["2020-02", "202003", "2020-02-05", "2020-02-05T12:00:00+01:00"]}
    table = LabelledTable("calls", "y", time="at")
    rows = read_rows(table, pa.table({"y": Y, "x": [1, 2, 3, 3]} | months))
    wanted = ["2020-02-01", "2020-03-01", "2020-02-05", "2020-02-05T11:00:00Z"]
    assert rows.times.tolist() == [instant(each) for each in wanted]
    whole = read_rows(table, pa.table({"y": Y, "x": [1, 2, 3, 3], "at": [202002] * 4}))
    assert whole.times.tolist() == [instant("2020-02-01")] * 4


def test_dates_become_days_to_the_time_of_the_row() -> None:
    table = LabelledTable("calls", "y", time="at", since=["opened"])
    at = [datetime(2020, 1, 3, 12, tzinfo=UTC)] * 4
    opened = [date(2020, 1, 1), date(2020, 1, 2), None, date(2020, 1, 5)]
    rows = read_rows(table, pa.table({"y": Y, "at": at, "opened": opened}))
    np.testing.assert_array_equal(rows.columns["opened"], [2.5, 1.5, np.nan, -1.5])


def test_declared_kinds_win_over_types() -> None:
    table = LabelledTable("c", "y", as_of="2020-01-01", numbers=["n"], categories=["code"])
    rows = read_rows(table, pa.table({"y": Y, "n": ["1", "2.5", "", " 3"], "code": [1, 2, 1, 2]}))
    np.testing.assert_array_equal(rows.columns["n"], [1, 2.5, np.nan, 3])
    assert rows.columns["code"].tolist() == ["1", "2", "1", "2"]


@pytest.mark.parametrize(
    ("label", "positive", "wanted"),
    [
        ([True, False, True, False], None, Y),
        ([1, 0, 1, 0], None, Y),
        ([1.0, 0.0, 1.0, 0.0], 1, Y),
        (["yes", "no", "yes", "no"], "yes", Y),
        (["True", "False", "True", "False"], True, Y),
        (["TRUE", "FALSE", "TRUE", "FALSE"], None, Y),
        (["no", "yes", "no", "yes"], "no", Y),
        ([2, 1, 2, 1], 2, Y),
        ([True, False, True, False], False, [False, True, False, True]),
    ],
)
def test_two_values_are_an_outcome(label: list[Any], positive: Any, wanted: list[bool]) -> None:
    table = LabelledTable("calls", "y", positive=positive, as_of="2020-01-01")
    rows = read_rows(table, pa.table({"y": label, "x": [1, 2, 3, 3]}))
    assert rows.label is not None
    assert rows.label.tolist() == wanted


@pytest.mark.parametrize(
    ("label", "positive", "words"),
    [
        (
            ["yes", "no", "yes", "no"],
            None,
            "column 'y': expected true and false, or 1 and 0, came no (2 rows), yes (2 rows); say "
            "positive='no' or the other",
        ),
        (
            ["yes", "no", "no", "no"],
            "Yes",
            "expected the value 'Yes' that is declared positive, came no (3 rows), yes (1 rows); "
            "declare one of the two",
        ),
        (
            ["yes", "no", "maybe", "no"],
            "yes",
            "expected two values, came no (2 rows), maybe (1 rows), yes (1 rows); make the outcome",
        ),
        (
            [1, 1, 1, 1],
            None,
            "expected two values, came 1 (4 rows); a model needs rows of both outcomes",
        ),
        (
            [1, 0, None, 1],
            None,
            "expected an outcome in every row, came 1 that have none; leave out rows whose outcome",
        ),
    ],
)
def test_other_outcomes_are_refused(label: list[Any], positive: Any, words: str) -> None:
    table = LabelledTable("calls", "y", positive=positive, as_of="2020-01-01")
    assert words in faults_of(table, {"y": label, "x": [1, 2, 3, 3]})


MANY = 400


@pytest.mark.parametrize(
    ("cells", "words"),
    [
        ([5.0] * MANY, "expected several values, came 5 in all 400 rows; a column that never"),
        (pa.nulls(MANY, pa.string()), "expected several values, came nothing in all 400 rows"),
        (["a"] * MANY, "expected several values, came 'a' in all 400 rows"),
        ([*range(MANY)], "came another whole number in each row; it numbers the rows: name it"),
        ([f"n{n}" for n in range(MANY)], "none of them so often, such as 'n0'; it names"),
        ([f"{n},50" for n in range(MANY)], "such as '0,50'; if these are numbers, write them as"),
        ([f"€ {n}.000" for n in range(MANY)], "if these are numbers, write them as 1234.56; other"),
        (
            [f"n{n // 2 % 150}" if n > 30 else "often" for n in range(MANY)],
            "expected at most 100 levels, came 151, such as 'n0'; group them in the table",
        ),
        ([float("inf"), *range(MANY - 1)], "expected finite numbers, came others in 1 row (row 1:"),
        (
            [date(2020, 1, 1)] * MANY,
            "expected numbers or names, came dates; list it in leave_out, or in since, to read",
        ),
        ([b"x"] * MANY, "expected numbers or names, came the type BLOB; cast the column, or list"),
    ],
)
def test_columns_that_say_nothing_are_refused(cells: Any, words: str) -> None:
    told = faults_of(PLAIN, {"y": [0, 1] * (MANY // 2), "x": [1, 2, 3, 3] * 100, "z": cells})
    assert "column 'z'" in told
    assert words in told


def test_a_declared_category_may_have_many_levels() -> None:
    cells = [f"n{n // 2 % 150}" if n > 30 else "often" for n in range(MANY)]
    table = LabelledTable("calls", "y", as_of="2020-01-01", categories=["z"])
    assert read_rows(table, pa.table({"y": [0, 1] * 200, "z": cells})).table.categories == ("z",)


def test_cells_and_columns_at_fault_are_named() -> None:
    timed = LabelledTable("calls", "y", time="at", customer="id", numbers=["x"])
    told = faults_of(
        timed,
        {"y": Y, "at": ["2020-01-01", "soon", None, "2020-13"], "id": [1, None, 3, 4], "X": Y},
    )
    assert (
        "column 'x': expected a column, came no such column among y, at, id, X; is X meant?" in told
    )
    assert (
        "expected a date, a time or a month such as 2009-05 in every row, came others in 3 rows"
        in told
    )
    assert "(row 2: soon, row 3: empty, row 4: 2020-13); write them as 2009-05-31" in told
    assert "column 'id': expected an id in every row, came others in 1 row (row 2: empty)" in told
    words = faults_of(
        LabelledTable("c", "y", as_of="2020-01-01", numbers=["n"]),
        {"y": Y, "n": ["1", "two", "3", ""]},
    )
    assert "expected finite numbers, came others in 1 row (row 2: two)" in words
    assert "expected columns to learn from, came none" in faults_of(PLAIN, {"y": Y})


def test_a_few_cells_that_are_no_numbers_are_named_and_no_category(tmp_path: Path) -> None:
    file = tmp_path / "calls.csv"
    ages = [str(20 + n // 2 % 2) for n in range(100)]
    ages[41] = "n.a."
    said = ["yes", "no"] * 50

    def write(cells: list[str]) -> None:
        rows = "\n".join(f"{a},{b}" for a, b in zip(cells, said, strict=True))
        file.write_text(f"age,y\n{rows}\n")

    write(ages)
    table = LabelledTable("calls", label="y", positive="yes", as_of="2020-01-01")
    words = r"'age': expected finite numbers, came others in 1 row \(row 42: n\.a\.\); mend or em"
    with pytest.raises(ContractError, match=words):
        read_rows(table, file)
    declared = LabelledTable(
        "calls", label="y", positive="yes", as_of="2020-01-01", categories=["age"]
    )
    assert read_rows(declared, file).columns["age"].dtype == object
    # Where many are none, they are names.
    write([age if n % 10 else f"x{n % 3}" for n, age in enumerate(ages)])
    assert read_rows(table, file).columns["age"].dtype == object


def test_levels_that_are_whole_numbers_have_one_name_in_every_type(tmp_path: Path) -> None:
    table = LabelledTable("calls", label="y", positive="1", as_of="2020-01-01", categories=["edu"])
    whole = [n % 4 for n in range(100)]
    said = [n % 2 for n in range(100)]
    wanted: list[str | None] = [str(each) for each in whole]
    wanted[7:8] = [None]
    kinds = {"int": pa.int64(), "float": pa.float64(), "half": pa.float32()}
    for name, kind in kinds.items():
        cells = pa.array([None if n == 7 else each for n, each in enumerate(whole)], kind)
        held = pa.table({"edu": cells, "y": said})
        assert read_rows(table, held).columns["edu"].tolist() == wanted, name
        file = tmp_path / f"{name}.csv"
        held.to_pandas().to_csv(file, index=False)
        assert "3.0" in file.read_text()
        assert read_rows(table, file).columns["edu"].tolist() == wanted, name
    halves = pa.table({"edu": [each + 0.5 for each in whole], "y": said})
    assert read_rows(table, halves).columns["edu"].tolist()[:2] == ["0.5", "1.5"]


def test_an_empty_table_is_refused() -> None:
    empty = pa.table({"y": pa.array([], pa.bool_()), "x": pa.array([], pa.int64())})
    with pytest.raises(ContractError, match="expected at least one row, came an empty table"):
        read_rows(PLAIN, empty, labelled=False)


def test_one_customer_for_all_rows_is_refused() -> None:
    cells = {"y": Y, "x": [1, 2, 3, 3]}
    table = LabelledTable("calls", "y", customer="bank", as_of="2020-01-01")
    for cell in ("Foretell", 7):
        words = faults_of(table, cells | {"bank": [cell] * 4})
        assert f"column 'bank': expected several customers, came '{cell}' in all 4 rows" in words
    one = read_rows(table, pa.table(cells | {"bank": ["a", "a", "a", "b"]}))
    assert one.customers is not None
    scored = pa.table({"x": [1, 2], "bank": ["a", "a"]})
    assert len(read_rows(one.table, scored, labelled=False)) == 2
