"""Whom and when to look at: customers of every table, and cutoffs on and between its events."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import zip_longest
from typing import Final

import duckdb
import numpy as np
import pyarrow as pa

from features.arrays import Ints
from features.aside import Receiver
from features.carriers.registered import register
from features.carriers.sifted import sifted, tell
from features.cells import LARGEST
from features.connection import connected
from features.contract import check_raw
from features.errors import CohortError
from features.instants import DAY, micros
from features.prove.kin import read_links, with_other_names
from features.prove.rows import Rows, customer_key, read_rows
from features.reading import Raw, Source, open_source
from features.registers import Identities
from features.tables import Table, is_register

ATTEMPTS: Final = 50
"""Times that every cutoff is drawn anew before fewer cutoffs are taken."""

_ROOM: Final = 2**62


@dataclass(frozen=True, eq=False)
class Sample:
    """Customers with all of their rows, and the cutoffs at which they are looked at.

    Parameters
    ----------
    tables : sequence of Table
        Contracts of what vectors depend on; links between ids come last.
    rows : mapping of str to Rows
        Rows of the customers, by table. Customer ``i`` is called ``2 i + 1``, so that newcomers fit
        before, between and after.
    levels : mapping of str to mapping
        By table and category: levels, see `read_rows`.
    customers : sequence of str
        Ids, ascending as texts.
    cutoffs : (k,) int64
        Ascending, UTC microseconds.
    counts : mapping of str to int
        Rows of each whole table.
    seed : int
        Of everything that is drawn.
    """

    tables: Sequence[Table]
    rows: Mapping[str, Rows]
    levels: Mapping[str, Mapping[str, Sequence[str]]]
    customers: Sequence[str]
    cutoffs: Ints
    counts: Mapping[str, int]
    seed: int

    @property
    def numbers(self) -> Ints:
        """What the customers are called here, (c,) int64."""
        return np.arange(len(self.customers), dtype=np.int64) * 2 + 1

    @property
    def newcomers(self) -> Ints:
        """What customers are called who are not there yet: before, amid and after the others."""
        many = len(self.customers)
        return np.unique(np.array([0, many // 2, many], dtype=np.int64)) * 2

    def called(self, number: int | str) -> str:
        """Return the id of a customer by number, as events of others name it."""
        place, is_known = divmod(int(number), 2)
        return self.customers[place] if is_known else f"newcomer {place}"

    @property
    def span(self) -> int:
        """Above every number of a customer."""
        return 2 * len(self.customers) + 1

    def room(self, table: Table) -> int:
        """Return the largest size of a changed measure whose sums still fit 64 bits."""
        owners = self.rows[table.name][table.customer]
        longest = int(np.bincount(owners).max(initial=0))
        return min(LARGEST, _ROOM // (2 * longest + 32))

    def digest(self) -> str:
        """Return the SHA-256 of the rows."""
        digest = hashlib.sha256()
        for name, rows in self.rows.items():
            digest.update(f"{name}:{self.levels[name]}".encode())
            for column, cells in rows.columns.items():
                digest.update(f"{column}:{len(cells)};".encode() + cells.tobytes())
        return digest.hexdigest()


def sample(
    tables: Sequence[Table],
    sources: Mapping[str, Source],
    *,
    cutoffs: int,
    customers: int,
    seed: int,
    naming: Sequence[tuple[str, str]] = (),
    memory: str = "2GiB",
    now: int | None = None,
    quarantine: Receiver | None = None,
) -> Sample:
    """Check the tables, draw customers and cutoffs, and read the customers' rows.

    Nobody who asked to be forgotten is drawn; who is drawn comes with all other names.

    Parameters
    ----------
    tables : sequence of Table
        Contracts.
    sources : mapping of str to Source
        Where each table lies.
    cutoffs, customers : int
        How many to draw, 1 or more; fewer are taken where there are fewer.
    seed : int
        The same seed and rows draw the same, in whatever order the rows come.
    naming : sequence of (table, category)
        Where rows name other customers: half of those drawn are then such as the others name.
    memory : str
        Memory limit of DuckDB.
    now : int, optional
        Instant after which nothing can have happened; the clock when left out.
    quarantine : callable, optional
        Set aside rows that break a contract by themselves, as training does, and tell it for every
        table how many and why. Left out, such a row refuses its table.

    Raises
    ------
    ContractError
        When a source breaks the contract of its table.
    CohortError
        When no table has a time.
    """
    with connected(memory) as connection:
        raws = {
            table.name: open_source(connection, table, sources[table.name], f"raw_{place}")
            for place, table in enumerate(tables)
        }
        if quarantine is None:
            checked = {t.name: check_raw(connection, t, raws[t.name], now) for t in tables}
            counts = {name: each.rows for name, each in checked.items()}
        else:
            sound, asides = sifted(connection, tables, list(raws.values()), now)
            raws = dict(zip(raws, sound, strict=True))
            counts = {each.table: each.used for each in asides}
        registered = register(connection, tables, list(raws.values()), "VARCHAR")
        seen = [table for table in tables if not is_register(table)]
        if quarantine is not None:
            keys = {t.name: customer_key(t, raws[t.name], "customer") for t in seen}
            tell(connection, quarantine, asides, keys, registered.erases)
        turns = _turns(connection, seen, raws, customers, seed, registered.erases)
        if naming:
            half = turns[: (customers + 1) // 2]
            named = _named(connection, seen, raws, half, naming, registered.erases)
            turns = [*half, *named, *turns]
        picked = sorted([*dict.fromkeys(turns)][:customers])
        picked = with_other_names(picked, registered.identity)
        places = pa.table({"key": picked, "number": [2 * n + 1 for n in range(len(picked))]})
        connection.register("picked", places)
        read = {
            table.name: read_rows(connection, table, raws[table.name], "picked") for table in seen
        }
        numbers = dict(zip(picked, places["number"].to_pylist(), strict=True))
        for table in tables:
            if isinstance(table, Identities):
                seen.append(table)
                links = read_links(connection, table, raws[table.name], numbers)
                read[table.name] = (links, {})
    rows = {name: found for name, (found, _) in read.items()}
    levels = {name: found for name, (_, found) in read.items()}
    drawn = _cutoffs(seen, rows, cutoffs, np.random.default_rng(seed))
    return Sample(seen, rows, levels, picked, drawn, counts, seed)


def clocks(table: Table, rows: Rows) -> tuple[Ints, Ints]:
    """Return when rows happened and when they were known, UTC microseconds; not of a static table.

    Returns
    -------
    tuple of (n,) int64
        The two clocks.
    """
    occurred_at = rows[str(table.occurred_at)]
    known_at = rows[table.known_at] if table.known_at else occurred_at + micros(table.lag)
    return occurred_at, known_at


def _turns(
    connection: duckdb.DuckDBPyConnection,
    tables: Sequence[Table],
    raws: Mapping[str, Raw],
    many: int,
    seed: int,
    erases: bool,
) -> list[str]:
    there = "WHERE key NOT IN (SELECT customer FROM erased) " if erases else ""
    listed = [
        connection.execute(
            f"SELECT key FROM (SELECT DISTINCT key FROM ({customer_key(table, raws[table.name])})) "  # noqa: S608
            f"{there}ORDER BY md5(key || ':' || ?), key LIMIT ?",
            [str(seed), many],
        ).fetchall()
        for table in tables
    ]
    # In turns, so that a table which only few customers have is looked at too.
    turns = (key for turn in zip_longest(*listed) for row in turn if row for key in row)
    return list(dict.fromkeys(turns))[:many]


def _named(
    connection: duckdb.DuckDBPyConnection,
    tables: Sequence[Table],
    raws: Mapping[str, Raw],
    keys: Sequence[str],
    naming: Sequence[tuple[str, str]],
    erases: bool,
) -> list[str]:
    """Return the customers whom rows of some customers name, ascending."""
    places = pa.table({"key": [*keys], "number": [*range(len(keys))]})
    connection.register("naming", places)
    names: set[str] = set()
    for table in tables:
        columns = [column for name, column in naming if name == table.name]
        if columns:
            _, levels = read_rows(connection, table, raws[table.name], "naming")
            names.update(*(levels[column] for column in columns))
    connection.register("named", pa.table({"key": sorted(names)}))
    found: set[str] = set()
    for table in tables:
        everyone = customer_key(table, raws[table.name])
        rows = connection.execute(f"SELECT key FROM named SEMI JOIN ({everyone}) USING (key)")  # noqa: S608
        found |= {key for (key,) in rows.fetchall()}
    if erases:
        gone = connection.execute("SELECT customer FROM erased").fetchall()
        found -= {key for (key,) in gone}
    return sorted(found)


def _cutoffs(
    tables: Sequence[Table], rows: Mapping[str, Rows], many: int, random: np.random.Generator
) -> Ints:
    times = list(_times(tables, rows))
    if not times:
        names = ", ".join(table.name for table in tables)
        raise CohortError(
            f"none of the tables {names} has a time, so no cutoff can be drawn; "
            "declare occurred_at on a table of events"
        )
    found: dict[int, None] = {}
    for attempt in range(ATTEMPTS):
        for place in range(many):
            if len(found) < many:
                clock = times[(place + attempt) % len(times)]
                share = (place + random.random()) / many
                at = int(clock[min(int(share * len(clock)), len(clock) - 1)])
                found[_moved(at, clock, (place // len(times) + attempt) % 3, random)] = None
    return np.array(sorted(found), dtype=np.int64)


def _times(tables: Sequence[Table], rows: Mapping[str, Rows]) -> Iterator[Ints]:
    for table in tables:
        if table.occurred_at is not None and len(rows[table.name]):
            occurred_at, known_at = clocks(table, rows[table.name])
            yield np.sort(occurred_at)
            if not np.array_equal(occurred_at, known_at):
                yield np.sort(known_at)
        elif isinstance(table, Identities) and len(rows[table.name]):
            yield np.sort(rows[table.name][table.known_at])


def _moved(at: int, clock: Ints, way: int, random: np.random.Generator) -> int:
    """Leave a cutoff on an event, where a tie is; or take that day's midnight, or any instant."""
    if way == 1:
        return at // DAY * DAY
    return int(random.integers(clock[0], clock[-1] + 1)) if way == 2 else at
