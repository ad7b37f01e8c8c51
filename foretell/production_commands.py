"""Commands about what is in production: models, promote, rollback, challenger, compare."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer

from foretell.arguments import HERE, Home, Json, ProjectFolder, TaskName
from foretell.console import escaped, progress, show_json, show_table, steps, told
from foretell.production_shown import show_gates, show_history, show_then, show_versions

if TYPE_CHECKING:
    from training.production.moved import Promotion

REFUSED = 3
"""Exit code when a gate refuses a promotion."""

Version = Annotated[
    int | None, typer.Option("--version", min=1, help="Version. Left out: the newest.")
]
Override = Annotated[
    str | None,
    typer.Option(
        "--override",
        metavar="REASON",
        help="Promote even if gates fail; the reason, the gates and your name are recorded.",
    ),
]
When = Annotated[
    str | None,
    typer.Option("--at", metavar="INSTANT", help="Who was in production then, by the log."),
]
History = Annotated[bool, typer.Option("--history", help="List every decision, oldest first.")]
Withdraw = Annotated[bool, typer.Option("--withdraw", help="Have no challenger any more.")]


def register(app: typer.Typer) -> None:
    """Add the commands to the command line."""
    app.command(epilog="Example: foretell models experiments/retail --at 2026-03-01")(models)
    app.command(
        epilog="Exit code 3: a gate refused, and nothing was changed. "
        "Example: foretell promote experiments/retail churn --version 4"
    )(promote)
    app.command(epilog="Example: foretell rollback experiments/retail churn")(rollback)
    app.command(epilog="Example: foretell challenger experiments/retail churn --version 5")(
        challenger
    )
    app.command(epilog="Example: foretell compare experiments/retail churn --version 5")(compare)


def models(
    project: ProjectFolder,
    at: When = None,
    history: History = False,
    home: Home = HERE,
    as_json: Json = False,
) -> None:
    """Say which versions are newest, champion and challenger.

    It tells who promoted them, and when. Calibration is what each version promises since its
    training: calibrated, drifting, or uncertified (too few outcomes to say). With --at or --history
    it reads the log of promotions alone, whose chain is checked.
    """
    with told():
        from foretell.standing import decisions, in_production, now
        from foretell.workspace import Workspace, name_of

        workspace, name = Workspace.at(home), name_of(project)
        if history:
            show_history(name, decisions(workspace, name), as_json)
            return
        if at is not None:
            show_then(name, in_production(workspace, name, at), as_json)
            return
        found = now(workspace, project)
    show_versions(name, found, as_json)


def promote(
    project: ProjectFolder,
    task: TaskName,
    version: Version = None,
    override: Override = None,
    home: Home = HERE,
    as_json: Json = False,
) -> None:
    """Make a version the champion, if all gates let it pass.

    The champion of a task is what is served.
    Limits of the gates stand in [gates] of the project's train.toml.
    """
    with told():
        from foretell.workspace import Workspace, load
        from training.production.admit import gatekeeper
        from training.production.gate import RefusedError
        from training.production.promote import promote as promote_version

        workspace, loaded = Workspace.at(home), load(project)
        name = loaded.project.task(task).name
        registry = workspace.registry()
        registry.require_runs(loaded.project.name)
        judge = gatekeeper(
            registry,
            loaded.config(name).gates,
            workspace.proof(loaded.project.name),
            loaded.code,
            str(project),
        )
        champions = workspace.champions(loaded.project.name)
        try:
            found = promote_version(
                registry, loaded.project.name, name, champions, version, judge, override
            )
        except RefusedError as error:
            _show_refusal(error, as_json)
            raise typer.Exit(REFUSED) from error
    if not as_json:
        show_gates(found.gates)
    _show_promotion(found, "champion", as_json)


def rollback(
    project: ProjectFolder, task: TaskName, home: Home = HERE, as_json: Json = False
) -> None:
    """Make the version before the champion the champion again.

    It needs neither MLflow nor the code of the project: the bundles that were promoted are kept.
    """
    with told():
        from foretell.workspace import Workspace, name_of
        from training.production.rollback import rollback as roll_back

        workspace, name = Workspace.at(home), name_of(project)
        found = roll_back(workspace.registry(), name, task, workspace.champions(name))
    _show_promotion(found, "champion", as_json)


def challenger(
    project: ProjectFolder,
    task: TaskName,
    version: Version = None,
    withdraw: Withdraw = False,
    home: Home = HERE,
    as_json: Json = False,
) -> None:
    """Make a version the challenger.

    Its bundle is verified, and kept beside the champion's.
    """
    with told():
        from features.errors import StateError
        from foretell.workspace import Workspace, load
        from training.production.promote import challenge
        from training.production.promote import withdraw as take_away

        if withdraw and version is not None:
            raise StateError("--withdraw takes away whichever challenger there is; drop --version")
        workspace, loaded = Workspace.at(home), load(project).project
        place = workspace.champions(loaded.name)
        name, registry = loaded.task(task).name, workspace.registry()
        registry.require_runs(loaded.name)
        if withdraw:
            found = take_away(registry, loaded.name, name, place)
        else:
            found = challenge(registry, loaded.name, name, place, version)
    if withdraw and not as_json:
        typer.echo(f"{found.model}: version {found.version} is no challenger any more")
        return
    _show_promotion(found, "challenger", as_json)


def compare(
    project: ProjectFolder,
    task: TaskName,
    version: Version = None,
    home: Home = HERE,
    as_json: Json = False,
) -> None:
    """Score a version and the champion on the newest rows.

    Neither learnt from them. The scores are kept with the version's run, and `foretell promote`
    judges by them.
    """
    with told(), steps("compare") as say:
        from foretell.standing import compare_now
        from foretell.workspace import Workspace, load

        found = compare_now(Workspace.at(home), load(project), task, version, say)
    if as_json:
        show_json(found)
        return
    low, high = found["interval"]
    show_table(
        f"{found['model']}: version {found['version']} beside champion {found['champion']}",
        ["metric", "difference", "95 % interval", "ECE", "ECE of champion", "rows", "customers"],
        [
            [
                found["metric"],
                f"{found['difference']:+.4f}",
                f"{low:+.4f} to {high:+.4f}",
                f"{found['ece']:.4f}",
                f"{found['champion_ece']:.4f}",
                f"{found['rows']:,}",
                f"{found['customers']:,}",
            ]
        ],
    )


def _show_refusal(error: Any, as_json: bool) -> None:
    if as_json:
        told = [{**each.to_json(), "remedy": each.remedy} for each in error.gates]
        show_json({"promoted": False, "gates": told})
    else:
        show_gates(error.gates)
    progress().print("[red]refused:[/red]", escaped(str(error)), soft_wrap=True)


def _show_promotion(found: Promotion, role: str, as_json: bool) -> None:
    if as_json:
        show_json(
            {
                "model": found.model,
                "version": found.version,
                "before": found.before,
                "bundle": found.bundle,
                "folder": str(found.folder),
                "override": found.override,
                "gates": [each.to_json() for each in found.gates],
                "left": found.left,
            }
        )
        return
    came = f"the first {role}" if found.before is None else f"it was version {found.before}"
    typer.echo(f"{found.model}: version {found.version} is {role} ({came}); {found.folder}")
    if found.override:
        typer.echo(f"Gates were overridden, and the log says so: {found.override}")
    if found.left:
        typer.echo(
            f"MLflow's alias could not follow ({found.left}); the server reads the folder, so it "
            "serves the right one; promote the version once the database is well"
        )
