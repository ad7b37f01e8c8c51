"""From sorted tables to a registered model; reads top to bottom as the data flow."""

from __future__ import annotations

import json
import tempfile
import time
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np

from features.arrays import Bools, Floats
from features.errors import CohortError
from features.instants import instant
from features.whole import whole_file
from training.assemble import assemble, context
from training.bundle import Bundle, read_bundle, write_bundle
from training.config import Config
from training.data import Data
from training.fit import require_both_outcomes
from training.folds import (
    Slices,
    buckets_by_customer,
    roles_by_customer,
    rolling,
    slices_by_time,
)
from training.inputs import learn_rates, no_rates, only, with_levels, with_rates
from training.judge.evaluate import Evaluation, evaluate
from training.labels import settling
from training.learn import Learned, Say, learn
from training.project import Project, require_portable
from training.pruning import pruned
from training.purity import require_disjoint, require_purged
from training.registry import Record, Recorded, Registry
from training.report.page import report
from training.report.plots import figures, png
from training.selection import Selected, fitted, unlearnt
from training.snapshots import Snapshot, snapshot
from training.tasks import Task

GOLDEN_ROWS = 64
"""Test rows kept in a bundle with their exact scores."""


@dataclass(frozen=True, eq=False)
class Trained:
    """A recorded model and how good it is.

    Parameters
    ----------
    bundle : Bundle
        As it was read back.
    evaluation : Evaluation
        On the test slice.
    recorded : Recorded
        Run and version.
    report : Path
        HTML page.
    rows, vector_seconds : int and float
        Rows of all slices, and how long their vectors and labels took.
    """

    bundle: Bundle
    evaluation: Evaluation
    recorded: Recorded
    report: Path
    rows: int
    vector_seconds: float


def train(
    project: Project,
    task: Task,
    data: Data,
    config: Config,
    registry: Registry,
    reports: Path,
    say: Say = lambda text: None,
) -> Trained:
    """Train, judge and record the model of one task.

    Parameters
    ----------
    project, task : Project, Task
        The question, and the features that may answer it.
    data : Data
        As `training.data.open_data` returns it.
    config : Config
        Settings.
    registry : Registry
        Where it is recorded.
    reports : Path
        Folder for the report.
    say : callable
        Told what is being done.

    Returns
    -------
    Trained

    Raises
    ------
    MaturityError, CohortError, ImpureSplitError
        When the data cannot answer the task honestly.
    DefinitionError
        When no bundle could carry a feature.
    """
    require_portable(project, task)
    source = data.checked[task.label.table]
    if source.first is None or source.complete_until is None:
        raise CohortError(f"task '{task.name}': table '{task.label.table}' has no events")
    lateness, last_known = settling(task, data.partitions)
    # An event that happened by then may still be unknown, unless the contract says otherwise.
    declared = project.table(task.label.table).complete_until
    until = source.complete_until if declared else last_known - lateness
    slices = (
        None
        if config.split == "customer"
        else slices_by_time(task, source.first, until, config.rhythm, lateness)
    )
    cutoffs = slices.all if slices else [instant(config.cutoff)]

    say("building behaviour vectors")
    started = time.perf_counter()
    asked = project.features_of(task)
    selected = fitted(asked, task, data.partitions, min(cutoffs)) if slices else unlearnt(asked)
    if task.recency.name not in selected.catalogue.names:
        reasons = {each.name: each.reason for each in selected.dropped}
        raise CohortError(
            f"task '{task.name}': its baseline '{task.recency.name}' cannot be made: "
            f"{reasons[task.recency.name]}"
        )
    computed = selected.catalogue + task.levels
    made = snapshot(project, task, data.partitions, cutoffs, until, computed)
    vector_seconds = time.perf_counter() - started
    splits = (
        _splits_by_time(made, slices, task, lateness)
        if slices
        else _splits_by_customer(made, config)
    )
    earlier = _earlier(made, slices, task, config, lateness) if slices else []
    rates, unmade = learn_rates(task, made, splits[0], lateness) if slices else no_rates(task)
    rows = only(made, selected.catalogue.names)
    # One cutoff: what would be pruned by the training rows of one fold are test rows of another.
    if config.prune and slices:
        selected, rows = pruned(selected, rows, splits[0]["train"], task)
    rows = with_rates(rows, rates, made.vectors)
    require_both_outcomes("test", rows.label[np.any([each["test"] for each in splits], axis=0)])

    learned = [learn(rows, roles, task.recency.name, config, say, earlier) for roles in splits]

    say("judging on the test slice")
    judged = _judge(task, rows, learned, config)

    say("writing the bundle, the report and the record")
    # The first split's model is the one that serves; the others only widen the test.
    kept = Selected(
        selected.catalogue + dict.fromkeys(each.rate.feature for each in rates),
        (*selected.dropped, *unmade),
    )
    bundle = assemble(
        project,
        task,
        rows,
        splits[0],
        learned[0],
        config,
        slices,
        kept,
        data.aside,
        data.erased,
        rates,
    )
    golden = with_levels(rows, rates, made).take(learned[0].test[:GOLDEN_ROWS]).vectors
    with tempfile.TemporaryDirectory() as room:
        folder = Path(room) / "bundle"
        write_bundle(bundle, golden, folder)
        bundle = read_bundle(folder)
        drawn = figures(judged)
        told = context(project, rows, splits, learned[0], bundle, data.sources)
        page = report(judged, told, drawn)
        written = reports / f"{project.name}-{task.name}.html"
        with whole_file(written) as partial:
            partial.write_text(page, encoding="utf-8")
        evaluation = Path(room) / "evaluation.json"
        evaluation.write_text(json.dumps(judged.to_json(), indent=1))
        recorded = registry.record(
            bundle,
            Record(
                parameters=_parameters(learned[0], config),
                metrics=judged.scalars(),
                tags={"data": bundle.trained["data_hash"], "commit": bundle.trained["commit"]},
                plots={name: png(each) for name, each in drawn.items()},
                files=(written, evaluation),
                bundle=folder,
            ),
        )
    return Trained(bundle, judged, recorded, written, len(rows), vector_seconds)


