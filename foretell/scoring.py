"""What the scoring commands do, without the command line."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from features.arrays import Bools, Values
from features.aside import Aside
from features.boards.boards import related
from features.carriers import duck
from features.contract import Checked
from features.errors import StateError
from features.identity import positions
from features.instants import instant, iso
from features.kernel import Vectors, vectors
from features.segments import Partition, Spine
from features.sources import Source, label_of
from features.whole import whole_file
from foretell.workspace import Loaded, Workspace

if TYPE_CHECKING:
    from serving.lists import Explain, Selection, Withhold
    from serving.manifest import Manifest
    from training.bundle import Bundle

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
        say(str(each))
    for name, rows in erased.items() if not aside else ():
        say(f"{rows:,} rows of {name} left out: their customers were erased")
    if told is not None:
        told |= {"set_aside": {each.table: each.to_json() for each in aside}} if aside else {}
        told |= {"erased": erased} if erased else {}
    return parts


def write_vectors(
    loaded: Loaded, cutoff: int, out: Path, say: Say, *, force: bool = False
) -> dict[str, Any]:
    """Write the catalogue's vectors of every customer as of a cutoff to Parquet.

    Raises
    ------
    StateError
        When the file exists and is not to be replaced.
    """
    if out.exists() and not force:
        raise StateError(f"{out} exists; choose another name, or replace it with --force")
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
            say(f"{name} is left out: {reason}")
    made = Vectors.concat(
        vectors(catalogue, part, Spine.everyone(part, [cutoff])) for part in parts
    )
    with whole_file(out) as partial:
        made.to_pandas().to_parquet(partial)
    return {
        "rows": len(made),
        "features": len(catalogue),
        "cutoff": iso(cutoff),
        "file": str(out),
        **told,
    }


def champions(workspace: Workspace, loaded: Loaded, tasks: Sequence[str]) -> list[Bundle]:
    """Read the champions of some tasks, or of all that have one.

    Raises
    ------
    StateError
        When a task has no champion.
    """
    from training.bundle import read_bundle

    folder = workspace.champions(loaded.project.name)
    wanted = list(tasks) or [task.name for task in loaded.project.tasks]
    missing = [task for task in wanted if not (folder / loaded.project.task(task).name).exists()]
    if (tasks and missing) or len(missing) == len(wanted):
        raise StateError(
            f"no champion of {', '.join(missing)} in {folder}; run `foretell train` and "
            "`foretell promote` first"
        )
    return [read_bundle(folder / task) for task in wanted if task not in missing]


def score(
    workspace: Workspace,
    loaded: Loaded,
    tasks: Sequence[str],
    cutoff: int,
    out: Path,
    say: Say,
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
    return score_all(bundles, parts, cutoff, out, parameters=parameters, base_rate=base_rate)


def rank(
    workspace: Workspace,
    loaded: Loaded,
    task: str,
    scores: Path,
    selection: Selection,
    out: Path,
    exclude: Path | None,
    say: Say,
) -> Manifest:
    """Write a ranked list with reasons from a score table; see `serving.lists.make_list`."""
    from serving.lists import make_list
    from serving.manifest import read_manifest

    bundle = champions(workspace, loaded, [task])[0]
    cutoff = instant(read_manifest(scores).as_of)
    parts = read_customers(loaded, say)
    say("ranking")
    explain = explainer(bundle, parts, cutoff)
    identity = next((part.identity for part in parts if part.identity is not None), None)
    return make_list(
        scores,
        task,
        selection,
        out,
        exclude=exclude,
        withhold=withholder(parts),
        widen=None if identity is None else identity.other_names,
        explain=explain,
    )


def withholder(parts: Sequence[Partition]) -> Withhold:
    """Return what tells who of a score table must not be contacted by now.

    ``gone`` are customers of whom nothing is held any more, as they were erased after the scores
    were made; ``without_consent`` have not consented to marketing, or have taken it back.
    """

    def withhold(customers: Values) -> dict[str, Bools]:
        gone = np.ones(len(customers), dtype=np.bool_)
        barred = np.zeros(len(customers), dtype=np.bool_)
        asked = any("marketing" in part.permits for part in parts)
        for part in parts:
            places = positions(part.customers, customers)
            here = places >= 0
            gone &= ~here
            if (permits := part.permits.get("marketing")) is not None:
                barred[here] = ~permits.stands(places[here])
        found = {"gone": gone} if gone.any() else {}
        return found | ({"without_consent": barred} if asked else {})

    return withhold


def explainer(bundle: Bundle, parts: Sequence[Partition], cutoff: int) -> Explain:
    """Return what gives the reasons of some customers' scores as of a cutoff."""
    from serving.scorer import Reason, Scorer

    scorer = Scorer(bundle)

    def explain(customers: Sequence[int | str]) -> Sequence[Sequence[Reason]]:
        found: dict[int | str, Sequence[Reason]] = {}
        for part in parts:
            places = {name: part.position(name) for name in customers}
            here = {name: place for name, place in places.items() if place is not None}
            rows = np.fromiter(here.values(), dtype=np.int64, count=len(here))
            spine = Spine(rows, np.full(len(rows), cutoff))
            told = scorer.reasons(vectors(bundle.catalogue, part, spine))
            found |= dict(zip(here, told, strict=True))
        return [found[name] for name in customers]

    return explain


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
                "sources": {
                    name: _path(loaded, name, source) for name, source in loaded.sources().items()
                },
                **({"as_of": loaded.as_of} if loaded.as_of else {}),
                **({"quarantine": True} if loaded.project.quarantine else {}),
            }
            for loaded in projects
        ]
    }


def _path(loaded: Loaded, table: str, source: Source) -> str:
    if isinstance(source, str | os.PathLike) and "://" not in os.fspath(source):
        return os.fspath(source)
    raise StateError(
        f"project '{loaded.project.name}': a server reads each table from one file, folder or "
        f"glob; '{table}' comes from {label_of(source)}; write it to Parquet"
    )
