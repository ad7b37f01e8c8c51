"""Columns that no model can learn from: constant ones, ids, and names of single rows."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from typing import Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from features.arrays import Values
from features.errors import Violation
from features.ready.table import LabelledTable

MOST_LEVELS: Final = 100
"""Levels of a category that is not declared; a model keeps the 32 most frequent."""

RAREST: Final = 20
"""Rows in which a level must be seen to be one, as `features.schema.Schema` counts."""

_WRITTEN: Final = re.compile(r"[-+€$£¥ ]*[0-9][0-9.,'’ ]*[%€$£¥ ]*")
"""A number with commas, marks of thousands, or a unit of money."""


def worthless(table: LabelledTable, columns: Mapping[str, Values]) -> list[Violation]:
    """Name the columns that say nothing, and what to do about each.

    Parameters
    ----------
    table : LabelledTable
        What is declared.
    columns : mapping of str to (r,) float64 or object
        Cells, by column.
    """
    return [each for name, cells in columns.items() for each in _faults(table, name, cells)]


def one_customer(table: LabelledTable, ids: pa.ChunkedArray) -> list[Violation]:
    """Name the column of customers where all of many rows are of one: it tells nobody apart."""
    different = pc.unique(ids)
    if len(ids) < 2 or len(different) > 1:
        return []
    came = f"'{different[0]}' in all {len(ids):,} rows"
    remedy = "name the column of ids, or leave customer out, so that every row is somebody else"
    return [Violation(table.customer, "several customers", came, remedy)]


def _faults(table: LabelledTable, name: str, cells: Values) -> Iterator[Violation]:
    if cells.dtype == object:
        yield from _names(table, name, cells)
        return
    present = cells[~np.isnan(cells)]
    if not len(present) or (len(present) == len(cells) and present.min() == present.max()):
        yield _constant(name, "nothing" if not len(present) else f"{present[0]:g}", len(cells))
    elif name not in table.numbers and _counts_rows(cells):
        remedy = "it numbers the rows: name it as customer, list it in leave_out, or in numbers"
        yield Violation(name, "what a case has", "another whole number in each row", remedy)


def _names(table: LabelledTable, name: str, cells: Values) -> Iterator[Violation]:
    counts = Counter(cells.tolist())
    absent = counts.pop(None, 0)
    if not counts or (len(counts) == 1 and not absent):
        yield _constant(name, f"'{next(iter(counts))}'" if counts else "nothing", len(cells))
    elif len(cells) >= RAREST and max(counts.values()) < RAREST:
        yield Violation(
            name,
            f"levels that are seen in {RAREST} rows or more",
            f"{len(counts):,} levels in {len(cells):,} rows, none of them so often"
            + _such_as(counts),
            f"{_if_numbers(counts)}it names single cases: list it in leave_out, or name it as "
            "customer",
        )
    elif len(counts) > MOST_LEVELS and name not in table.categories:
        yield Violation(
            name,
            f"at most {MOST_LEVELS} levels",
            f"{len(counts):,}{_such_as(counts)}",
            f"{_if_numbers(counts)}group them in the table, list it in leave_out, or list it in "
            "categories: the 32 most frequent are kept then, and the others read as unseen",
        )


def _such_as(levels: Iterable[str]) -> str:
    return f", such as '{min(levels)}'"


def _if_numbers(levels: Iterable[str]) -> str:
    """Say what to do about numbers that are written as people write them; empty for names."""
    if not all(_WRITTEN.fullmatch(each) for each in levels):
        return ""
    return "if these are numbers, write them as 1234.56; otherwise "


def _counts_rows(cells: Values) -> bool:
    """Tell whether whole numbers run on without a gap, each once."""
    if len(cells) < RAREST or np.isnan(cells).any():
        return False
    return bool(np.array_equal(np.sort(cells), cells.min() + np.arange(len(cells))))


def _constant(name: str, value: str, rows: int) -> Violation:
    remedy = "a column that never changes says nothing: list it in leave_out"
    return Violation(name, "several values", f"{value} in all {rows:,} rows", remedy)
