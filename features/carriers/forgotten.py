"""Rows of erased customers in sources that are looked at one by one."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import duckdb

from features.carriers.registered import Registered, register
from features.carriers.rows import rows_of, shared_ids
from features.columns import staged
from features.connection import quoted
from features.contract import Checked, readings, without_erased
from features.reading import Raw
from features.registers import Erasures, Identities
from features.tables import Table


@dataclass(frozen=True)
class Forgotten:
    """Who asked to be forgotten, kept in temporary tables of a connection.

    Parameters
    ----------
    registered : Registered
        What the registers say.
    ids : str
        DuckDB type of customer ids.
    """

    registered: Registered
    ids: str

    def without(self, table: Table, raw: Raw, checked: Checked) -> Checked:
        """Take the rows of erased customers out of what a sound source holds."""
        if not self._loses(table):
            return checked
        self.registered.rows(table, rows_of(table, raw, self.ids))
        return without_erased(table, checked, *self.registered.left[table.name])

    def drop(self, table: Table, rows: str) -> None:
        """Delete the rows of erased customers from what `features.typed.type_rows` made."""
        if self._loses(table):
            self.registered.connection.execute(
                f"DELETE FROM {rows} WHERE customer::{self.ids} IN (SELECT customer FROM erased)"
            )

    def hide(self, table: Table, raw: Raw, faulty: str) -> None:
        """Empty the cells of erased customers in what `features.sieve.sift` set aside.

        Parameters
        ----------
        table : Table
            Contract.
        raw : Raw
            The source, with its faulty rows.
        faulty : str
            `Sieve.faulty` of it.
        """
        if not self._loses(table):
            return
        found = {part.role: reading for part, reading in readings(table, raw).items()}
        names = [found[role].value for role in ("customer", "alias") if role in found]
        listed = ", ".join(f"TRY_CAST({name} AS {self.ids})" for name in names)
        numbered = f"(SELECT *, row_number() OVER () AS n FROM {quoted(raw.view)})"
        self.registered.connection.execute(
            f"UPDATE {faulty} SET cell = NULL WHERE n IN (SELECT n FROM "
            f"(SELECT n, unnest([{listed}]) AS customer FROM {staged(numbered, found.values())}) "
            "SEMI JOIN erased USING (customer))"
        )

    def _loses(self, table: Table) -> bool:
        # The requests themselves say who is left out: only their times and number are told.
        return self.registered.erases and not isinstance(table, Erasures)


def forgotten(
    connection: duckdb.DuckDBPyConnection, tables: Sequence[Table], raws: Sequence[Raw]
) -> Forgotten:
    """Find who asked to be forgotten, with all ids that are known to be the same customer.

    Parameters
    ----------
    connection : duckdb.DuckDBPyConnection
        Where the sources are open.
    tables : sequence of Table
        Contracts.
    raws : sequence of Raw
        Their sound sources.

    Raises
    ------
    DefinitionError
        When somebody may be erased, and customer ids of the tables are of two kinds.
    """
    if not any(isinstance(table, Erasures) for table in tables):
        return Forgotten(Registered(connection), "VARCHAR")
    ids = shared_ids(connection, tables, raws)
    told = [
        pair
        for pair in zip(tables, raws, strict=True)
        if isinstance(pair[0], Erasures | Identities)
    ]
    found = register(connection, [table for table, _ in told], [raw for _, raw in told], ids)
    return Forgotten(found, ids)
