"""What is kept of a training: the bundle, the report and the record."""

from __future__ import annotations

import json
import tempfile
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Final

from features.whole import whole_file
from training.assemble import assemble
from training.bundle import Bundle, read_bundle, write_bundle
from training.calibration.contract import Contract
from training.config import Config
from training.context import context
from training.data import Data
from training.judge.evaluate import Evaluation
from training.learn import Learned
from training.prepare import Prepared
from training.production.keep import keep
from training.production.kept import SCORES, write_kept
from training.production.who import TRAINER, whoami
from training.project import Project
from training.record import Record, Recorded
from training.registry import Registry
from training.repeatable import FILE as REPEAT
from training.repeatable import repeatable
from training.report.card import card, card_markdown
from training.report.page import report
from training.report.plots import elements, figures, kept
from training.tasks import Task

GOLDEN_ROWS: Final = 64
"""Test rows kept in a bundle with their exact scores."""


@dataclass(frozen=True, eq=False)
class Published:
    """A bundle as it was read back, its record, and the page about it."""

    bundle: Bundle
    recorded: Recorded
    report: Path


def publish(
    project: Project,
    task: Task,
    data: Data,
    prepared: Prepared,
    learned: Sequence[Learned],
    judged: Evaluation,
    config: Config,
    registry: Registry,
    reports: Path,
    run: str | None = None,
    contract: Contract | None = None,
) -> Published:
    """Write the bundle and the report of a judged model, and record both.

    Parameters
    ----------
    project, task, data, config
        As for `training.train.train`.
    prepared : Prepared
        Rows.
    learned : sequence of Learned
        A model for each split; the first one serves.
    judged : Evaluation
        On the test slice.
    registry : Registry
        Where it is recorded.
    reports : Path
        Folder for the report.
    run : str or None
        The run that the training opened.
    contract : Contract, optional
        What is promised of the probabilities.

    Returns
    -------
    Published
    """
    rows, splits, model = prepared.rows, list(prepared.splits), learned[0]
    bundle = assemble(
        project,
        task,
        rows,
        splits[0],
        model,
        config,
        prepared.slices,
        selected=prepared.selected,
        aside=data.aside,
        erased=data.erased,
        encodings=prepared.encodings,
        contract=contract,
        fingerprint=prepared.fingerprint(),
    )
    golden = prepared.golden.take(model.test[:GOLDEN_ROWS]).vectors
    with tempfile.TemporaryDirectory() as room:
        folder = Path(room) / "bundle"
        write_bundle(bundle, golden, folder)
        bundle = read_bundle(folder)
        drawn = figures(judged)
        told = context(project, rows, splits, model, bundle, data.sources)
        written_plots = elements(judged, drawn)
        page = report(judged, told, written_plots)
        written = reports / f"{project.name}-{task.name}.html"
        with whole_file(written) as partial:
            partial.write_text(page, encoding="utf-8")
        evaluation, scores = Path(room) / "evaluation.json", Path(room) / SCORES
        evaluation.write_text(json.dumps(judged.to_json(), indent=1))
        held = keep(project, task, data, prepared, learned, bundle, registry.folder)
        write_kept(scores, held)
        model_card = Path(room) / "model-card.md"
        written_card = card_markdown(f"{project.name}.{task.name}", card(judged, told))
        model_card.write_text(written_card, encoding="utf-8")
        again = Path(room) / REPEAT
        told_again = repeatable(
            project, task, config, model, bundle, data.sources, str(data.rows or "")
        )
        again.write_text(json.dumps(told_again.to_json(), indent=1))
        recorded = registry.record(
            bundle,
            Record(
                parameters=_parameters(model, config),
                metrics=judged.scalars(),
                tags={
                    "data": bundle.trained["data_hash"],
                    "commit": bundle.trained["commit"],
                    TRAINER: whoami(),
                },
                plots=kept(drawn, written_plots),
                files=(written, evaluation, scores, model_card, again),
                bundle=folder,
                run=run,
            ),
        )
    return Published(bundle, recorded, written)


def _parameters(learned: Learned, config: Config) -> dict[str, Any]:
    return {
        **asdict(learned.chosen.params),
        "rounds": learned.booster.num_trees(),
        "members": len(learned.members),
        "trials": len(learned.trials),
        "trials_pruned": sum(each.state == "pruned" for each in learned.trials),
        "calibration": learned.calibrator.kind,
        "features": len(learned.schema.columns),
        "split": config.split,
        "seed": config.seed,
        "threads": config.threads,
    }
