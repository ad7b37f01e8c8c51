"""What is told of the champions that are served."""

from __future__ import annotations

from serving.roster import Roster
from serving.schemas import ModelOf, ModelsAnswer
from serving.scorer import Scorer
from training.bundle.asked import Kind, columns_of


def models(roster: Roster) -> ModelsAnswer:
    """Describe every champion."""
    of_events = [
        _model(project.name, scorer, data_until=project.store.until)
        for project in roster.projects
        for scorer in project.scorers.values()
    ]
    of_rows = [
        _model(project.name, scorer, columns=columns_of(project.contracts[task]))
        for project in roster.ready
        for task, scorer in project.scorers.items()
    ]
    return ModelsAnswer(models=of_events + of_rows)


def _model(
    project: str,
    scorer: Scorer,
    data_until: str | None = None,
    columns: dict[str, Kind] | None = None,
) -> ModelOf:
    bundle = scorer.bundle
    return ModelOf(
        task=bundle.name,
        project=project,
        model_version=scorer.version,
        digest=bundle.digest,
        horizon_days=bundle.task.horizon,
        gap_days=bundle.task.gap,
        trained=dict(bundle.trained),
        calibration=None if bundle.contract is None else bundle.contract.to_json(),
        bands={band.name: band.at_least for band in bundle.bands},
        data_until=data_until,
        columns=columns,
    )
