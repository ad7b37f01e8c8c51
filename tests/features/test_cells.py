"""The rules for cells: each case by hand, and SQL and Python against each other."""

from __future__ import annotations

import csv
from decimal import Decimal
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from features.cells import Moment, category, customer, moment, number
from features.faults import Fault, Part
from features.instants import instant
from features.tables import EventTable
from tests.helpers.sql_cells import expected_of, read_in_sql

NUMBER_CASES: list[tuple[object, int, object]] = [
    (12.34, 2, 1234),
    (0.1 + 0.2, 1, 3),
    ("-0.30000000000000004", 2, -30),
    (" 1.25 ", 2, 125),
    (".5", 1, 5),
    ("5.", 0, 5),
    ("1e2", 0, 100),
    ("", 2, None),
    ("  ", 2, None),
    (None, 2, None),
    (3.129, 2, Fault.TOO_FINE),
    (100_000_000_000.001, 2, Fault.TOO_FINE),
    ("0.005", 2, Fault.TOO_FINE),
    (Decimal("0.05"), 1, Fault.TOO_FINE),
    (2**53, 0, 2**53),
    (2**53 + 1, 0, Fault.TOO_LARGE),
    ("90071992547409.92", 2, 2**53),
    ("90071992547409.93", 2, Fault.TOO_LARGE),
    (-(2**53), 1, Fault.TOO_LARGE),
    ("1e999", 2, Fault.NOT_FINITE),
    ("-Infinity", 2, Fault.NOT_FINITE),
    (float("nan"), 2, Fault.NOT_FINITE),
    (Decimal("NaN"), 2, Fault.NOT_FINITE),
    ("1,5", 2, Fault.NOT_A_NUMBER),
    ("1_0", 2, Fault.NOT_A_NUMBER),
    ("0x10", 2, Fault.NOT_A_NUMBER),
    ("٣", 2, Fault.NOT_A_NUMBER),
    (True, 0, Fault.WRONG_TYPE),
    ([1], 0, Fault.WRONG_TYPE),
]


@pytest.mark.parametrize(("cell", "scale", "expected"), NUMBER_CASES)
def test_a_number_is_read(cell: object, scale: int, expected: object) -> None:
    assert number(cell, scale) == expected


@pytest.mark.parametrize(
    ("cell", "expected"),
    [
        ("north", "north"),
        (" north", " north"),
        (12, "12"),
        (12.0, "12"),
        (-0.0, "0"),
        (1e15, "1000000000000000"),
        (1.5, Fault.NOT_AN_ID),
        (float("inf"), Fault.NOT_AN_ID),
        (2.0**54, Fault.NOT_AN_ID),
        (False, "false"),
        ("", None),
        (None, None),
        (b"x", Fault.WRONG_TYPE),
    ],
)
def test_a_category_is_read(cell: object, expected: object) -> None:
    assert category(cell) == expected


@pytest.mark.parametrize(
    ("cell", "expected"),
    [
        (7, 7),
        ("0007", "0007"),
        (2**63 - 1, 2**63 - 1),
        (2**63, Fault.TOO_LARGE),
        (7.0, Fault.WRONG_TYPE),
        (True, Fault.WRONG_TYPE),
        ("", None),
    ],
)
def test_a_customer_is_read(cell: object, expected: object) -> None:
    assert customer(cell) == expected


TIME_CASES: list[tuple[str, str | None]] = [
    ("2020-01-02", "2020-01-02T05:00Z"),
    ("2020-01-02T03:04", "2020-01-02T08:04Z"),
    ("2020-07-02 03:04:05.1234567", "2020-07-02T07:04:05.123456Z"),
    ("2020-01-02T03:04:05Z", "2020-01-02T03:04:05Z"),
    ("2020-01-02T03:04:05 UTC", "2020-01-02T03:04:05Z"),
    ("2020-01-02T03:04+0530", "2020-01-01T21:34Z"),
    ("2020-01-02T03:04-01:30", "2020-01-02T04:34Z"),
    (" 2020-01-02 ", "2020-01-02T05:00Z"),
    ("2020-02-30", None),
    ("2021-02-29T00:00Z", None),
    ("2020-01-02T24:00Z", None),
    ("2020-1-2", None),
    ("3020-01-02", None),
    ("2020-01-02T03", None),
    ("2020-01-02Z", None),
    ("soon", None),
    # The hour that comes twice, and the hour that never comes.
    ("2020-11-01T01:30", "2020-11-01T06:30Z"),
    ("2020-03-08T02:30", "2020-03-08T07:30Z"),
]


@pytest.mark.parametrize(("cell", "expected"), TIME_CASES)
def test_a_time_is_read_in_its_zone(cell: str, expected: str | None) -> None:
    read = moment(cell, "America/New_York")
    if expected is None:
        assert read is Fault.NOT_A_TIME
    else:
        assert isinstance(read, Moment)
        assert read.at == instant(expected)


def test_an_hour_that_comes_twice_or_never_is_the_later_instant() -> None:
    at = [moment(text, "Europe/Berlin") for text in ("2021-10-31T02:30", "2021-03-28T02:30")]
    assert at == [
        Moment(instant("2021-10-31T01:30Z"), None),
        Moment(instant("2021-03-28T01:30Z"), None),
    ]


