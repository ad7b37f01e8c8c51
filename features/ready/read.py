"""The rows of a ready-made table: ids, times, columns and outcomes."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Any

import duckdb
import numpy as np
import pyarrow as pa

from features.arrays import Bools, Ints, Values
from features.connection import connected, quoted
from features.errors import ContractError, Violation
from features.instants import instant
from features.reading import Raw, Source, open_source
from features.ready.beside import REMEDY, left_out, readings
from features.ready.faults import ids, missing, unread, untimed
from features.ready.given import feature_name, given
from features.ready.kinds import Reading, moment_sql_of_row, reading
from features.ready.outcome import outcome_sql
from features.ready.table import LabelledTable
from features.ready.worth import one_customer, worthless
from features.unreadable import unreadable


@dataclass(frozen=True, eq=False)
class Rows:
    """Rows of a ready-made table, in the order of the source.

    Parameters
    ----------
    table : LabelledTable
        The contract, with every column listed.
    customers : (r,) int64 or object, or None
        Ids; None when no column holds them.
    times : (r,) int64
        UTC microseconds.
    columns : mapping of str to (r,) float64 or object
        By feature, in the order of their columns' names; NaN or None where a cell is empty.
    label : (r,) bool or None
        Outcomes; None for rows that are to be scored.
    source : str
        In words.
    beside : mapping of str to (r,) float64 or object
        Columns that no model reads and rows are judged by, by column.
    """

    table: LabelledTable
    customers: Values | None
    times: Ints
    columns: Mapping[str, Values]
    label: Bools | None
    source: str
    beside: Mapping[str, Values] = field(default_factory=dict)

    def __len__(self) -> int:
        return len(self.times)


def read_rows(
    table: LabelledTable,
    source: Source,
    *,
    labelled: bool = True,
    judged_by: Collection[str] = (),
) -> Rows:
    """Read a ready-made table.

    Parameters
    ----------
    table : LabelledTable
        Contract. Columns that it does not list are read as their types say, unless the contract
        is one that was ``described`` before.
    source : Source
        A file or frame.
    labelled : bool
        Read outcomes, and hold the columns to what training needs. Otherwise the column of the
        label need not be there, and neither those of customer and time.
    judged_by : collection of str
        Names by which rows are judged; those that the contract leaves out are read beside the rest.

    Returns
    -------
    Rows

    Raises
    ------
    ContractError
        With every column that is not what it should be.
    StateError
        When there is no such file.

    Examples
    --------
    >>> calls = LabelledTable("calls", "y", positive="yes", time="at", customer="id")
    >>> cells = {"y": ["yes", "no"] * 2, "at": ["2020-01"] * 4, "id": [4, 3, 2, 1]}
    >>> rows = read_rows(calls, pa.table(cells | {"age": [31, 40, 52, None]}))
    >>> rows.table.numbers, rows.label.tolist(), rows.columns["age"].tolist()
    (('age',), [True, False, True, False], [31.0, 40.0, 52.0, nan])
    """
    beside = left_out(table, judged_by)
    with connected() as connection:
        raw = _opened(connection, table, source, beside)
        try:
            return _read(connection, table, raw, labelled, beside)
        except duckdb.Error as error:
            raise unreadable(table, raw.label, error) from error


def _opened(
    connection: duckdb.DuckDBPyConnection,
    table: LabelledTable,
    source: Source,
    beside: Sequence[str],
) -> Raw:
    wanted = replace(table, leave_out=[each for each in table.leave_out if each not in beside])
    rest = [*beside]
    if not table.described:
        there = open_source(connection, table, source, "ready_head").there
        listed = {table.label, table.customer, table.time, *table.inputs, *table.leave_out}
        rest += [name for name in dict.fromkeys(there) if name not in listed]
    opened = replace(wanted, numbers=(*wanted.numbers, *rest))
    return open_source(connection, opened, source, "ready")


@dataclass(frozen=True)
class _Plan:
    """What is asked of the source: columns of the model, columns to judge by, and SQL by name."""

    columns: list[Reading]
    judged: list[Reading]
    chosen: dict[str, str]


def _read(
    connection: duckdb.DuckDBPyConnection,
    table: LabelledTable,
    raw: Raw,
    labelled: bool,
    beside: Sequence[str],
) -> Rows:
    plan = _planned(connection, table, raw, labelled, beside)
    made = _taken(connection, raw, plan.chosen)
    if not made.num_rows:
        nothing = Violation("(all)", "at least one row", "an empty table", "check the export")
        raise ContractError(table.name, raw.label, [nothing])
    values = {each.column: _array(made[f"v{place}"]) for place, each in enumerate(plan.columns)}
    if labelled:
        faults = worthless(table, values)
        faults += one_customer(table, made["who"]) if "who" in plan.chosen else []
        if faults:
            raise ContractError(table.name, raw.label, faults)
    # Rows to be scored may tell no time: they stand today.
    as_of = instant(datetime.now(UTC) if table.as_of is None else table.as_of)
    times = np.full(made.num_rows, as_of, dtype=np.int64)
    has = plan.chosen
    return Rows(
        _described(table, plan.columns),
        _array(made["who"]) if "who" in has else None,
        np.asarray(made["at"].to_numpy(), dtype=np.int64) if "at" in has else times,
        {feature_name(name): each for name, each in values.items()},
        np.asarray(made["y"].to_numpy(zero_copy_only=False), np.bool_) if "y" in has else None,
        raw.label,
        {each.column: _array(made[f"b{place}"]) for place, each in enumerate(plan.judged)},
    )


def _planned(
    connection: duckdb.DuckDBPyConnection,
    table: LabelledTable,
    raw: Raw,
    labelled: bool,
    beside: Sequence[str],
) -> _Plan:
    """Say how every column is read, or refuse the source with all that is wrong with it."""
    faults = missing(table, raw, labelled)
    roles = {table.label, table.customer, table.time, *table.leave_out}
    found = [
        reading(connection, table, raw, name)
        for name in sorted(raw.cells)
        if name not in roles and (not table.described or name in table.inputs)
    ]
    columns = [each for each in found if isinstance(each, Reading)]
    faults += [each for each in found if isinstance(each, Violation)]
    judged, wrong = readings(connection, table, raw, beside)
    faults += wrong
    for each in columns:
        faults += unread(connection, raw, each)
    for each in judged:
        faults += unread(connection, raw, each, REMEDY)
    chosen = {f"v{place}": each.value for place, each in enumerate(columns)}
    chosen |= {f"b{place}": each.value for place, each in enumerate(judged)}
    if table.time in raw.cells:
        chosen["at"] = moment_sql_of_row(table, raw)
        faults += untimed(connection, table, raw)
    if table.customer in raw.cells:
        chosen["who"], wrong = ids(connection, table, raw)
        faults += wrong
    if labelled and table.label in raw.cells:
        chosen["y"], wrong = outcome_sql(connection, table, raw)
        faults += wrong
    if not columns:
        remedy = "a model needs at least one column that is neither label, customer nor time"
        faults.append(Violation("(all)", "columns to learn from", "none", remedy))
    if faults:
        raise ContractError(table.name, raw.label, faults)
    return _Plan(columns, judged, chosen)


def _described(table: LabelledTable, columns: Sequence[Reading]) -> LabelledTable:
    """Return the contract with every column listed; two must not make one feature."""
    by_kind = {
        name: tuple(each.column for each in columns if each.kind == name)
        for name in ("number", "category", "since")
    }
    described = replace(
        table,
        described=True,
        numbers=by_kind["number"],
        categories=by_kind["category"],
        since=by_kind["since"],
    )
    given(described)
    return described


def _taken(connection: duckdb.DuckDBPyConnection, raw: Raw, chosen: Mapping[str, str]) -> pa.Table:
    listed = ", ".join(f"{value} AS {name}" for name, value in chosen.items())
    return connection.sql(f"SELECT {listed} FROM {quoted(raw.view)}").to_arrow_table()  # noqa: S608


def _array(column: pa.ChunkedArray) -> Values:
    if pa.types.is_floating(column.type):
        return np.array(column.to_numpy(zero_copy_only=False), dtype=np.float64)
    kind: Any = np.int64 if pa.types.is_integer(column.type) else object
    return np.array(column.to_numpy(zero_copy_only=False), dtype=kind)
