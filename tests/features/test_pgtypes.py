from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from features.carriers.duck import load
from features.columns import WHOLE
from features.connection import connected
from features.contract import check
from features.errors import ContractError
from features.instants import instant
from features.postgres import PostgresQuery, PostgresTable
from features.reading import open_source
from features.tables import AttributeTable, EventTable
from tests.helpers.compared import cells
from tests.helpers.postgres import PLAIN, SALES, Server


def row(server: Server, values: str, columns: str = "client, at, x", **more: Any) -> Any:
    query = f"SELECT {columns} FROM (VALUES {values}) AS t ({columns})"
    roles = {"customer": "client", "occurred_at": "at"} | more
    return EventTable("t", **roles), PostgresQuery(server.dsn(), query)


def values_of(server: Server, values: str, **more: Any) -> list[Any]:
    table, source = row(server, values, **more)
    return list(cells(load([table], {"t": source}).events["t"])["x"])


def test_every_type_arrives_exactly(server: Server) -> None:
    part = load([SALES], {"sales": PostgresTable(server.dsn(), "web.sales")})
    events = part.events["sales"]
    assert part.customers.tolist() == [7, 8]
    assert events.occurred_at.tolist() == [
        instant("2020-01-01T10:00:00Z"),
        instant("2020-01-01T12:00:00Z"),
    ]
    assert events.known_at[0] == instant("2020-01-02")
    held = cells(events)
    assert held["paid"] == [9007199254740991, 10]
    assert held["units"] == [3, None]
    assert held["weight"] == [1125, None]
    assert held["shop"] == ["Köln '1'", None]
    assert held["kind"] == ["old", None]
    assert held["code"] == ["a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11", None]
    assert held["online"] == ["true", None]


def test_dates_and_local_times_need_a_zone(server: Server) -> None:
    for column, moment in {"day": "2020-01-02T23:00Z", "local": "2020-01-03T09:00Z"}.items():
        query = f"SELECT * FROM web.sales WHERE {column} IS NOT NULL;"
        source = PostgresQuery(server.dsn(), query)
        table = EventTable("sales", "client", column)
        with pytest.raises(ContractError, match=r"times without one .*declare timezone="):
            check(table, source)
        zoned = EventTable("sales", "client", column, timezone="Europe/Berlin")
        events = load([zoned], {"sales": source}).events["sales"]
        assert events.occurred_at.tolist() == [instant(moment)]


def test_money_of_the_locale_padding_and_oids_are_read(server: Server) -> None:
    table = EventTable(
        "sales",
        "client",
        "at",
        measures={"fee": "money(2)", "node": "int"},
        categories=["pad", "big"],
    )
    held = cells(load([table], {"sales": PostgresTable(server.dsn(), "web.sales")}).events["sales"])
    assert held["fee"] == [123456, None]
    assert held["node"] == [4_000_000_000, None]
    assert held["pad"] == ["ab", None]
    assert held["big"] == ["12345678901234567890", None]


@pytest.mark.parametrize("kind", ["int2", "int4", "int8"])
def test_whole_numbers_keep_their_kind(server: Server, kind: str) -> None:
    query = PostgresQuery(server.dsn(), f"SELECT 1::{kind} AS client, now() AS at")
    with connected() as connection:
        raw = open_source(connection, PLAIN, query, "raw")
        assert raw.kinds["client"] in WHOLE


@pytest.mark.parametrize(
    ("written", "units"),
    [("0.29", 29), ("90071992547409.91", 2**53 - 1), ("-0.01", -1), ("1e3", 100_000), ("5", 500)],
)
def test_numerics_are_exact_to_the_last_digit(server: Server, written: str, units: int) -> None:
    value = f"(1, now(), {written}::numeric)"
    assert values_of(server, value, measures={"x": "money(2)"}) == [units]


