"""What every method is given: the same rows, slices and raw events, written once as Parquet.

A folder for each data set holds ``events/TABLE.parquet`` (customer, ``at``, measures as numbers,
categories as texts; a static table has no ``at``), ``TASK/spine.parquet`` (customer, cutoff, label,
slice) and ``dataset.json``. ``at`` is when an event was known, so that a peer with one clock sees
no more than Foretell does. Vectors of Foretell's own methods are written beside the spine.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from experiments.bench.accuracy.datasets import Dataset
from features import Catalogue
from features.arrays import Values
from features.conditions import Scalar
from features.kernel import Vectors
from features.segments import Category, Events, Partition
from features.tables import AttributeTable, EventTable, Table
from training.data import Data, open_data
from training.folds import Slices, slices_by_time
from training.labels import settling
from training.project import Project
from training.purity import require_purged
from training.snapshots import snapshot
from training.tasks import Task


def export(dataset: Dataset, folder: Path) -> None:
    """Write a data set, with the vectors of Foretell's methods."""
    data = open_data(dataset.project, dataset.sources, lambda text: None)
    events = folder / "events"
    events.mkdir(parents=True, exist_ok=True)
    for table in dataset.project.tables:
        parts = [_table(part, table) for part in data.partitions]
        pq.write_table(pa.concat_tables(parts), events / f"{table.name}.parquet")
    for task in dataset.project.tasks:
        _export_task(dataset, task, data, folder / task.name)
    (folder / "dataset.json").write_text(json.dumps(_told(dataset), indent=1))


def wanted(task: Task) -> dict[str, list[Scalar]]:
    """Return the levels that events of a label have, where it asks for some only.

    Of a label that asks for the first such event, nobody who is asked about has had any.
    """
    if task.label.outcome == "first":
        return {}
    return {each.column: list(each.values) for each in task.label.where}


def _export_task(dataset: Dataset, task: Task, data: Data, room: Path) -> None:
    checked = data.checked[task.label.table]
    if checked.first is None or checked.complete_until is None:
        raise ValueError(f"{dataset.name}: table '{task.label.table}' has no events")
    lateness, _ = settling(task, data.partitions)
    until = checked.complete_until
    slices = slices_by_time(task, checked.first, until, dataset.rhythm, lateness)
    room.mkdir(exist_ok=True)
    for method, asked in _methods(dataset, task).items():
        question = asked.task(task.name)
        rows = snapshot(asked, question, data.partitions, slices.all, until)
        _write(rows.vectors, dict(rows.vectors.columns), room / f"{method}.parquet")
    masks = {each: slices.rows(each, rows.vectors.cutoffs) for each in slices.by_name()}
    require_purged(masks, rows.vectors.cutoffs, task.gap, task.horizon, lateness)
    spine = {"label": rows.label, "slice": _slice_names(rows.vectors, slices)}
    _write(rows.vectors, spine, room / "spine.parquet")


def _methods(dataset: Dataset, task: Task) -> Mapping[str, Project]:
    project, windows = dataset.project, dataset.windows
    focus = [
        (table, wanted(task))
        for table in project.tables
        if isinstance(table, EventTable) and wanted(task) and {*wanted(task)} <= {*table.categories}
    ]
    suggested = Catalogue.suggest(project.tables, windows, focus=focus)
    # Recency of the label is a column of every project; see `Task.recency`.
    asked = replace(project, catalogue=suggested, tasks=(replace(task, features=()),))
    return {"foretell_by_hand": project, "foretell": asked}


def _write(rows: Vectors, columns: Mapping[str, Values], path: Path) -> None:
    head = {"customer": pa.array(rows.customers), "cutoff": pa.array(rows.cutoffs)}
    held = {name: pa.array(each, from_pandas=True) for name, each in columns.items()}
    pq.write_table(pa.table(head | held), path)


def _slice_names(rows: Vectors, slices: Slices) -> Values:
    named = np.full(len(rows), "between", dtype=object)
    for name, cutoffs in slices.by_name().items():
        named[np.isin(rows.cutoffs, cutoffs)] = name
    return named


def _table(partition: Partition, table: Table) -> pa.Table:
    events = partition.events[table.name]
    columns: dict[str, Any] = {"customer": partition.customers[events.owner]}
    if not (isinstance(table, AttributeTable) and table.static):
        columns["at"] = pa.array(events.known_at, pa.timestamp("us"))
    for name in (*table.measures, *table.categories):
        columns[name] = pa.array(_cells(events, name), from_pandas=True)
    return pa.table(columns)


def _cells(events: Events, name: str) -> Values:
    column = events.columns[name]
    if isinstance(column, Category):
        # One more level, None, stands where the code is -1.
        return np.append(column.levels.names, [None])[column.codes]
    values = column.values / 10**column.scale
    return values if column.present is None else np.where(column.present, values, np.nan)


def _told(dataset: Dataset) -> dict[str, Any]:
    return {
        "windows": list(dataset.windows),
        "tables": {
            table.name: {
                "measures": list(table.measures),
                "categories": list(table.categories),
                "static": isinstance(table, AttributeTable) and table.static,
                "changing": isinstance(table, AttributeTable) and not table.static,
            }
            for table in dataset.project.tables
        },
        "tasks": {
            task.name: {
                "table": task.label.table,
                "outcome": task.label.outcome,
                "where": wanted(task),
                "active": task.members.table,
                "horizon": task.horizon,
                "gap": task.gap,
            }
            for task in dataset.project.tasks
        },
    }
