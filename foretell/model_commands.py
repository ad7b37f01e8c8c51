"""The command that trains."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from foretell.arguments import HERE, Home, Json, ProjectFolder
from foretell.console import show_json, show_table, steps, told

if TYPE_CHECKING:
    from training.config import Config
    from training.train import Trained

Tasks = Annotated[
    list[str] | None,
    typer.Option("--task", metavar="TASK", help="Task to train; may be repeated. Left out: all."),
]
Trials = Annotated[
    int | None,
    typer.Option("--trials", min=1, help="Hyperparameters to try. Left out: as train.toml says."),
]
Budget = Annotated[
    str | None,
    typer.Option(
        "--budget",
        metavar="TIME",
        help="Search for so long, for each task: 45s, 10m, 1h30m. Takes the place of the number of "
        "trials; with --trials, whichever is reached first. The first trial runs to its end, and "
        "the fits after the search take their own time.",
    ),
]
Fresh = Annotated[
    bool,
    typer.Option(
        "--fresh",
        help="Begin the search anew. Left out: an earlier search of the same rows, also one that "
        "was killed, goes on after its last finished trial.",
    ),
]
Engine = Annotated[
    str | None,
    typer.Option(
        "--engine",
        help="Where rows are held: auto, memory, file, or dask (fits on processes of Dask). "
        "Left out: as train.toml says, else auto.",
    ),
]
SpillFolder = Annotated[
    Path | None,
    typer.Option("--spill", help="Folder for rows that memory does not hold; nothing stays there."),
]
RowsFolder = Annotated[
    Path | None,
    typer.Option(
        "--rows",
        metavar="FOLDER",
        help="Learn from Parquet made elsewhere (customer, cutoff, label, the features) instead "
        "of the tables; needs one --task.",
    ),
]


def register(app: typer.Typer) -> None:
    """Add the command to the command line."""
    app.command(epilog="Example: foretell train experiments/retail --task churn --budget 10m")(
        train
    )


def train(
    project: ProjectFolder,
    task: Tasks = None,
    trials: Trials = None,
    budget: Budget = None,
    fresh: Fresh = False,
    engine: Engine = None,
    spill: SpillFolder = None,
    rows: RowsFolder = None,
    home: Home = HERE,
    as_json: Json = False,
) -> None:
    """Search, train, calibrate, judge and record models.

    Each task gets a model of its own.
    The search is kept in mlruns/studies/ and can be killed at any time: the same command goes on
    where it was.
    """
    with told(), steps("train") as say:
        from foretell.workspace import Workspace, load
        from training.data import given_data, open_data
        from training.large.options import require_events, require_one, with_engine
        from training.project import require_portable
        from training.runs import remember_folder
        from training.train import train as train_task

        workspace, loaded = Workspace.at(home), load(project)
        chosen = [loaded.project.task(name) for name in task or []] or loaded.project.tasks
        configs = {
            each.name: with_engine(
                _searching(loaded.config(each.name), trials, budget), engine, spill
            )
            for each in chosen
        }
        require_events(loaded.project, rows)
        require_one(rows, [each.name for each in chosen])
        for each in chosen:
            require_portable(loaded.project, each)
        judged_by = {name for each in configs.values() for name in each.judging.names}
        data = (
            given_data(rows)
            if rows
            else open_data(loaded.project, loaded.sources(), say, sorted(judged_by))
        )
        found = {}
        for each in chosen:
            with steps(f"train {each.name}") as say_task:
                made = found[each.name] = train_task(
                    loaded.project,
                    each,
                    data,
                    configs[each.name],
                    workspace.registry(),
                    workspace.out / "reports",
                    say_task,
                    fresh,
                )
                remember_folder(workspace.registry(), made.recorded.run, project)
    shown = {name: summary(trained) for name, trained in found.items()}
    if as_json:
        show_json(shown)
        return
    show_summaries(shown)
    for name, trained in found.items():
        typer.echo(f"{name}: version {trained.recorded.version}, report {trained.report}")
        typer.echo(f"  {trained.evaluation.effective.sentence}")
        for sentence in trained.evaluation.verdicts:
            typer.echo(f"  {sentence}")


def summary(trained: Trained) -> dict[str, Any]:
    """Return the figures of one task that belong in every summary."""
    from training.judge.evaluation import LOGISTIC

    judged = trained.evaluation
    auc = judged.metrics["roc_auc"]
    alone = next(name for name in judged.baselines if name != LOGISTIC)
    return {
        "rows": judged.rows,
        "base_rate": judged.base_rate,
        "auc": auc.value,
        "auc_ci": [auc.low, auc.high],
        "alone": alone,
        "auc_alone": judged.baselines[alone]["roc_auc"].value,
        "auc_logistic": judged.baselines[LOGISTIC]["roc_auc"].value,
        "lift10": judged.metrics["lift_at_10"].value,
        "ece": judged.metrics["ece"].value,
        "customers": judged.effective.customers,
        "effective_rows": judged.effective.effective_rows,
    }


def show_summaries(found: dict[str, dict[str, Any]]) -> None:
    """Print one line for each task."""
    from training.report.numbers import number

    is_recency = all(each["alone"] == "recency" for each in found.values())
    alone = "recency alone" if is_recency else "one feature"
    head = ["task", "test rows", "base rate", "AUC", "95 % interval", alone, "logistic"]
    rows = [
        [
            name,
            f"{each['rows']:,}",
            number(each["base_rate"], ".1%"),
            f"{each['auc']:.4f}",
            f"{each['auc_ci'][0]:.4f} to {each['auc_ci'][1]:.4f}",
            f"{each['auc_alone']:.4f}",
            f"{each['auc_logistic']:.4f}",
            f"{each['lift10']:.2f}",
            number(each["ece"], ".4f"),
        ]
        for name, each in found.items()
    ]
    show_table("On test rows, read once", [*head, "lift at 10 %", "ECE"], rows)


def _searching(config: Config, trials: int | None, budget: str | None) -> Config:
    """Lay what was asked for over the settings; trials without a budget end one of train.toml."""
    from training.search.duration import seconds

    search = config.search
    if budget is not None:
        seconds(budget)
        search = replace(search, budget=budget, most=trials or search.most)
    elif trials is not None:
        search = replace(search, budget="")
    return replace(config, trials=trials or config.trials, search=search)
