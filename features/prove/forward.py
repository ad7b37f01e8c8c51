"""A walk through cutoffs in their order, by a process that is given only what was known by each."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Final

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from features.catalogue import Catalogue
from features.prove.compare import Columns
from features.prove.rows import Rows
from features.prove.sample import Sample
from features.prove.trials import Trial, run
from features.tables import Table

ASKED: Final = "asked.json"
"""What the walk is about: cutoffs, tables, customers, levels, and what features learn from."""


def write_walk(
    folder: Path, steps: Sequence[Sample], taught: Columns, memory: str = "2GiB"
) -> None:
    """Write what a process is to walk through: plain numbers and texts, a folder for each cutoff.

    Parameters
    ----------
    folder : Path
        An empty folder.
    steps : sequence of Sample
        In the order of their cutoffs, each with one of them and with the rows known by then.
    taught : mapping of str to array
        What features learn from.
    memory : str
        Memory limit of DuckDB.
    """
    first = steps[0]
    asked = {
        "cutoffs": [int(step.cutoffs[0]) for step in steps],
        "tables": [table.name for table in first.tables],
        "levels": first.levels,
        "customers": list(first.customers),
        "seed": first.seed,
        "taught": as_json(taught),
        "memory": memory,
    }
    (folder / ASKED).write_text(json.dumps(asked), encoding="utf-8")
    for number, step in enumerate(steps):
        for place, table in enumerate(step.tables):
            rows = pa.table(dict(step.rows[table.name].columns))
            pq.write_table(rows, _rows_file(folder, number, place))


def walk(folder: Path, tables: Sequence[Table], catalogue: Catalogue) -> None:
    """Compute vectors at one cutoff after the other, each from the rows that were written for it.

    Parameters
    ----------
    folder : Path
        From `write_walk`.
    tables, catalogue : sequence of Table, Catalogue
        Of the project, as this process loaded it.
    """
    asked = json.loads((folder / ASKED).read_text(encoding="utf-8"))
    known = {table.name: table for table in tables}
    if asked["taught"]:
        teachers = catalogue.teachers()
        fitted, _ = catalogue.fit(from_json(asked["taught"]))
        catalogue = fitted + [each for each in teachers if each.name not in fitted.names]
    for number, cutoff in enumerate(asked["cutoffs"]):
        rows = {name: _rows(folder, number, place) for place, name in enumerate(asked["tables"])}
        step = Sample(
            tables=[known[name] for name in asked["tables"]],
            rows=rows,
            levels=asked["levels"],
            customers=asked["customers"],
            cutoffs=np.array([cutoff], dtype=np.int64),
            counts={},
            seed=asked["seed"],
        )
        (columns,) = run(step, catalogue, [Trial(0)], asked["memory"])
        text = json.dumps(as_json(columns), default=str)
        _columns_file(folder, number).write_text(text, encoding="utf-8")


def read_walk(folder: Path, steps: int) -> list[Columns]:
    """Read what a walk computed, by cutoff."""
    texts = (_columns_file(folder, step).read_text(encoding="utf-8") for step in range(steps))
    return [from_json(json.loads(text)) for text in texts]


def as_json(columns: Columns) -> dict[str, Any]:
    """Return columns as JSON values that keep every bit, see `from_json`.

    Examples
    --------
    >>> as_json({"f": np.array([0.1, -0.0])})
    {'f': {'dtype': '<f8', 'cells': [0.1, -0.0]}}
    """
    return {
        name: {"dtype": values.dtype.str, "cells": values.tolist()}
        for name, values in columns.items()
    }


def from_json(told: Mapping[str, Any]) -> Columns:
    """Return the columns of which `as_json` made JSON values.

    Examples
    --------
    >>> values = np.array([0.1 + 0.2, -0.0, np.nan])
    >>> again = from_json(json.loads(json.dumps(as_json({"f": values}))))["f"]
    >>> bool((again.view("u8") == values.view("u8")).all())
    True
    """
    return {name: np.array(each["cells"], dtype=each["dtype"]) for name, each in told.items()}


def _rows(folder: Path, number: int, place: int) -> Rows:
    table = pq.read_table(_rows_file(folder, number, place), partitioning=None)
    return Rows({name: table[name].to_numpy() for name in table.column_names})


def _rows_file(folder: Path, number: int, place: int) -> Path:
    return folder / f"rows-{number}-{place}.parquet"


def _columns_file(folder: Path, number: int) -> Path:
    return folder / f"columns-{number}.json"
