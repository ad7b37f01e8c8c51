"""Registers in DuckDB: rows of merged ids, of erased customers, and what customers agreed to."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

import duckdb
import numpy as np
import pyarrow as pa

from features.aliases import Stretch, follow, persons
from features.arrays import Bools, Ints, Values
from features.columns import staged
from features.connection import literal, quoted
from features.contract import readings
from features.errors import DefinitionError
from features.identity import Identity
from features.instants import BEGINNING, NEVER, micros
from features.knots import links_of
from features.permits import Permits
from features.reading import Raw
from features.registers import Consents, Erasures, Identities
from features.tables import Table, is_register, register_faults

KIN = "kin"
"""Every id that a link names, and the person that it is by everything known."""

_ALWAYS = f"({BEGINNING + 1} - 1)"


class Left(NamedTuple):
    """Rows of erased customers, and the first and last event of the others."""

    erased: int
    first: int | None
    last: int | None


@dataclass(frozen=True)
class Registered:
    """What registers say, kept in temporary tables of a connection.

    Parameters
    ----------
    connection : duckdb.DuckDBPyConnection
        Where the tables are.
    identity : Identity or None
        Who is who; None when no ids were merged.
    erases : bool
        Whether anybody asked to be forgotten.
    consents : Consents or None
        The contract of consents.
    left : dict of str to Left
        By table that lost rows, what is left of it.
    """

    connection: duckdb.DuckDBPyConnection
    identity: Identity | None = None
    erases: bool = False
    consents: Consents | None = None
    left: dict[str, Left] = field(default_factory=dict)

    def rows(self, table: Table, read: str) -> str:
        """Return the query of a table's rows without those of erased customers, and count them."""
        if not self.erases:
            return read
        kept = f"SELECT * FROM ({read}) ANTI JOIN erased USING (customer)"
        at = "NULL" if table.occurred_at is None else "occurred_at"
        counted = self.connection.execute(
            f"SELECT (SELECT count(*) FROM ({read}) SEMI JOIN erased USING (customer)), "
            f"min({at}), max({at}) FROM ({kept})"
        ).fetchall()
        self.left[table.name] = Left(*counted[0])
        return kept

    def merged(self, table: Table, read: str) -> str:
        """Return the query of a table's rows under every customer that they ever stand for.

        A row of an alias is as many rows as there are stretches, each with ``linked_at``, the
        instant at which its customer became known, and ``superseded_at``, that of the next one.
        """
        if self.identity is None:
            return read
        made = _one_each(read) if table.occurred_at is None else _in_turn(table, read)
        if not self.erases:
            return made
        return f"SELECT * FROM ({made}) ANTI JOIN erased USING (customer)"

    def permits(self, customers: int, first: int = 0) -> dict[str, Permits]:
        """Return what some customers of those that were just sorted agreed to, by use."""
        if self.consents is None:
            return {}
        made = {}
        for use, purpose in self.consents.uses.items():
            arrow = self.connection.sql(
                f"SELECT owner - {first} AS owner, since, given FROM "
                f"(SELECT owner, {_person('customers')} AS customer FROM customers "
                f"LEFT JOIN {KIN} USING (customer)) JOIN consented USING (customer) "
                f"WHERE purpose = {literal(purpose)} "
                f"AND owner >= {first} AND owner < {first + customers} ORDER BY owner, since"
            ).to_arrow_table()
            counts = np.bincount(arrow["owner"].to_numpy(), minlength=customers)
            offsets = np.concatenate([[0], np.cumsum(counts)]).astype(np.int64)
            since: Ints = arrow["since"].to_numpy()
            given: Bools = arrow["given"].to_numpy(zero_copy_only=False)
            made[use] = Permits(offsets, since, given, self.consents.unless_said)
        return made


