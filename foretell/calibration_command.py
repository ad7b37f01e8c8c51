"""The command that holds what came against what a model had promised."""

from __future__ import annotations

from typing import Annotated

import typer

from foretell.arguments import HERE, Home, Json, ProjectFolder, TaskName
from foretell.console import FAULT, show_json, show_table, steps, told

Strict = Annotated[
    bool, typer.Option("--strict", help="Exit with 1 when the model, or a segment, is drifting.")
]


Record = Annotated[
    bool,
    typer.Option(
        "--record",
        help="Let every score of the champion say what was found, from the next start of a server "
        "or `foretell score` on.",
    ),
]


def register(app: typer.Typer) -> None:
    """Add the command to the command line."""
    app.command(epilog="Example: foretell calibration experiments/retail churn --strict")(
        calibration
    )


def calibration(
    project: ProjectFolder,
    task: TaskName,
    strict: Strict = False,
    record: Record = False,
    home: Home = HERE,
    as_json: Json = False,
) -> None:
    """Say whether the champion's probabilities still hold.

    Outcomes that were settled since its test slice are read from the project's data and held
    against its calibration contract, overall and for each segment. It is calibrated, drifting, or
    uncertified, which means that too few outcomes were seen to say. Scores go on saying what was
    true at training, unless it is recorded.
    """
    with told(), steps("calibration") as say:
        from foretell.scoring import champions
        from foretell.workspace import Workspace, load
        from training.bundle.later import record as keep
        from training.calibration.certify import judge_again
        from training.calibration.later import outcomes_since
        from training.data import open_data

        workspace, loaded = Workspace.at(home), load(project)
        bundle = champions(workspace, loaded, [task], as_trained=True)[0]
        every = loaded.config(task).rhythm.every
        seen = outcomes_since(
            loaded.project, bundle, open_data(loaded.project, loaded.sources(), say), every
        )
        assert bundle.contract is not None  # noqa: S101 (outcomes_since refuses such a model)
        before, found = bundle.contract, judge_again(bundle.contract, seen)
        if record:
            keep(workspace.champions(loaded.project.name), bundle, found)
    if as_json:
        show_json({"task": task, "before": before.to_json(), "now": found.to_json()})
    else:
        rows = [
            [
                each.segment or "all",
                each.state,
                f"{each.rows:,}",
                f"{each.positives:,}",
                f"{each.predicted:.1%}",
                f"{each.observed:.1%}",
                "-" if each.ece is None else f"{each.ece:.4f}",
            ]
            for each in (found.overall, *found.segments)
        ]
        head = [found.by or "rows", "state", "rows", "positives", "predicted", "observed", "ECE"]
        title = f"{task}, outcomes until {found.until[:10]} (checked before: {before.until[:10]})"
        show_table(title, head, rows)
    states = [each.state for each in (found.overall, *found.segments)]
    if strict and "drifting" in states:
        raise typer.Exit(FAULT)
