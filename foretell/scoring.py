"""What the scoring commands do, without the command line."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from features.aside import Aside
from features.boards.boards import related
from features.carriers import duck
from features.contract import Checked
from features.errors import CohortError, StateError
from features.instants import instant, iso
from features.kernel import Vectors, vectors
from features.notice import Notice
from features.segments import Partition, Spine
from features.sources import Source, label_of
from features.whole import whole_file
from foretell.workspace import Loaded, Workspace

if TYPE_CHECKING:
    from serving.manifest import Manifest
    from serving.told import Told
    from training.bundle import Bundle
    from training.project import Project

Say = Callable[[str], None]


def cutoff_of(loaded: Loaded, at: str | None) -> int:
    """Return the cutoff that was asked for, or the project's own, or the present."""
    chosen = at or loaded.as_of
    return instant(chosen) if chosen else instant(datetime.now(UTC))


def read_customers(
    loaded: Loaded, say: Say, told: dict[str, Any] | None = None
) -> Sequence[Partition]:
    """Check the tables of a project and read them, sorted by customer and time.

    Parameters
    ----------
    loaded : Loaded
        The project; whether rows may be set aside stands in it.
    say : callable
        Told what is being done, and of every table what was left out.
    told : dict, optional
        Is filled with what a manifest tells of rows that were left out: ``set_aside`` and
        ``erased``, by table.
    """
    require_events(loaded.project, "no events to read")
    sources = loaded.sources()
    say("checking and reading the tables")
    aside: list[Aside] = []
    erased: dict[str, int] = {}

    def checked(name: str, found: Checked) -> None:
        if found.erased:
            erased[name] = found.erased

    parts = related(
        duck.partitions(
            loaded.project.tables,
            sources,
            quarantine=aside.append if loaded.project.quarantine else None,
            report=checked,
        )
    )
    for each in aside:
        say(Notice(str(each)))
    for name, rows in erased.items() if not aside else ():
        say(Notice(f"{rows:,} rows of {name} left out: their customers were erased"))
    if told is not None:
        told |= {"set_aside": {each.table: each.to_json() for each in aside}} if aside else {}
        told |= {"erased": erased} if erased else {}
    return parts


def require_events(project: Project, lacks: str) -> None:
    """Refuse a ready-made table where only events will do.

    Raises
    ------
    StateError
        With what to do instead.
    """
    if project.ready is not None:
        raise StateError(
            f"project '{project.name}' is a ready-made table and has {lacks}: its columns are the "
            "vectors. `foretell train` trains on it; `foretell score PROJECT --rows FILE` scores "
            "the rows of a file that has the same columns"
        )


def score_file(
    workspace: Workspace,
    loaded: Loaded,
    tasks: Sequence[str],
    rows: Path,
    out: Path,
    say: Say,
    beside: Told,
    base_rate: float | None = None,
) -> Manifest:
    """Score the rows of a file; see `serving.ready.score_rows`."""
    from serving.ready import score_rows

    bundles = champions(workspace, loaded, tasks)
    say("checking, reading and scoring the rows")
    names = [bundle.name for bundle in bundles]
    parameters = {"project": loaded.project.name, "tasks": names, "source": label_of(rows)}
    return score_rows(
        bundles,
        rows,
        out,
        parameters=parameters,
        base_rate=base_rate,
        told=beside,
    )


def write_vectors(
    loaded: Loaded, cutoff: int, out: Path, say: Say, *, force: bool = False
) -> dict[str, Any]:
    """Write the catalogue's vectors of every customer as of a cutoff to Parquet.

    Raises
    ------
    StateError
        When the file exists and is not to be replaced.
    """
    _require_free(out, force)
    told: dict[str, Any] = {}
    parts = read_customers(loaded, say, told)
    say("building behaviour vectors")
    catalogue = loaded.project.catalogue
    if teachers := catalogue.teachers():
        # What these features learn was known at the cutoff: they read nothing after it.
        taught = Vectors.concat(
            vectors(teachers, part, Spine.everyone(part, [cutoff])) for part in parts
        )
        catalogue, refused = catalogue.fit(taught.columns)
        for name, reason in refused.items():
            say(Notice(f"{name} is left out: {reason}"))
    made = Vectors.concat(
        vectors(catalogue, part, Spine.everyone(part, [cutoff])) for part in parts
    )
    with whole_file(out) as partial:
        made.to_pandas().to_parquet(partial)
    return _made(made, cutoff, out, told)