def register(
    connection: duckdb.DuckDBPyConnection,
    tables: Sequence[Table],
    raws: Sequence[Raw],
    ids: str,
) -> Registered:
    """Read the registers among some tables.

    Parameters
    ----------
    connection : duckdb.DuckDBPyConnection
        Where their sources are open.
    tables : sequence of Table
        Contracts, of which some are registers.
    raws : sequence of Raw
        Their sound sources.
    ids : str
        DuckDB type of customer ids.

    Returns
    -------
    Registered
    """
    found = {type(table): (table, raw) for table, raw in zip(tables, raws, strict=True)}
    connection.execute(f"CREATE OR REPLACE TEMP TABLE {KIN} (customer {ids}, person {ids})")
    identity, consents = None, None
    if Identities in found:
        identity = _identity(connection, *found[Identities], ids)
    erases = erased_of(connection, list(zip(tables, raws, strict=True)), ids)
    if Consents in found:
        table, raw = found[Consents]
        _consented(connection, table, raw, ids)
        consents = table if isinstance(table, Consents) else None
    return Registered(connection, identity, erases, consents)


def require_single(tables: Sequence[Table]) -> None:
    """Refuse two registers of one kind, and registers alone.

    Raises
    ------
    DefinitionError
        With every kind that is there twice.
    """
    faults = register_faults(tables)
    if tables and all(is_register(each) for each in tables):
        faults.append("expected a table of events or attributes beside those about customers")
    if faults:
        raise DefinitionError("reading of tables", faults)


def _identity(
    connection: duckdb.DuckDBPyConnection, table: Table, raw: Raw, ids: str
) -> Identity | None:
    found = readings(table, raw)
    numbered = f"(SELECT *, row_number() OVER () AS n FROM {quoted(raw.view)})"
    times = next(reading for part, reading in found.items() if part.role == "known_at")
    rows = f"(SELECT *, {times.value} AS known_at FROM {staged(numbered, found.values())})"
    stretches = follow(links_of(connection, rows, found, ids)).stretches
    if all(each.root == each.alias for each in stretches):
        return None
    kind = pa.int64() if ids == "BIGINT" else pa.string()
    kin = persons(stretches)
    _put(connection, KIN, {"customer": pa.array(kin, kind), "person": pa.array(kin.values(), kind)})
    others = [each.alias for each in stretches if each.root != each.alias]
    ever = set(others)
    moved = [each for each in stretches if each.alias in ever]
    _put(connection, "aliases", _columns(moved, kind))
    return Identity(
        _array([each.alias for each in stretches], ids),
        np.array([each.since for each in stretches], dtype=np.int64),
        np.array([each.until for each in stretches], dtype=np.int64),
        _array([each.root for each in stretches], ids),
    )


def erased_of(
    connection: duckdb.DuckDBPyConnection, pairs: Sequence[tuple[Table, Raw]], ids: str
) -> bool:
    """Put the ids of customers who asked to be forgotten into the table ``erased``.

    Parameters
    ----------
    connection : duckdb.DuckDBPyConnection
        Where the sources are open.
    pairs : sequence of (Table, Raw)
        Contracts and their sound sources; a table may come in several deliveries.
    ids : str
        DuckDB type of customer ids.

    Returns
    -------
    bool
        Whether there is anybody.
    """
    asked = [_values(*pair, {"customer": ids}) for pair in pairs if isinstance(pair[0], Erasures)]
    if not asked:
        return False
    connection.execute(f"CREATE TEMP TABLE IF NOT EXISTS {KIN} (customer {ids}, person {ids})")
    connection.execute(
        "CREATE OR REPLACE TEMP TABLE erased AS "
        f"WITH asked AS ({' UNION ALL '.join(asked)}), "
        f"gone AS (SELECT DISTINCT {_person('asked')} AS person FROM asked "
        f"LEFT JOIN {KIN} USING (customer)) "
        f"SELECT customer FROM {KIN} SEMI JOIN gone USING (person) "
        "UNION SELECT person FROM gone UNION SELECT customer FROM asked"
    )
    return bool(connection.execute("SELECT count(*) FROM erased").fetchall()[0][0])