def test_a_time_without_a_zone_says_so() -> None:
    assert moment("1970-01-01T00:00:01", None) == Moment(1_000_000, None)
    assert moment(5, None) is Fault.WRONG_TYPE
    assert moment(" ", None) is None


NUMBERS = EventTable("t", customer="id", occurred_at="at", measures={"n": "money(2)"})
# A failure names its cell: shrinking tables of cells, each read by DuckDB, would take minutes.
UNSHRUNK = [Phase.explicit, Phase.reuse, Phase.generate]
ROOMY = settings(
    phases=UNSHRUNK,
    max_examples=8,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.large_base_example],
)


def column(name: str, cells: Any) -> pa.Table:
    count = len(cells)
    return pa.table({"id": [1] * count, "at": ["2020-01-01"] * count, name: cells})


number_texts = st.from_regex(
    r"[+-]?[0-9]{0,20}\.?[0-9]{0,20}(e[+-]?[0-9]{1,3})?", fullmatch=True
) | st.sampled_from([cell for cell, scale, _ in NUMBER_CASES if isinstance(cell, str)])


@ROOMY
@given(texts=st.lists(number_texts, min_size=60, max_size=80))
def test_sql_and_python_read_the_same_texts_of_numbers(tmp_path: Path, texts: list[str]) -> None:
    path = tmp_path / "n.csv"
    with path.open("w", newline="") as lines:
        csv.writer(lines).writerows([["id", "at", "n"], *([1, "2020-01-01", t] for t in texts)])
    found = read_in_sql(NUMBERS, Part("measure", "n"), path)
    for text, read in zip(texts, found, strict=True):
        assert read == expected_of(number(text, 2)), text


near = st.integers(-(10**17), 10**17) | st.integers(-(10**14), 10**14) | st.integers(-999, 999)
fractions = st.floats() | near.map(lambda units: units / 100) | near.map(lambda units: units / 1000)


@ROOMY
@given(st.lists(fractions, min_size=60, max_size=80))
def test_sql_and_python_read_the_same_binary_fractions(cells: list[float]) -> None:
    found = read_in_sql(NUMBERS, Part("measure", "n"), column("n", cells))
    for cell, read in zip(cells, found, strict=True):
        assert read == expected_of(number(cell, 2)), cell


decimals = st.decimals(-(10**17), 10**17, places=4) | near.map(lambda units: Decimal(units) / 100)


@ROOMY
@given(st.lists(decimals | st.none(), min_size=60, max_size=80))
def test_sql_and_python_read_the_same_decimals(cells: list[Decimal | None]) -> None:
    source = column("n", pa.array(cells, pa.decimal128(28, 4)))
    found = read_in_sql(NUMBERS, Part("measure", "n"), source)
    for cell, read in zip(cells, found, strict=True):
        assert read == expected_of(number(cell, 2)), cell


@ROOMY
@given(st.lists(st.none() | near | st.integers(-(2**63), 2**63 - 1), min_size=60, max_size=80))
def test_sql_and_python_read_the_same_whole_numbers(cells: list[int | None]) -> None:
    found = read_in_sql(NUMBERS, Part("measure", "n"), column("n", pa.array(cells, pa.int64())))
    for cell, read in zip(cells, found, strict=True):
        assert read == expected_of(number(cell, 2)), cell


CATEGORIES = EventTable("t", customer="id", occurred_at="at", categories=["c"])


@pytest.mark.parametrize(
    "cells",
    [
        [1.0, -3.0, 1.5, float("nan"), float("inf"), 2.0**53, 2.0**54, -0.0, None],
        [True, False, None],
        ["a", "", " ", "Ä", "1.0", None],
        [1, -1, 2**62, None],
    ],
)
def test_sql_and_python_read_the_same_categories(cells: list[Any]) -> None:
    found = read_in_sql(CATEGORIES, Part("category", "c"), column("c", pa.array(cells)))
    for cell, (value, faults) in zip(cells, found, strict=True):
        text = None if value is None else str(value).lower() if isinstance(value, bool) else value
        read = (None if text is None else str(text), faults)
        assert read == expected_of(category(cell)), cell


time_texts = st.from_regex(
    r"20[0-2][0-9]-[0-1][0-9]-[0-3][0-9]([T ][0-2][0-9]:[0-5][0-9](:[0-5][0-9](\.[0-9]{1,9})?)?"
    r" ?(Z|UTC|[+-][0-2][0-9](:?[0-5][0-9])?)?)?",
    fullmatch=True,
) | st.sampled_from([cell for cell, _ in TIME_CASES])


@pytest.mark.parametrize("zone", ["America/New_York", "Asia/Kolkata", None])
@settings(max_examples=5, phases=UNSHRUNK)
@given(texts=st.lists(time_texts, min_size=60, max_size=80))
def test_sql_and_python_read_the_same_times(zone: str | None, texts: list[str]) -> None:
    table = EventTable("t", customer="id", occurred_at="at", timezone=zone)
    source = pa.table({"id": [1] * len(texts), "at": texts})
    found = read_in_sql(table, Part("occurred_at", "at"), source)
    for text, (at, faults) in zip(texts, found, strict=True):
        read = moment(text, zone)
        assert (at, faults) == expected_of(read.at if isinstance(read, Moment) else read), text
