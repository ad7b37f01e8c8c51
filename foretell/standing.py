"""Who is in production now, who was then, and how a version compares with the champion today."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

from features.errors import StateError
from foretell.workspace import Loaded, Workspace, name_of, tasks_of
from training.production.history import Entry, last
from training.production.recorded import Registered, aliases, stands, versions
from training.production.stand import BUNDLES, decided, standing
from training.registry import CHALLENGER, CHAMPION, DATABASE

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence


def decisions(workspace: Workspace, project: str) -> tuple[Entry, ...]:
    """Return the log of a project.

    Raises
    ------
    StateError
        When there is none, or it is damaged.
    """
    champions = workspace.champions(project)
    found = decided(champions)
    if not found:
        raise StateError(
            f"nothing was promoted in {champions}; run `foretell promote`, or name the folder that "
            "holds mlruns/ with --home"
        )
    return found


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

    Raises
    ------
    StateError
        When that time has not come, or there is no log, or it is damaged.
    """
    from datetime import UTC, datetime

    from features.instants import instant, iso

    moment = instant(at)
    if moment > instant(datetime.now(UTC)):
        raise StateError(
            f"{iso(moment)} has not come, and nobody knows who will be in production then; leave "
            "out --at for who is now"
        )
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
    """Return newest version, champion and challenger of each task, and how they are calibrated.

    Neither MLflow nor the project's code is run: it must be quick, and tell what stands even when
    the project cannot be read.

    Raises
    ------
    StateError
        When nothing was trained there, or not this project.
    """
    name = name_of(folder)
    registry, champions = workspace.registry(), workspace.champions(name)
    registry.require_runs(name)
    database = registry.folder / DATABASE
    known, named = versions(database, name), aliases(database, name)
    told = [*(each.task for each in known), *(each.task for each in decided(champions))]
    return {
        task: _of_task(champions, task, [each for each in known if each.task == task], named)
        for task in dict.fromkeys([*tasks_of(folder), *told])
    }


def _of_task(
    champions: Path,
    task: str,
    known: Sequence[Registered],
    named: Mapping[tuple[str, str], int],
) -> dict[str, Any]:
    newest = max(known, key=lambda each: each.version, default=None)
    roles = {
        CHAMPION: standing(champions, task),
        CHALLENGER: standing(champions, task, challenger=True),
    }
    numbers = {role: each.version if each else None for role, each in roles.items()}
    calibration = {
        role: stands(champions, champions / BUNDLES / each.bundle) if each else None
        for role, each in roles.items()
    }
    told = roles[CHAMPION]
    return {
        "newest": newest.version if newest else None,
        **numbers,
        "calibration": {
            "newest": stands(champions, newest.bundle) if newest else None,
            **calibration,
        },
        "promoted_at": told.at if told else None,
        "promoted_by": told.by if told else None,
        "note": "; ".join(_notes(task, numbers, named)),
    }


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
    from training.production.pairs import ASKED_FOR, compare, scored_together
    from training.production.stand import link_of

    project, name = loaded.project, loaded.project.task(task).name
    registry, champions = workspace.registry(), workspace.champions(loaded.project.name)
    registry.require_runs(project.name)
    chosen = registry.newest(project.name, name) if version is None else version
    stands = standing(champions, name)
    if stands is None:
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
    # As the gate compares, so that what is shown is what promotion will say.
    found = compare(scored_together(kept, ASKED_FOR), config.gates.metric)
    return {
        "model": f"{project.name}.{name}",
        "version": chosen,
        "champion": stands.version,
        "metric": found.metric,
        "difference": found.difference.value,
        "interval": [found.difference.low, found.difference.high],
        "ece": found.ece,
        "champion_ece": found.champion_ece,
        "rows": found.rows,
        "customers": found.customers,
    }


def _notes(
    task: str, numbers: Mapping[str, int | None], named: Mapping[tuple[str, str], int]
) -> Iterator[str]:
    """Yield where MLflow's aliases name another version than stands."""
    remedies = {CHAMPION: "promote", CHALLENGER: "challenger"}
    for role, version in numbers.items():
        alias = named.get((task, role))
        if alias != version:
            yield (
                f"MLflow's alias '{role}' names version {alias or 'none'}, and the {role} that "
                f"stands is {version or 'none'}; `foretell {remedies[role]}` sets it right"
            )