def write_asked(
    workspace: Workspace,
    loaded: Loaded,
    task: str,
    cutoff: int,
    out: Path,
    say: Say,
    *,
    force: bool = False,
) -> dict[str, Any]:
    """Write what the champion of a task reads of its cohort to Parquet, as a notebook asks it with.

    Raises
    ------
    StateError
        When there is no champion, or the file exists and is not to be replaced.
    CohortError
        When nobody belongs to the cohort.
    """
    from serving.batch import members

    _require_free(out, force)
    (bundle,) = champions(workspace, loaded, [task])
    told: dict[str, Any] = {}
    parts = read_customers(loaded, say, told)
    say("building behaviour vectors")
    made = Vectors.concat(members(bundle, part, cutoff) for part in parts)
    if not len(made):
        raise CohortError(f"nobody belongs to the cohort of {task} as of {iso(cutoff)}")
    with whole_file(out) as partial:
        # A model that encodes rates asks for the cutoff as a text.
        made.to_pandas().assign(cutoff=iso(cutoff)).to_parquet(partial)
    return _made(made, cutoff, out, told)


def _require_free(out: Path, force: bool) -> None:
    if out.exists() and not force:
        raise StateError(f"{out} exists; choose another name, or replace it with --force")


def _made(made: Vectors, cutoff: int, out: Path, told: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "rows": len(made),
        "features": len(made.columns),
        "cutoff": iso(cutoff),
        "file": str(out),
        **told,
    }


def champions(
    workspace: Workspace, loaded: Loaded, tasks: Sequence[str], *, as_trained: bool = False
) -> list[Bundle]:
    """Read the champions of some tasks, or of all that have one.

    Their contracts are those that later outcomes led to, see `training.bundle.later`, or as they
    were trained.

    Raises
    ------
    StateError
        When a task has no champion.
    """
    from training.bundle import read_bundle
    from training.bundle.later import as_found

    folder = workspace.champions(loaded.project.name)
    wanted = list(tasks) or [task.name for task in loaded.project.tasks]
    missing = [task for task in wanted if not (folder / loaded.project.task(task).name).exists()]
    if (tasks and missing) or len(missing) == len(wanted):
        raise StateError(
            f"no champion of {', '.join(missing)} in {folder}; run `foretell train` and "
            "`foretell promote` first"
        )
    read = (read_bundle(folder / task) for task in wanted if task not in missing)
    return [each if as_trained else as_found(folder, each) for each in read]


def score(
    workspace: Workspace,
    loaded: Loaded,
    tasks: Sequence[str],
    cutoff: int,
    out: Path,
    say: Say,
    beside: Told,
    base_rate: float | None = None,
) -> Manifest:
    """Score everyone in the cohorts of some tasks; see `serving.batch.score_all`."""
    from serving.batch import score_all

    bundles = champions(workspace, loaded, tasks)
    told: dict[str, Any] = {}
    parts = read_customers(loaded, say, told)
    say("scoring")
    tasks = [bundle.name for bundle in bundles]
    parameters = {"project": loaded.project.name, "tasks": tasks, **told}
    return score_all(
        bundles,
        parts,
        cutoff,
        out,
        parameters=parameters,
        base_rate=base_rate,
        told=beside,
    )


def serving_settings(workspace: Workspace, projects: Sequence[Loaded]) -> Mapping[str, Any]:
    """Return the settings file of a server for some projects, as JSON values.

    Raises
    ------
    StateError
        When a table lies in a frame, a list or a database: a server reads files, and a file of
        settings is no place for a password.
    """
    return {
        "projects": [
            {
                "name": loaded.project.name,
                "champions": str(workspace.champions(loaded.project.name).absolute()),
                "sources": _sources(loaded),
                **({"as_of": loaded.as_of} if loaded.as_of else {}),
                **({"quarantine": True} if loaded.project.quarantine else {}),
            }
            for loaded in projects
        ]
    }


def _sources(loaded: Loaded) -> dict[str, str]:
    # Rows of a ready-made table come with each request.
    if loaded.project.ready is not None:
        return {}
    return {name: _path(loaded, name, source) for name, source in loaded.sources().items()}


def _path(loaded: Loaded, table: str, source: Source) -> str:
    if isinstance(source, str | os.PathLike) and "://" not in os.fspath(source):
        return os.fspath(source)
    raise StateError(
        f"project '{loaded.project.name}': a server reads each table from one file, folder or "
        f"glob; '{table}' comes from {label_of(source)}; write it to Parquet"
    )
