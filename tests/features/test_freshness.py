"""How fresh a table is: nothing that was not known before the instant counts."""

from __future__ import annotations

from typing import Any

import pyarrow as pa
import pytest

from features.connection import connected
from features.freshness import Freshness, freshness
from features.instants import DAY, instant, iso
from features.reading import open_source
from features.tables import AttributeTable, EventTable, Table
from features.typed import type_rows

AT = instant("2020-06-29T00:00:00Z")


def told(table: Table, columns: dict[str, Any], at: int = AT) -> Freshness:
    with connected() as connection:
        raw = open_source(connection, table, pa.table(columns), "raw")
        return freshness(connection, table, type_rows(connection, table, raw), at)


def visits(days: list[float], **more: Any) -> Freshness:
    """Freshness of visits that happened some days before the instant."""
    table = EventTable("visits", customer="id", occurred_at="at", **more)
    times = [iso(AT - round(each * DAY)) for each in days]
    return told(table, {"id": [1] * len(days), "at": times})


def test_rows_are_counted_in_half_open_windows() -> None:
    found = visits([0, 0.25, 1, 1.5, 7, 7.5, 28, 29])
    assert found.recent == {1: 2, 7: 4, 28: 6}
    assert found.age == 0.25
    assert found.last_occurred == found.last_known == AT - DAY // 4


def test_what_is_known_later_does_not_count() -> None:
    found = visits([0.25, 3], lag=1)
    assert (found.last_occurred, found.last_known) == (AT - 3 * DAY, AT - 2 * DAY)
    assert found.recent == {1: 0, 7: 1, 28: 1}
    assert found.age == 2


@pytest.mark.parametrize(("limit", "stale"), [(None, False), (2, True), (3, False), (4, False)])
def test_a_table_is_stale_past_its_limit(limit: float | None, stale: bool) -> None:
    found = visits([3, 10], fresh_within=limit)
    assert found.is_stale == stale
    assert found.to_json()["stale"] == stale
    if stale:
        assert str(found) == (
            "visits is stale: expected something new within 2 days, but as of "
            "2020-06-29T00:00:00Z the last news was 3.0 days old; feed the table, or declare "
            "another fresh_within"
        )


def test_a_table_of_which_nothing_was_known_is_stale() -> None:
    found = visits([-3], fresh_within=2)
    assert found.age is None
    assert "nothing was known" in str(found)
    assert found.to_json()["rows"] == {"last_1_days": 0, "last_7_days": 0, "last_28_days": 0}


def test_a_static_table_tells_nothing() -> None:
    table = AttributeTable("clients", customer="id", static=True)
    found = told(table, {"id": [1]})
    assert (found.age, found.is_stale, str(found)) == (None, False, "clients is fresh")
    with pytest.raises(Exception, match="never stale: drop fresh_within"):
        AttributeTable("clients", customer="id", static=True, fresh_within=1)
    with pytest.raises(Exception, match="fresh_within must be above 0 days"):
        EventTable("visits", customer="id", occurred_at="at", fresh_within=0)