def _consented(connection: duckdb.DuckDBPyConnection, table: Table, raw: Raw, ids: str) -> None:
    kinds = {"customer": ids, "known_at": "BIGINT", "purpose": "VARCHAR", "given": "BOOLEAN"}
    connection.execute(
        "CREATE OR REPLACE TEMP TABLE consented AS "
        f"WITH said AS ({_values(table, raw, kinds)}) "
        f"SELECT {_person('said')} AS customer, purpose, known_at AS since, "
        "bool_and(given) AS given "
        f"FROM said LEFT JOIN {KIN} USING (customer) GROUP BY ALL"
    )


def _person(relation: str) -> str:
    return f"coalesce({KIN}.person, {relation}.customer)"


def _values(table: Table, raw: Raw, kinds: Mapping[str, str]) -> str:
    found = readings(table, raw)
    chosen = ", ".join(
        f"({reading.value})::{kinds[part.role]} AS {part.role}"
        for part, reading in found.items()
        if part.role in kinds
    )
    return f"SELECT {chosen} FROM {staged(quoted(raw.view), found.values())}"


def _in_turn(table: Table, read: str) -> str:
    """Return the rows of a table with times, each under one customer after the other."""
    happened = f"r.occurred_at + {micros(table.lag)}" if table.lag else "r.occurred_at"
    known_at = "r.known_at" if table.known_at is not None else happened
    until = f"coalesce(a.until, {NEVER})"
    ends = f"least(r.superseded_at, {until})" if table.versions else until
    others = "customer, superseded_at" if table.versions else "customer"
    return (
        f"SELECT r.* EXCLUDE ({others}), coalesce(a.root, r.customer) AS customer, "
        f"coalesce(a.since, {_ALWAYS}) AS linked_at, {ends} AS superseded_at "
        f"FROM ({read}) AS r LEFT JOIN aliases AS a ON r.customer = a.alias "
        f"WHERE a.alias IS NULL OR greatest({known_at}, a.since) < {ends}"
    )


def _one_each(read: str) -> str:
    """Return the rows of a static table, so that a customer has one at every cutoff.

    A customer's own row stands; where there is none, that of the first of its aliases.
    """
    return (
        "WITH held AS (SELECT r.* EXCLUDE (customer), r.customer AS own, "
        f"coalesce(a.root, r.customer) AS customer, coalesce(a.since, {_ALWAYS}) AS since, "
        f"coalesce(a.until, {NEVER}) AS until "
        f"FROM ({read}) AS r LEFT JOIN aliases AS a ON r.customer = a.alias), "
        "edges AS (SELECT DISTINCT customer, unnest([since, until]) AS low FROM held), "
        "pieces AS (SELECT customer, low, "
        "lead(low) OVER (PARTITION BY customer ORDER BY low) AS high FROM edges) "
        "SELECT held.* EXCLUDE (own, since, until), low AS linked_at, high AS superseded_at "
        "FROM held JOIN pieces USING (customer) WHERE since <= low AND high <= until "
        "QUALIFY row_number() OVER (PARTITION BY customer, low ORDER BY own <> customer, own) = 1"
    )


def _put(connection: duckdb.DuckDBPyConnection, name: str, columns: Mapping[str, pa.Array]) -> None:
    connection.register("came", pa.table(dict(columns)))
    connection.execute(f"CREATE OR REPLACE TEMP TABLE {name} AS SELECT * FROM came")
    connection.unregister("came")


def _columns(stretches: Sequence[Stretch], kind: pa.DataType) -> dict[str, pa.Array]:
    return {
        "alias": pa.array([each.alias for each in stretches], kind),
        "since": pa.array([each.since for each in stretches], pa.int64()),
        "until": pa.array([each.until for each in stretches], pa.int64()),
        "root": pa.array([each.root for each in stretches], kind),
    }


def _array(values: Sequence[int | str], ids: str) -> Values:
    return np.array(values, dtype=np.int64 if ids == "BIGINT" else object)