@pytest.mark.parametrize(
    ("written", "words"),
    [
        ("'NaN'::numeric", r"finite number, came NaN or infinity in 1 row \(row 2: 'NaN'\)"),
        ("'-Infinity'::numeric", r"finite number, came NaN or infinity .*row 2: '-Infinity'"),
        ("'NaN'::float8::numeric", r"finite number, came NaN or infinity in 1 row \(row 2"),
        ("0.001::numeric", r"at most 2 decimals, .* came more in 1 row \(row 2: '0\.001'\)"),
        ("1e20::numeric", r"at most 2\*\*53 units of 10\*\*-2, .* came a larger one"),
    ],
)
def test_a_numeric_that_cannot_be_held_is_told(server: Server, written: str, words: str) -> None:
    values = f"(1, now(), 1.00::numeric), (1, now(), {written})"
    table, source = row(server, values, measures={"x": "money(2)"})
    with pytest.raises(ContractError, match=words):
        check(table, source)


def test_binary_fractions_that_are_none_are_told(server: Server) -> None:
    values = "(1, now(), 1::float8), (1, now(), 'NaN'), (1, now(), 'inf')"
    table, source = row(server, values, measures={"x": "money(2)"})
    with pytest.raises(ContractError, match=r"NaN or infinity in 2 rows \(row 2: nan, row 3: inf"):
        check(table, source)


@pytest.mark.parametrize("kind", ["timestamptz", "timestamp", "date"])
@pytest.mark.parametrize(
    ("moment", "shown"),
    [
        ("infinity", "infinity"),
        ("-infinity", "-infinity"),
        ("294000-01-01", "infinity"),
        ("4000-01-01 BC", "-infinity"),
        ("9999-12-31", "9999-12-31"),
        ("0900-01-01", "0900-01-01"),
    ],
)
def test_times_out_of_range_are_told(server: Server, kind: str, moment: str, shown: str) -> None:
    values = f"(1, '2020-01-01'::{kind}), (1, '{moment}'::{kind})"
    table, source = row(server, values, columns="client, at", timezone="UTC")
    with pytest.raises(ContractError, match=rf"years 1000 to 2999, .* in 1 row \(row 2: {shown}"):
        check(table, source)


def test_ids_that_are_numerics_fit_whole_numbers(server: Server) -> None:
    source = PostgresQuery(server.dsn(), "SELECT 5::numeric(10, 0) AS client, now() AS at")
    other = AttributeTable("clients", customer="id", categories=["city"], static=True)
    same = PostgresQuery(server.dsn(), "SELECT 5 AS id, 'x' AS city")
    assert load([PLAIN, other], {"sales": source, "clients": same}).customers.tolist() == [5]


@pytest.mark.parametrize(("column", "kind"), [("note", "jsonb"), ("tags", "_int4")])
def test_types_that_no_contract_allows_are_told(server: Server, column: str, kind: str) -> None:
    table = EventTable("sales", "client", "at", categories=[column])
    with pytest.raises(ContractError, match=f"column '{column}': .*came the type {kind};"):
        check(table, PostgresTable(server.dsn(), "web.sales"))


def test_sums_equal_those_of_the_server(server: Server) -> None:
    server.run(
        "CREATE TABLE many AS SELECT n % 1000 AS client, timestamptz '2020-01-01' + n * "
        "interval '1 second' AS at, (n * 7919 % 100003)::numeric / 100 AS paid "
        "FROM generate_series(1, 200000) AS n"
    )
    table = EventTable("many", "client", "at", measures={"paid": "money(2)"})
    events = load([table], {"many": PostgresTable(server.dsn(), "many")}).events["many"]
    total = "SELECT 1 AS client, now() AS at, sum(paid)::text AS paid FROM many"
    with connected() as connection:
        one = EventTable("one", "client", "at", categories=["paid"])
        raw = open_source(connection, one, PostgresQuery(server.dsn(), total), "raw")
        expected = connection.sql(f"SELECT {raw.cells['paid']} FROM {raw.view}").fetchall()[0][0]
    assert len(events) == 200_000
    assert Decimal(sum(cells(events)["paid"])) / 100 == Decimal(expected)
