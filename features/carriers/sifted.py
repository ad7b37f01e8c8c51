"""Sources without the rows that break their contract by themselves, and who is told of them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace

import duckdb

from features.aside import Aside, Receiver
from features.contract import sound_raw
from features.reading import Raw
from features.tables import Table


def sifted(
    connection: duckdb.DuckDBPyConnection,
    tables: Sequence[Table],
    raws: Sequence[Raw],
    now: int | None = None,
) -> tuple[list[Raw], list[Aside]]:
    """Return opened sources without such rows, and what was set aside of each.

    Raises
    ------
    ContractError
        As `features.contract.sound_raw`.
    """
    sieves = [
        sound_raw(connection, table, raw, now)[0] for table, raw in zip(tables, raws, strict=True)
    ]
    return [sieve.sound for sieve in sieves], [sieve.aside for sieve in sieves]


def tell(
    connection: duckdb.DuckDBPyConnection,
    quarantine: Receiver,
    asides: Iterable[Aside],
    reads: Mapping[str, str],
    erases: bool,
) -> None:
    """Tell what was set aside, with the sound rows of customers who asked to be forgotten.

    Parameters
    ----------
    connection : duckdb.DuckDBPyConnection
        Where the sources are open, and the table ``erased`` when ``erases``.
    quarantine : callable
        Who is told.
    asides : iterable of Aside
        From `sifted`.
    reads : mapping of str to str
        By table, a query of its sound rows with their ``customer``; none of registers.
    erases : bool
        Whether anybody asked to be forgotten.
    """
    for each in asides:
        gone = 0
        if erases and each.table in reads:
            query = f"SELECT count(*) FROM ({reads[each.table]}) SEMI JOIN erased USING (customer)"
            gone = int(connection.execute(query).fetchall()[0][0])
        quarantine(replace(each, erased=gone))
