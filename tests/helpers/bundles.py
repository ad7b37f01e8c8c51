"""Small bundles that differ, made once."""

from __future__ import annotations

import json
import shutil
from dataclasses import replace
from functools import cache
from pathlib import Path

from tests.helpers import shop
from training.assemble import assemble
from training.bundle import Bundle, write_bundle
from training.folds import slices_by_time
from training.learn import learn
from training.snapshots import Snapshot, snapshot


@cache
def learnt() -> tuple[Bundle, Snapshot, Snapshot]:
    """Return a bundle of churn, all its rows, and its golden ones."""
    data, config, task = shop.data(), shop.config(), shop.CHURN
    source = data.checked["visits"]
    assert source.first is not None
    assert source.complete_until is not None
    slices = slices_by_time(task, source.first, source.complete_until, config.rhythm)
    rows = snapshot(shop.project(), task, data.partitions, slices.all, source.complete_until)
    names = (*slices.by_name(), "develop", "final")
    roles = {name: slices.rows(name, rows.vectors.cutoffs) for name in names}
    learned = learn(rows, roles, task.recency.name, config, lambda text: None)
    bundle = assemble(shop.project(), task, rows, roles, learned, config, slices)
    return bundle, rows, rows.take(learned.test[:30])


def write(folder: Path, *, note: str = "", project: str = "shop") -> Path:
    """Write the bundle; another note makes another digest."""
    bundle, _, golden = learnt()
    trained = {**bundle.trained, "note": note}
    write_bundle(replace(bundle, project=project, trained=trained), golden.vectors, folder)
    return folder


def again(bundle: Path, folder: Path, state: str) -> Path:
    """Copy a written bundle whose calibration contract says something else, so its digest too."""
    shutil.copytree(bundle, folder)
    file = folder / "bundle.json"
    manifest = json.loads(file.read_text())
    for clause in (manifest["contract"], manifest["contract"]["overall"]):
        clause["state"] = state
    file.write_text(json.dumps(manifest))
    return folder
