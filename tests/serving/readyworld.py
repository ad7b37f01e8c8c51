"""A bank whose calls are a ready-made table, trained in a second and laid out to be served."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import date, datetime
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa

from features.ready.given import given
from features.ready.read import read_rows
from features.ready.table import LabelledTable
from tests.helpers.readymade import CALLS, calls
from tests.serving import tiny
from training.bundle import Bundle, write_bundle
from training.bundle.asked import vectors_of_rows
from training.bundle.reference import reference
from training.tasks import Task, labelled

SINCE = replace(CALLS, since=["opened"])
ROW = {"age": 41, "job": "nurse", "income": 2500.5, "owner": True, "opened": "2015-03-01"}
ROW |= {"day": "2020-02-01"}


def opened_calls(rows: int = 300) -> pa.Table:
    """Calls with the day on which each client came, which a few do not tell."""
    table = calls(rows)
    random = np.random.default_rng(5)
    days = [
        None if random.random() < 0.1 else date(2010 + place % 9, 3, 1) for place in range(rows)
    ]
    return table.append_column("opened", pa.array(days, pa.date32()))


def ready_bundle(table: LabelledTable, task: str, **changes: Any) -> Bundle:
    """Train on calls; only half of the columns that the contract lists are read, if so asked."""
    rows = read_rows(table, opened_calls())
    found = vectors_of_rows(rows)
    named = {name: found.columns[name] for name in changes.pop("reads", found.columns)}
    asked = Task(task, labelled(table))
    made = tiny.bundle_of(
        "calls", asked, (rows.table,), given(rows.table), replace(found, columns=named)
    )
    trained = {**made.trained, "reference": reference(found)}
    return replace(made, trained=trained, **changes)


def write_ready(folder: Path, bundles: list[Bundle]) -> dict[str, Any]:
    """Write champions; return their part of the settings."""
    for bundle in bundles:
        table = next(each for each in bundle.tables if isinstance(each, LabelledTable))
        found = vectors_of_rows(read_rows(table, opened_calls().slice(0, 20), labelled=False))
        write_bundle(bundle, found, folder / bundle.project / "champions" / bundle.name)
    project = bundles[0].project
    return {"name": project, "champions": f"{project}/champions", "sources": {}}


def write_settings(folder: Path, *projects: dict[str, Any]) -> Path:
    path = folder / "serving.json"
    path.write_text(json.dumps({"projects": projects}))
    return path


def posted(table: pa.Table) -> list[dict[str, Any]]:
    """Return rows as a program posts them."""
    return [
        {
            name: cell.isoformat() if isinstance(cell, date | datetime) else cell
            for name, cell in row.items()
            if name not in ("y", "seconds")
        }
        for row in table.to_pylist()
    ]