def _splits_by_time(
    rows: Snapshot, slices: Slices, task: Task, lateness: int
) -> list[Mapping[str, Bools]]:
    cutoffs = rows.vectors.cutoffs
    roles = {name: slices.rows(name, cutoffs) for name in slices.by_name()}
    develop = {"develop": slices.rows("develop", cutoffs)}
    require_purged(roles, cutoffs, task.gap, task.horizon, lateness)
    later = {name: roles[name] for name in ("calibrate", "test")}
    require_purged(develop | later, cutoffs, task.gap, task.horizon, lateness)
    return [roles | develop]


def _earlier(
    rows: Snapshot, slices: Slices, task: Task, config: Config, lateness: int
) -> list[tuple[Bools, Bools]]:
    cutoffs, found = rows.vectors.cutoffs, []
    for train_at, stop_at in rolling(slices, task, config.rhythm, lateness)[1:]:
        pair = {"train": np.isin(cutoffs, train_at), "stop": np.isin(cutoffs, stop_at)}
        require_purged(pair, cutoffs, task.gap, task.horizon, lateness)
        found.append((pair["train"], pair["stop"]))
    return found


def _splits_by_customer(rows: Snapshot, config: Config) -> list[Mapping[str, Bools]]:
    buckets = buckets_by_customer(rows.vectors.customers, config.folds, config.seed)
    splits = [roles_by_customer(buckets, fold, config.folds) for fold in range(config.folds)]
    for roles in splits:
        apart = {name: mask for name, mask in roles.items() if name != "develop"}
        require_disjoint(apart, rows.vectors.customers)
        later = {name: roles[name] for name in ("develop", "calibrate", "test")}
        require_disjoint(later, rows.vectors.customers)
    return splits


def _judge(task: Task, rows: Snapshot, learned: Sequence[Learned], config: Config) -> Evaluation:
    test = np.concatenate([each.test for each in learned])

    def joined(values: Sequence[Floats]) -> Floats:
        return np.concatenate(values)

    return evaluate(
        task.name,
        rows.label[test],
        joined([each.scores for each in learned]),
        rows.vectors.customers[test],
        {name: joined([each.baselines[name] for each in learned]) for name in learned[0].baselines},
        rows.vectors.cutoffs[test],
        uncalibrated=joined([each.uncalibrated for each in learned]),
        resamples=config.resamples,
        seed=config.seed,
    )


def _parameters(learned: Learned, config: Config) -> dict[str, Any]:
    return {
        **asdict(learned.chosen.params),
        "rounds": learned.chosen.rounds,
        "trials": len(learned.trials),
        "calibration": learned.calibrator.kind,
        "features": len(learned.schema.columns),
        "split": config.split,
        "seed": config.seed,
        "threads": config.threads,
    }
