"""Who is in production now, who was then, and how a version compares with the champion today."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from features.errors import StateError
from foretell.workspace import Loaded, Workspace, load
from training.production.history import Entry, last
from training.production.log import HISTORY, read_history
from training.production.stand import champion

if TYPE_CHECKING:
    from training.registry import Registry


def decisions(workspace: Workspace, project: str) -> tuple[Entry, ...]:
    """Return the log of a project.

    Raises
    ------
    StateError
        When there is none, or it is damaged.
    """
    champions = workspace.champions(project)
    if not (champions / HISTORY).is_file():
        raise StateError(
            f"nothing was promoted in {champions}; run `foretell promote`, or name the folder that "
            "holds mlruns/ with --home"
        )
    return read_history(champions)


def in_production(workspace: Workspace, project: str, at: str) -> dict[str, Any]:
    """Return who was in production at an instant, by the log alone.

    Parameters
    ----------
    workspace : Workspace
        Folders.
    project : str
        Name.
    at : str
        ISO 8601; a date is its first instant.
    """
    from datetime import UTC, datetime

    from features.instants import instant, iso

    moment = instant(at)
    then = datetime.fromtimestamp(moment / 1_000_000, UTC)
    log = decisions(workspace, project)
    found = {task: last(log, task, then) for task in dict.fromkeys(each.task for each in log)}
    keys = ("version", "bundle", "run", "by", "at", "override")
    return {
        "at": iso(moment),
        "tasks": {
            task: {key: getattr(each, key) for key in keys} if each else None
            for task, each in found.items()
        },
    }


def now(workspace: Workspace, folder: Path) -> dict[str, dict[str, Any]]:
    """Return newest version, champion and challenger of each task.

    Raises
    ------
    StateError
        When nothing was trained there, or not this project.
    """
    from training.registry import CHALLENGER

    project = load(folder).project
    registry, champions = workspace.registry(), workspace.champions(project.name)
    registry.require_runs(project.name)
    log = read_history(champions)
    found: dict[str, dict[str, Any]] = {}
    for task in project.tasks:
        try:
            newest: int | None = registry.newest(project.name, task.name)
        except StateError:
            newest = None
        standing = champion(champions, task.name, log)
        found[task.name] = {
            "newest": newest,
            "champion": standing.version if standing else None,
            "challenger": registry.version_at(project.name, task.name, CHALLENGER),
            "promoted_at": standing.at if standing else None,
            "promoted_by": standing.by if standing else None,
            "note": _note(registry, project.name, task.name, standing),
        }
    return found


def compare_now(
    workspace: Workspace,
    loaded: Loaded,
    task: str,
    version: int | None,
    say: Callable[[str], None],
) -> dict[str, Any]:
    """Score a version and the champion on the newest rows, and keep that with the version's run."""
    import tempfile

    from training.bundle import read_bundle
    from training.data import open_data
    from training.production.admit import COMPARISONS
    from training.production.again import score_both
    from training.production.apart import look
    from training.production.kept import secret, write_kept
    from training.production.pairs import compare, scored_together
    from training.production.stand import link_of

    project, name = loaded.project, loaded.project.task(task).name
    registry, champions = workspace.registry(), workspace.champions(loaded.project.name)
    registry.require_runs(project.name)
    chosen = registry.newest(project.name, name) if version is None else version
    standing = champion(champions, name, read_history(champions))
    if standing is None:
        raise StateError(
            f"'{project.name}.{name}' has no champion to compare with; `foretell promote` compares "
            "a first one with the baselines"
        )
    config = loaded.config(name)
    with tempfile.TemporaryDirectory() as room:
        fetched = registry.fetch_bundle(project.name, name, chosen, Path(room))
        look(fetched)
        bundle, rival = read_bundle(fetched), read_bundle(link_of(champions, name))
        data = open_data(project, loaded.sources(), say)
        say("scoring both on the newest rows that neither learnt from")
        kept = score_both(project, data, config, bundle, rival, secret(workspace.mlruns))
        file = Path(room) / f"{rival.digest}.parquet"
        write_kept(file, kept)
        registry.attach(registry.run_of(project.name, name, chosen), file, COMPARISONS)
    found = compare(scored_together(kept), config.gates.metric, config.resamples)
    return {
        "model": f"{project.name}.{name}",
        "version": chosen,
        "champion": standing.version,
        "metric": found.metric,
        "difference": found.difference.value,
        "interval": [found.difference.low, found.difference.high],
        "ece": found.ece,
        "champion_ece": found.champion_ece,
        "rows": found.rows,
        "customers": found.customers,
    }


def _note(registry: Registry, project: str, task: str, standing: Entry | None) -> str:
    told = registry.version_at(project, task)
    served = standing.version if standing else None
    if told == served:
        return ""
    return (
        f"MLflow's alias 'champion' names version {told or 'none'}, and the server reads "
        f"{served or 'none'}; `foretell promote` sets it right"
    )
