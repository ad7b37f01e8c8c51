"""One customer in a request: posted records become the partition that tables would give."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np

from features.arrays import Ints
from features.calendar import Dated
from features.carriers.order import tie_breakers
from features.carriers.records import Found, Record, read_records
from features.cells import customer as customer_cell
from features.errors import ContractError, DefinitionError, Violation
from features.faults import Fault, Part, violation
from features.instants import BEGINNING, micros
from features.segments import Category, Column, Events, Levels, Number, Partition
from features.tables import Table, is_register, measure
from features.versions import NEVER, superseded_at
from features.zones import clock


def from_records(
    tables: Sequence[Table],
    records: Mapping[str, Sequence[Record]],
    customer: int | str,
    *,
    now: int | None = None,
) -> Partition:
    """Turn the records of one customer into a partition.

    The arrays are those that `features.carriers.duck.load` makes of the same rows, bit for bit.

    Parameters
    ----------
    tables : sequence of Table
        Contracts. Nothing is posted to registers, which are about more customers than one.
    records : mapping of str to sequence of mapping
        Records by table, in any order. Times are ISO 8601 text; measures are numbers or text of
        numbers; a key that is left out, or null, is an empty cell. The customer may be left out.
        Tables left out are empty.
    customer : int or str
        Id of the customer.
    now : int, optional
        Instant after which nothing can have happened, UTC microseconds; the clock when left out.

    Returns
    -------
    Partition
        Of this one customer.

    Raises
    ------
    ContractError
        With every violation in every table; rows are counted from 1.
    DefinitionError
        When there is no table.

    Examples
    --------
    >>> paid = {"paid": "money(2)"}
    >>> from features.tables import EventTable
    >>> visits = EventTable("visits", customer="id", occurred_at="at", measures=paid)
    >>> posted = {"visits": [{"at": "2020-01-01T10:00:00Z", "paid": 12.34}]}
    >>> from_records([visits], posted, 7).events["visits"].columns["paid"].values
    array([1234])
    """
    # Whoever posts records says whose they are.
    tables = [table for table in tables if not is_register(table)]
    if not tables:
        raise DefinitionError("reading of records", ["expected at least one table, got none"])
    customer = customer.item() if isinstance(customer, np.generic) else customer
    limit = clock() if now is None else now
    known = {table.name: table for table in tables}
    found: dict[str, Found] = {}
    faults = _strangers(known, records)
    faults += _customer_faults(tables, customer)
    for name, table in known.items():
        rows = records.get(name, ())
        if not isinstance(rows, Sequence) or isinstance(rows, str):
            came = f"{type(rows).__name__}"
            faults.append((name, Violation("(all)", "a list of records", came, "send a list")))
            continue
        found[name] = read_records(table, rows, customer, limit)
        faults += [(name, fault) for fault in found[name].violations()]
    if faults:
        at_fault = ", ".join(dict.fromkeys(name for name, _ in faults))
        raise ContractError(
            at_fault,
            "request",
            [replace(each, column=f"{name}.{each.column}") for name, each in faults],
        )
    return Partition(
        customers=np.array([customer], dtype=object if isinstance(customer, str) else np.int64),
        events={name: _events(each) for name, each in found.items()},
    )


def _strangers(
    known: Mapping[str, Table], records: Mapping[str, Sequence[Record]]
) -> list[tuple[str, Violation]]:
    expected = f"a table among {', '.join(known)}"
    return [
        (str(name), Violation("(all)", expected, f"{name!r}", "check the name of the table"))
        for name in records
        if name not in known
    ]


def _customer_faults(tables: Sequence[Table], customer: object) -> list[tuple[str, Violation]]:
    read = customer_cell(customer)
    if read is None:
        read = Fault.ABSENT
    if not isinstance(read, Fault):
        return []
    table = tables[0]
    came = type(customer).__name__
    return [(table.name, violation(read, table, Part("customer", table.customer), came=came))]


def _events(found: Found) -> Events:
    table, rows = found.table, found.rows
    happened = found.times.get("occurred_at", [BEGINNING] * rows)
    known = found.times.get("known_at", happened)
    ends = (
        superseded_at([each or "" for each in found.ids], known).tolist()
        if table.versions
        else [NEVER] * rows
    )
    # A withdrawal has ended the version before it, and is no event itself.
    order = [row for row in range(rows) if not (found.withdrawn and found.withdrawn[row])]
    if len(set(happened)) == rows:
        order.sort(key=happened.__getitem__)
    else:
        ranked = (found.cells[column] for column in tie_breakers(table))
        keys = [[(cell is not None, cell or 0) for cell in cells] for cells in ranked]
        order.sort(
            key=lambda row: (happened[row], known[row], *(key[row] for key in keys), ends[row])
        )
    occurred_at = _ints([happened[row] for row in order])
    known_at = occurred_at
    if table.known_at is not None and happened != known:
        known_at = _ints([known[row] for row in order])
        known_at = occurred_at if np.array_equal(known_at, occurred_at) else known_at
    elif table.lag and rows and micros(table.lag):
        known_at = occurred_at + micros(table.lag)
    columns: dict[str, Column] = {}
    for column in table.measures:
        cells = [found.cells[column][row] for row in order]
        columns[column] = _number(cells, measure(table, column).scale)
    for column in table.categories:
        columns[column] = _category([found.cells[column][row] for row in order])
    dated = Dated(columns, occurred_at, table.timezone or "UTC")
    until = _ints([ends[row] for row in order]) if table.versions else None
    return Events(_ints([0, len(order)]), occurred_at, known_at, dated, until)


def _number(cells: Sequence[int | None], scale: int) -> Number:
    values = _ints([cell or 0 for cell in cells])
    absent = None in cells
    present = np.array([cell is not None for cell in cells], dtype=np.bool_) if absent else None
    return Number(values, present, scale)


def _category(cells: Sequence[str | None]) -> Category:
    names = sorted({cell for cell in cells if cell is not None})
    codes: dict[str | None, int] = {name: code for code, name in enumerate(names)}
    codes[None] = -1
    return Category(
        np.array([codes[cell] for cell in cells], dtype=np.int32),
        Levels(np.array(names, dtype=object)),
    )


def _ints(values: Sequence[int]) -> Ints:
    return np.array(values, dtype=np.int64)
