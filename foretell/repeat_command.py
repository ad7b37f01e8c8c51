"""The command that trains a run again: repeat."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from foretell.arguments import HERE, Home, Json
from foretell.console import FAULT, show_json, steps, told

if TYPE_CHECKING:
    from training.repeat import Repeated


def register(app: typer.Typer) -> None:
    """Add the command to the command line."""
    app.command(epilog="Example: foretell repeat retail.churn/3")(repeat)


def repeat(
    run: Annotated[
        str, typer.Argument(metavar="RUN", help="Id of a run, or a version as retail.churn/3.")
    ],
    project: Annotated[
        Path | None,
        typer.Option(
            "--project",
            metavar="PROJECT",
            help="Folder with project.py, whose prepare() brings the data. Left out: the folder "
            "that the run was trained from.",
        ),
    ] = None,
    rows: Annotated[
        Path | None,
        typer.Option(
            "--rows",
            metavar="FOLDER",
            help="Folder of rows, of a run that was trained with `foretell train --rows`.",
        ),
    ] = None,
    register_again: Annotated[
        bool,
        typer.Option("--register", help="Train it whole and record it as a new version."),
    ] = False,
    home: Home = HERE,
    as_json: Json = False,
) -> None:
    """Train a run again, and compare the bytes of the model.

    Definitions and settings are those of the run, and what its search chose is not searched for
    again. Whatever differs from then is told: data, definitions, settings, code, libraries. Exits
    with 1 when the bytes differ. Nothing is recorded unless --register asks for it.
    """
    with told(), steps("repeat") as say:
        from features.errors import StateError
        from foretell.workspace import Workspace, load
        from training.repeat import again_from, require_rows
        from training.repeat import repeat as repeat_run
        from training.repeatable import FILE, repeatable_from_json
        from training.runs import file_of, folder_of, remember_folder, run_of
        from training.train import train

        workspace = Workspace.at(home)
        registry = workspace.registry()
        found = run_of(registry, run)
        kept = repeatable_from_json(file_of(registry, found, FILE))
        require_rows(kept, rows)
        folder = project or folder_of(registry, found)
        if folder is None:
            raise StateError(f"run {found} does not say where its project lies; give --project")
        loaded = load(folder)
        if rows is None:
            say("fetching and preparing the tables")
        sources = loaded.sources() if rows is None or loaded.project.ready else {}
        read = kept.project.tables if rows is None else ()
        lost = [table.name for table in read if table.name not in sources]
        if lost:
            raise StateError(
                f"{folder} brings no data for {', '.join(lost)} any more, which run {found} read; "
                "take the project as it was, or train again"
            )
        names = [task.name for task in loaded.project.tasks]
        settings = loaded.config(kept.task.name) if kept.task.name in names else None
        came = repeat_run(kept, sources, loaded.project, settings, say, rows)
        version = None
        if register_again:
            data = again_from(kept, sources, say, rows)
            reports = workspace.out / "reports"
            again = train(kept.project, kept.task, data, kept.config, registry, reports, say)
            remember_folder(registry, again.recorded.run, folder)
            version = again.recorded.version
    _show(came, found, version, as_json)
    if not came.same:
        raise typer.Exit(FAULT)


def _show(came: Repeated, run: str, version: int | None, as_json: bool) -> None:
    if as_json:
        more = {} if version is None else {"version": version}
        show_json({"run": run, **asdict(came), **more})
        return
    if came.same:
        typer.echo(f"run {run}: the same model, byte for byte (SHA-256 {came.model[:12]})")
    else:
        typer.echo(f"run {run}: another model: SHA-256 {came.model[:12]}, was {came.was[:12]}")
    for each in came.differs:
        typer.echo(f"  {each}")
    if not came.same and not came.differs:
        typer.echo("  nothing that is known differs: was the same number of threads free to run?")
    if version is not None:
        typer.echo(f"recorded as version {version}")
