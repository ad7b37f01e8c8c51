"""Cells of posted records: read, and every fault noted."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final, TypeAlias

from features.cells import Moment, category, flag, moment, number
from features.errors import Violation
from features.faults import Fault, Part, offset_text, parts_of, shown, violation
from features.instants import iso
from features.tables import EventTable, Table, columns_of, measure

_EXAMPLES: Final = 3

Record: TypeAlias = Mapping[str, object]


@dataclass
class Found:
    """Cells of one table as they are read, and what is wrong with them.

    Parameters
    ----------
    table : Table
        Contract.
    times : dict of str to list of int
        By role; only of columns that are read as a whole.
    cells : dict of str to list
        Measures and categories, by column.
    rows : int
        Records.
    ids : list of str or None
        Event ids; None where one cannot be read.
    withdrawn : list of bool
        Which records withdraw their event.
    """

    table: Table
    times: dict[str, list[int]] = field(default_factory=dict)
    cells: dict[str, list[Any]] = field(default_factory=dict)
    rows: int = 0
    ids: list[str | None] = field(default_factory=list)
    withdrawn: list[bool] = field(default_factory=list)
    faults: dict[tuple[Fault, Part], list[tuple[int, object]]] = field(default_factory=dict)
    came: dict[tuple[Fault, Part], str] = field(default_factory=dict)
    other: list[Violation] = field(default_factory=list)

    def note(self, fault: Fault, part: Part, row: int, value: object, came: str = "") -> None:
        """Note a fault of a row, counted from 1."""
        self.faults.setdefault((fault, part), []).append((row, value))
        self.came[fault, part] = came

    def violations(self) -> Iterator[Violation]:
        """Put what was noted into words."""
        yield from self.other
        for (fault, part), rows in self.faults.items():
            examples = [(row, shown(value)) for row, value in rows[:_EXAMPLES]]
            came = self.came[fault, part]
            yield violation(fault, self.table, part, len(rows), examples, came)


def read_records(table: Table, rows: Sequence[Record], customer: int | str, limit: int) -> Found:
    """Read the records of one table.

    Parameters
    ----------
    table : Table
        Contract.
    rows : sequence of mapping
        Records, in any order.
    customer : int or str
        Whose records they must be.
    limit : int
        Instant after which nothing can have happened, UTC microseconds.
    """
    found = Found(table)
    parts = parts_of(table)
    columns = set(columns_of(table))
    sound: list[Record] = []
    for row, record in enumerate(rows, start=1):
        if not isinstance(record, dict) and not isinstance(record, Mapping):
            came = f"{type(record).__name__} in row {row}"
            found.other.append(Violation("(all)", "an object of cells", came, "send an object"))
        else:
            sound.append(record)
            if not record.keys() <= columns:
                found.other += _unknown(record, columns_of(table), row)
    if len(sound) < len(rows):
        return found
    found.rows = len(sound)
    for part in parts:
        cells = [record.get(part.column) for record in sound]
        if part.role == "customer":
            _read_customer(found, part, cells, sound, customer)
        elif part.role == "occurred_at" or part.role == "known_at":
            _read_times(found, part, cells, limit)
        elif part.role == "event_id":
            _read_ids(found, part, cells)
        elif part.role == "withdrawn":
            read = [flag(cell) for cell in cells]
            _keep(found, part, cells, read)
            found.withdrawn = [each is True for each in read]
        elif part.role == "measure":
            scale = measure(table, part.column).scale
            _keep(found, part, cells, [number(cell, scale) for cell in cells])
        else:
            _keep(found, part, cells, [category(cell) for cell in cells])
    _compare_clocks(found, parts, sound)
    _compare_versions(found, parts, sound)
    return found


def _unknown(record: Record, columns: Sequence[str], row: int) -> list[Violation]:
    expected, remedy = f"columns among {', '.join(columns)}", "check the name of the column"
    return [
        Violation(str(name), expected, f"an unknown column in row {row}", remedy)
        for name in record
        if name not in columns
    ]


def _keep(found: Found, part: Part, cells: Sequence[object], read: list[Any]) -> None:
    for row, value in enumerate(read, start=1):
        if isinstance(value, Fault):
            _note(found, value, part, row, cells[row - 1])
    found.cells[part.column] = read


def _note(found: Found, fault: Fault, part: Part, row: int, cell: object) -> None:
    came = type(cell).__name__ if fault is Fault.WRONG_TYPE else ""
    found.note(fault, part, row, cell, came)


def _read_customer(
    found: Found, part: Part, cells: Sequence[object], rows: Sequence[Record], customer: object
) -> None:
    for row, cell in enumerate(cells, start=1):
        given = part.column in rows[row - 1]
        if given and (
            cell != customer or isinstance(cell, bool) or type(cell) is not type(customer)
        ):
            found.note(Fault.OTHER_CUSTOMER, part, row, cell, shown(customer))
    if found.table.event_id == part.column:
        for row in range(2, len(cells) + 1):
            found.note(Fault.DUPLICATE, part, row, customer)


def _read_ids(found: Found, part: Part, cells: Sequence[object]) -> None:
    seen: set[str] = set()
    for row, cell in enumerate(cells, start=1):
        read = category(cell)
        if read is None:
            found.note(Fault.ABSENT, part, row, cell)
        elif isinstance(read, Fault):
            _note(found, read, part, row, cell)
        elif read in seen and not found.table.versions:
            found.note(Fault.DUPLICATE, part, row, cell)
        else:
            seen.add(read)
        found.ids.append(read if isinstance(read, str) else None)


def _read_times(found: Found, part: Part, cells: Sequence[object], limit: int) -> None:
    table = found.table
    read = [moment(cell, table.timezone) for cell in cells]
    good = [(row, value) for row, value in enumerate(read, 1) if isinstance(value, Moment)]
    if len(good) < len(read):
        for row, unread in enumerate(read, start=1):
            if unread is None:
                found.note(Fault.ABSENT, part, row, cells[row - 1])
            elif isinstance(unread, Fault):
                _note(found, unread, part, row, cells[row - 1])
    written = {value.minutes for _, value in good}
    offsets = {minutes for minutes in written if minutes is not None}
    naive = [row for row, value in good if value.minutes is None] if None in written else []
    if naive and offsets:
        zoned = [row for row, value in good if value.minutes is not None]
        came = f"{len(zoned):,} with a zone and {len(naive):,} without"
        for row in naive if len(naive) <= len(zoned) else zoned:
            found.note(Fault.MIXED_ZONES, part, row, cells[row - 1], came)
    elif naive and table.timezone is None:
        for row in naive:
            found.note(Fault.NAIVE, part, row, cells[row - 1])
    elif len(offsets) > 1 and table.timezone is None:
        low, high = min(offsets), max(offsets)
        came = f"offsets from {offset_text(low)} to {offset_text(high)}"
        for row, value in good:
            if value.minutes != low:
                found.note(Fault.MIXED_OFFSETS, part, row, cells[row - 1], came)
    else:
        # A change of an attribute may be known today and take effect later.
        due = isinstance(table, EventTable) or part.role == "known_at" or table.known_at is None
        times = [value.at for _, value in good]
        if due and max(times, default=limit) > limit:
            for row, value in good:
                if value.at > limit:
                    found.note(Fault.FUTURE, part, row, cells[row - 1], iso(limit))
        found.times[part.role] = times


def _compare_clocks(found: Found, parts: Sequence[Part], records: Sequence[Record]) -> None:
    part = next((each for each in parts if each.role == "known_at"), None)
    happened, known = found.times.get("occurred_at"), found.times.get("known_at")
    if part is None or happened is None or known is None:
        return
    # Cells that could not be read left holes: the two lists no longer stand side by side.
    if not len(happened) == len(known) == len(records) or not isinstance(found.table, EventTable):
        return
    for row, (before, after) in enumerate(zip(happened, known, strict=True), start=1):
        if after < before:
            found.note(Fault.KNOWN_EARLY, part, row, records[row - 1][part.column])


def _compare_versions(found: Found, parts: Sequence[Part], records: Sequence[Record]) -> None:
    known = found.times.get("known_at", [])
    if not found.table.versions or len(known) != len(records):
        return
    part = next(each for each in parts if each.role == "event_id")
    seen: set[tuple[str, int]] = set()
    for row, (name, at) in enumerate(zip(found.ids, known, strict=True), start=1):
        if name is not None and (name, at) in seen:
            found.note(Fault.DUPLICATE, part, row, records[row - 1][part.column])
        elif name is not None:
            seen.add((name, at))
