"""Rows of a ready-made table as a program posts them: cells of JSON, held to the contract.

They mean what they mean in a file, see `features.ready.read`; but a cell of JSON has a type, so
that one of another kind is told by its place and never guessed at.
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from difflib import get_close_matches
from functools import partial
from typing import Any, Final

import numpy as np

from features.arrays import Values
from features.errors import DefinitionError
from features.instants import DAY, instant
from features.ready.given import feature_name
from features.ready.read import Rows
from features.ready.table import LabelledTable
from serving.refusals import RefusalError

Cell = Any
"""What JSON holds; only null, true and false, numbers and texts can be read."""
Read = Callable[[Cell], Any]

SHOWN: Final = 50
"""Faults that are told one by one, at most."""

_TOLD: Final = 100
"""Letters of a cell that are told, at most."""

_EXACT: Final = 1e15
_LARGEST: Final = 2**63
_MONTH: Final = re.compile(r"([0-9]{4})-?(0[1-9]|1[0-2])")
_DAY: Final = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}.*", re.DOTALL)


class _OddError(ValueError):
    """A cell that is not what its column holds; says what was expected."""


@dataclass(frozen=True)
class _Column:
    """How the cells of a column are read, what holds them, and whether the model needs them."""

    read: Read
    kind: type
    needed: bool = True


def read_posted(contract: LabelledTable, rows: Sequence[Mapping[str, Cell]], now: datetime) -> Rows:
    """Read posted rows.

    Parameters
    ----------
    contract : LabelledTable
        From `training.bundle.asked.contract_of`.
    rows : sequence of mapping
        Cells by column. Each row has every column that is read, null where nothing is known;
        columns of customer and time are there in all rows or in none; others are left aside.
    now : datetime
        When rows stand that do not tell.

    Returns
    -------
    Rows
        In the order of the request.

    Raises
    ------
    RefusalError
        422 with the place of each cell that is missing or cannot be read.

    Examples
    --------
    >>> calls = LabelledTable(
    ...     "calls", "y", as_of="2020-01-01", numbers=["age"], categories=["job"], described=True
    ... )
    >>> posted = [{"age": 31, "job": "nurse"}, {"age": None, "job": 7}]
    >>> read_posted(calls, posted, datetime.now(UTC)).columns
    {'age': array([31., nan]), 'job': array(['nurse', '7'], dtype=object)}
    """
    faults: list[dict[str, str]] = []
    asked = _columns(contract, rows)
    made = {name: _taken(name, column, rows, faults) for name, column in asked.items()}
    if faults:
        raise _broken(contract, faults)
    stands = instant(now if contract.as_of is None else contract.as_of)
    times = made.get(contract.time, np.full(len(rows), stands, dtype=np.int64))
    made |= {name: (times - made[name]) / DAY for name in contract.since}
    return Rows(
        contract,
        made.get(contract.customer),
        times,
        {feature_name(name): made[name] for name in contract.inputs},
        None,
        "the request",
    )


def _columns(contract: LabelledTable, rows: Sequence[Mapping[str, Cell]]) -> dict[str, _Column]:
    found = dict.fromkeys(contract.numbers, _Column(_number, np.float64))
    found |= dict.fromkeys(contract.categories, _Column(_level, object))
    # Whole microseconds are exact in a float for 285 years around 1970.
    found |= dict.fromkeys(contract.since, _Column(partial(_moment, empty=True), np.float64))
    if contract.since or any(contract.time in row for row in rows if contract.time):
        found[contract.time] = _Column(_moment, np.int64, bool(contract.since))
    ids = [row[contract.customer] for row in rows if contract.customer in row]
    if contract.customer and ids:
        whole = not isinstance(ids[0], str)
        kind = np.int64 if whole else object
        found[contract.customer] = _Column(partial(_id, whole=whole), kind, needed=False)
    return found


def _taken(
    name: str,
    column: _Column,
    rows: Sequence[Mapping[str, Cell]],
    faults: list[dict[str, str]],
) -> Values:
    """Return the cells of a column; those at fault are added to the faults."""
    cells = []
    for place, row in enumerate(rows):
        try:
            if name not in row:
                raise _OddError(_absent(name, row, column.needed))
            cells.append(column.read(row[name]))
        except _OddError as error:
            faults.append({"where": f"rows.{place}.{name}", "message": str(error)})
    return np.array(cells, dtype=column.kind)


def _number(cell: Cell) -> float:
    if cell is None:
        return math.nan
    if not isinstance(cell, int | float):
        raise _OddError(f"expected a number or null, got {_said(cell)}")
    try:
        number = float(cell)
    except OverflowError:
        number = math.inf
    if not math.isfinite(number):
        raise _OddError(f"expected a finite number or null, got {_said(cell)}")
    return number


def _level(cell: Cell) -> str | None:
    """Name a level as files of typed columns do: whole numbers have one name."""
    if cell is None:
        return None
    if isinstance(cell, bool):
        return str(cell).lower()
    if isinstance(cell, float) and math.isfinite(cell):
        return str(int(cell)) if cell.is_integer() and abs(cell) < _EXACT else repr(cell)
    if not isinstance(cell, str) and not (isinstance(cell, int) and abs(cell) <= _LARGEST):
        raise _OddError(f"expected a text, a number or null, got {_said(cell)}")
    text = str(cell).strip(" ")
    return (text.lower() if text.lower() in ("true", "false") else text) or None


def _moment(cell: Cell, empty: bool = False) -> float:
    """Read a day, a month or a time, which is UTC where it names no zone, as microseconds."""
    if empty and (cell is None or cell == ""):
        return math.nan
    is_read = isinstance(cell, str) or (type(cell) is int and 0 < cell < _EXACT)
    text = str(cell).strip(" ") if is_read else ""
    try:
        if month := _MONTH.fullmatch(text):
            return instant(f"{month[1]}-{month[2]}-01")
        if _DAY.fullmatch(text):
            moment = datetime.fromisoformat(text)
            return instant(moment if moment.tzinfo else moment.replace(tzinfo=UTC))
    except (ValueError, DefinitionError):
        pass
    null = " or null" if empty else ""
    wanted = f"a date, a time or a month, such as '2020-05-31'{null}"
    raise _OddError(f"expected {wanted}, got {_said(cell)}")


def _id(cell: Cell, whole: bool) -> int | str:
    if type(cell) is int and whole and -_LARGEST <= cell < _LARGEST:
        return cell
    if isinstance(cell, str) and not whole and cell:
        return cell
    wanted = "a whole number" if whole else "a text"
    raise _OddError(f"expected {wanted} as the id of the customer, got {_said(cell)}")


def _said(cell: Cell) -> str:
    """Say in a few words what came."""
    if isinstance(cell, list | dict):
        return "a list" if isinstance(cell, list) else "an object"
    if isinstance(cell, int) and abs(cell) > _LARGEST:
        return "a whole number of more than 63 bits"
    told = f"the text {cell!r}" if isinstance(cell, str) else json.dumps(cell)
    return told if len(told) <= _TOLD else f"{told[:_TOLD]}..."


def _absent(column: str, row: Mapping[str, Cell], needed: bool) -> str:
    near = get_close_matches(column, list(row), n=1)
    meant = f"; is {near[0]!r} meant?" if near else ""
    if needed:
        return f"the model reads column {column!r}: give it, null where nothing is known{meant}"
    return f"column {column!r} is there in other rows: give it in all of them, or in none{meant}"


def _broken(contract: LabelledTable, faults: Sequence[dict[str, str]]) -> RefusalError:
    many = len(faults)
    ways = "1 way" if many == 1 else f"{many:,} ways"
    first = f" for {SHOWN} of them" if many > SHOWN else ""
    message = f"the rows break the contract of {contract.name} in {ways}; see details{first}"
    return RefusalError(422, "contract_broken", message, faults[:SHOWN])
