from __future__ import annotations

from pathlib import Path
from typing import Any

import pandas as pd
import pyarrow as pa
import pytest

from features.contract import check
from features.errors import ContractError, StateError
from features.instants import instant
from features.tables import AttributeTable, EventTable

NOW = instant("2021-01-01T00:00:00Z")
Z = "2020-01-01T00:00:00Z"


def table(**more: Any) -> EventTable:
    return EventTable("visits", customer="id", occurred_at="at", **more)


MONEY = {"measures": {"paid": "money(2)"}}


@pytest.mark.parametrize(
    ("contract", "columns", "words"),
    [
        (table(), {"ID": [1], "at": [Z]}, "column 'id'.* no such column among ID, at; is ID meant"),
        (table(), {"id": [1.5], "at": [Z]}, "came binary fractions"),
        (table(), {"id": [True], "at": [Z]}, "came true and false"),
        (table(), {"id": [None, 1], "at": [Z, Z]}, r"empty cells in 1 row \(row 1: nothing\)"),
        (table(), {"id": [1], "at": pa.array([None], pa.string())}, "a time in every row"),
        (table(), {"id": [1, 1], "at": [Z, " "]}, r"a time in every row.*\(row 2: ' '\)"),
        (table(), {"id": ["a", ""], "at": [Z, Z]}, r"empty cells in 1 row \(row 2: ''\)"),
        (table(), {"id": [1], "at": ["2020-01-01"]}, "times without one in 1 row"),
        (table(), {"id": [1, 1], "at": [Z, "2020-01-01"]}, "1 with a zone and 1 without"),
        (table(), {"id": [1, 1], "at": [Z, "2020-01-01T00:00+02:00"]}, r"from \+00:00 to \+02:00"),
        (table(), {"id": [1, 1], "at": [Z, "soon"]}, r"row 2: 'soon'"),
        (table(), {"id": [1], "at": ["2022-01-01T00:00Z"]}, "times that have not come yet"),
        (table(**MONEY), {"id": [1], "at": [Z], "paid": ["1"]}, "came text"),
        (table(**MONEY), {"id": [1], "at": [Z], "paid": [float("nan")]}, "came NaN or infinity"),
        (table(**MONEY), {"id": [1], "at": [Z], "paid": [3.129]}, r"2 decimals.*row 1: 3\.129"),
        (table(**MONEY), {"id": [1], "at": [Z], "paid": [2**53]}, r"2\*\*53 units of 10\*\*-2"),
        (table(categories=["c"]), {"id": [1], "at": [Z], "c": [1.5]}, "not whole"),
        (table(event_id="e"), {"id": [1, 1], "at": [Z, Z], "e": [5, 5]}, "row 2: 5"),
        (
            table(known_at="k"),
            {"id": [1], "at": [Z], "k": ["2019-01-01T00:00Z"]},
            "events known before they happened",
        ),
        (table(), {"id": pa.array([], pa.int64()), "at": pa.array([], pa.string())}, "an empty"),
        (table(complete_until="2022-01-01"), {"id": [1], "at": [Z]}, "column 'complete_until'"),
        (
            AttributeTable("visits", customer="id", static=True),
            {"id": [1, 2, 1]},
            "row 3: 1",
        ),
    ],
)
def test_each_violation_has_its_words(contract: Any, columns: Any, words: str) -> None:
    with pytest.raises(ContractError, match=words) as caught:
        check(contract, pa.table(columns), now=NOW)
    assert len(caught.value.violations) == 1


def test_all_violations_of_a_csv_come_at_once(tmp_path: Path) -> None:
    path = tmp_path / "visits.csv"
    path.write_text("id;at;paid\n1;2020-13-01T00:00Z;1.50\n;2020-01-01T00:00Z;1,50\n1;;inf\n")
    with pytest.raises(ContractError) as caught:
        check(table(**MONEY), path, now=NOW)
    text = str(caught.value)
    for words in ("row 1: '2020-13-01T00:00Z'", "row 2: nothing", "row 2: '1,50'", "row 3: 'inf'"):
        assert words in text


def test_rows_are_counted_by_file(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text(f"id,at\n1,{Z}\n1,{Z}\n")
    (tmp_path / "b.csv").write_text(f"id,at\n1,{Z}\n1,never\n")
    with pytest.raises(ContractError, match=r"row 2: 'never' in b\.csv"):
        check(table(), tmp_path, now=NOW)


def test_naive_and_aware_objects_of_pandas_are_mixed_zones() -> None:
    mixed = pd.Series([pd.Timestamp("2020-01-01"), pd.Timestamp(Z)], dtype=object)
    with pytest.raises(ContractError, match="1 with a zone and 1 without"):
        check(table(), pd.DataFrame({"id": [1, 2], "at": mixed}), now=NOW)


def test_a_clean_table_tells_its_span() -> None:
    checked = check(table(), pa.table({"id": [1, 2], "at": [Z, "2020-02-01T00:00:00Z"]}), now=NOW)
    assert (checked.rows, checked.first) == (2, instant(Z))
    assert checked.complete_until == checked.last == instant("2020-02-01")


def test_a_change_known_today_may_take_effect_later() -> None:
    later = {"id": [1], "from": ["2022-01-01T00:00Z"], "known": [Z]}
    tiers = AttributeTable("tiers", customer="id", occurred_at="from", known_at="known")
    assert check(tiers, pa.table(later), now=NOW).rows == 1
    with pytest.raises(ContractError, match=r"column 'known': .*times that have not come yet"):
        check(tiers, pa.table(later | {"known": later["from"]}), now=NOW)
    alone = AttributeTable("tiers", customer="id", occurred_at="from")
    with pytest.raises(ContractError, match=r"column 'from': .*times that have not come yet"):
        check(alone, pa.table(later), now=NOW)


def test_a_missing_file_is_told(tmp_path: Path) -> None:
    with pytest.raises(StateError, match="no table is there"):
        check(table(), tmp_path / "none.parquet")
