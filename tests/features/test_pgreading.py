from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from features import pgreading
from features.carriers.duck import load
from features.connection import connected
from features.contract import check
from features.errors import ContractError, StateError
from features.postgres import PostgresQuery, PostgresTable
from features.reading import open_sources
from features.sources import label_of
from features.tables import EventTable
from tests.helpers.compared import assert_same_partition
from tests.helpers.postgres import PASSWORD, PLAIN, SALES, Server, dsn_of


def test_a_text_names_a_table_as_the_value_does(server: Server) -> None:
    assert check(SALES, f"{server.dsn()}#late").rows == 1
    assert check(SALES, PostgresTable(server.dsn(), "public.late")).rows == 1


def test_tables_of_one_project_come_from_one_snapshot(
    server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    server.run(
        "CREATE TABLE a AS SELECT 1 AS client, now() AS at",
        "CREATE TABLE b AS SELECT 1 AS client, now() AS at",
    )
    tables = [EventTable("a", "client", "at"), EventTable("b", "client", "at")]
    honest = pgreading.staged

    def meanwhile(*given: Any) -> Any:
        came = honest(*given)
        server.run("INSERT INTO a VALUES (2, now())", "INSERT INTO b VALUES (2, now())")
        return came

    monkeypatch.setattr("features.reading.staged", meanwhile)
    with connected() as connection:
        sources = {name: PostgresTable(server.dsn(), name) for name in "ab"}
        raws = open_sources(connection, tables, sources)
        counts = [connection.sql(f"SELECT count(*) FROM {each.view}").fetchall() for each in raws]
    assert counts == [[(1,)], [(1,)]]


def test_nothing_is_written(server: Server) -> None:
    source = PostgresQuery(server.dsn(), "SELECT nextval('counter') AS client, now() AS at")
    server.run("CREATE SEQUENCE counter")
    with pytest.raises(StateError, match=r"cannot execute nextval\(\) in a read-only transaction"):
        check(PLAIN, source)


def test_an_absent_table_is_told_with_those_that_are_there(server: Server) -> None:
    with pytest.raises(
        StateError, match=r"has no table or view 'sales'; it has .*late.*web\.sales"
    ):
        check(SALES, PostgresTable(server.dsn(), "sales"))


def test_an_absent_column_is_told(server: Server) -> None:
    table = EventTable("sales", "customer", "at")
    with pytest.raises(ContractError, match=r"'customer': .* no such column among client, at, kno"):
        check(table, PostgresTable(server.dsn(), "web.sales"))
    query = PostgresQuery(server.dsn(), "SELECT customer FROM web.sales")
    with pytest.raises(StateError, match=r'column "customer" does not exist .*; mend the query'):
        check(table, query)


def test_two_columns_of_one_name_are_told(server: Server) -> None:
    query = PostgresQuery(server.dsn(), "SELECT 1 AS client, 2 AS client, now() AS at")
    with pytest.raises(ContractError, match="column 'client': expected one column of this name"):
        check(PLAIN, query)


def test_a_right_that_is_missing_is_told_and_one_for_columns_is_enough(server: Server) -> None:
    source = PostgresTable(server.dsn("reader", "r%2Fe%40d"), "web.sales")
    with pytest.raises(
        StateError, match=r"permission denied for table sales.*GRANT SELECT"
    ) as told:
        check(PLAIN, source)
    assert "r/e@d" not in str(told.value)
    server.run("GRANT SELECT (client, at) ON web.sales TO reader")
    assert check(PLAIN, source).rows == 2


def test_a_stream_that_breaks_off_is_told(server: Server) -> None:
    query = "SELECT 10 / (3 - n) AS client, now() AS at FROM generate_series(1, 3) AS n"
    with pytest.raises(StateError, match=r"division by zero.*; mend the query"):
        check(PLAIN, PostgresQuery(server.dsn(), query))


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"password": "wrong-one"}, "password authentication failed .*PGPASSWORD or ~/.pgpass$"),
        ({"user": "nobody"}, "authentication failed .*; check the user, and the password"),
        ({"database": "nowhere"}, '"nowhere" does not exist; check the name of the database'),
    ],
)
def test_a_server_that_refuses_is_told(server: Server, change: dict[str, str], words: str) -> None:
    source = PostgresTable(server.dsn(**change), "web.sales")
    with pytest.raises(StateError, match=words) as told:
        check(PLAIN, source)
    spoken = f"{told.value!r} {told.value} {told.value.__context__} {told.value.__cause__}"
    assert PASSWORD not in spoken
    assert "wrong-one" not in spoken


def test_a_server_that_is_down_is_told() -> None:
    source = PostgresTable(dsn_of("ann", "hush-hush", "127.0.0.1:1/crm"), "sales")
    with pytest.raises(StateError, match=r"refused.*; is the server running, and are host") as told:
        check(PLAIN, source)
    assert str(told.value).startswith("postgresql://ann@127.0.0.1:1/crm cannot be reached: ")


def test_a_password_is_never_shown(server: Server) -> None:
    dsn = f"{server.dsn()}?sslpassword={PASSWORD}&application_name=x"
    for source in (PostgresTable(dsn, "sales"), PostgresQuery(dsn, "SELECT nothing")):
        shown = [repr(source), str(source), label_of(source), f"{source}"]
        with pytest.raises(StateError) as told:
            check(PLAIN, source)
        error: BaseException | None = told.value
        while error is not None:
            shown += [str(error), repr(error)]
            error = error.__cause__ or error.__context__
        assert PASSWORD not in " ".join(shown)
    assert PASSWORD not in label_of(f"{dsn}#sales")


def test_a_missing_driver_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(__import__("sys").modules, "adbc_driver_postgresql", None)
    with pytest.raises(StateError, match=r"pip install 'foretell\[postgres\]'"):
        check(PLAIN, PostgresTable("postgresql://db/crm", "sales"))


def test_a_table_is_read_as_its_parquet_is(server: Server, tmp_path: Path) -> None:
    server.run(
        "CREATE TABLE twin AS SELECT n % 7 AS client, timestamptz '2020-01-01' + n * interval "
        "'1 hour' AS at, n::numeric / 100 AS paid, 'shop ' || n % 3 AS shop "
        "FROM generate_series(1, 99) AS n"
    )
    table = EventTable("twin", "client", "at", measures={"paid": "money(2)"}, categories=["shop"])
    with connected() as connection:
        connection.sql(
            "SELECT n % 7 AS client, TIMESTAMPTZ '2020-01-01 00:00:00+00' + n * INTERVAL 1 HOUR "
            "AS \"at\", n::DECIMAL(9, 2) / 100 AS paid, 'shop ' || n % 3 AS shop "
            "FROM range(1, 100) AS r(n)"
        ).write_parquet(str(tmp_path / "twin.parquet"))
    assert_same_partition(
        load([table], {"twin": PostgresTable(server.dsn(), "twin")}),
        load([table], {"twin": tmp_path / "twin.parquet"}),
    )
