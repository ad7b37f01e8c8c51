"""Rows of a ready-made table that a bundle is asked with: which columns it reads of them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Literal

import numpy as np

from features.errors import StateError
from features.kernel import Vectors
from features.ready.given import column_of
from features.ready.read import Rows
from features.ready.table import LabelledTable
from training.bundle.value import Bundle

Kind = Literal["number", "category", "date"]


def ready_table(bundle: Bundle) -> LabelledTable:
    """Return the table that a bundle was trained on.

    Raises
    ------
    StateError
        When it was trained on events.
    """
    for table in bundle.tables:
        if isinstance(table, LabelledTable):
            return table
    raise StateError(
        f"'{bundle.project}.{bundle.name}' was trained on events and takes no rows; run `foretell "
        "score` without --rows, which makes the vectors of its customers"
    )


def contract_of(bundle: Bundle) -> LabelledTable:
    """Return what a row must hold for a bundle to score it: the columns that are read of it.

    Raises
    ------
    StateError
        When the bundle was trained on events.
    """
    table = ready_table(bundle)
    by = set() if bundle.segments is None else {bundle.segments.by}
    wanted = {*bundle.reads.names, *by}
    read = {column_of(each) for each in bundle.catalogue if each.name in wanted}

    def kept(columns: Sequence[str]) -> tuple[str, ...]:
        return tuple(column for column in columns if column in read)

    return replace(
        table,
        numbers=kept(table.numbers),
        categories=kept(table.categories),
        since=kept(table.since),
    )


def columns_of(contract: LabelledTable) -> dict[str, Kind]:
    """Tell by column what a row must hold: number, category or date.

    Examples
    --------
    >>> columns_of(LabelledTable("calls", "y", time="at", numbers=["age"], since=["opened"]))
    {'age': 'number', 'at': 'date', 'opened': 'date'}
    """
    kinds: dict[str, Kind] = dict.fromkeys(contract.numbers, "number")
    kinds |= dict.fromkeys(contract.categories, "category")
    kinds |= dict.fromkeys(contract.since, "date")
    kinds |= {contract.time: "date"} if contract.since else {}
    return dict(sorted(kinds.items()))


def vectors_of_rows(rows: Rows) -> Vectors:
    """Return the rows as vectors, each called by its customer or its number in the source."""
    customers = np.arange(1, len(rows) + 1) if rows.customers is None else rows.customers
    return Vectors(customers, rows.times, rows.columns)
