"""A run, trained again from what it holds and the data, to see whether its bytes are the same."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path

from features.errors import ForetellError, StateError
from features.sources import Source
from training.bundle.manifest import sha256
from training.config import Config
from training.data import Data, given_data, open_data
from training.large.arrange import prepare_given
from training.learn import Say, learn
from training.prepare import prepare
from training.project import Project
from training.provenance import commit, versions
from training.repeatable import Repeatable, definition
from training.search.tune import Terms


@dataclass(frozen=True)
class Repeated:
    """What came of a repetition.

    Parameters
    ----------
    same : bool
        The model has the same bytes.
    model, was : str
        SHA-256 of ``model.txt`` now and then.
    differs : tuple of str
        A sentence for each of data, definitions, settings, code and libraries that is another one
        than in the run. Definitions and settings of the run were used in any case.
    """

    same: bool
    model: str
    was: str
    differs: tuple[str, ...]


def repeat(
    run: Repeatable,
    sources: Mapping[str, Source],
    present: Project | None = None,
    settings: Config | None = None,
    say: Say = lambda text: None,
    rows: Path | None = None,
) -> Repeated:
    """Train a run again and compare the model's bytes; nothing is recorded.

    The search is not done again: what it chose stands in the run.

    Parameters
    ----------
    run : Repeatable
        What the run kept.
    sources : mapping of str to Source
        Where each table of the run lies; others are left aside.
    present : Project, optional
        The project as its code says now, to tell whether it has changed.
    settings : Config, optional
        The settings as ``train.toml`` says now, to tell whether they have changed.
    say : callable
        Told what is being done.
    rows : Path, optional
        Folder of the rows, where the run learnt from rows that were made elsewhere.

    Returns
    -------
    Repeated

    Raises
    ------
    StateError
        When the run learnt from a folder of rows and none is given, or from tables and one is.
    """
    require_rows(run, rows)
    data = again_from(run, sources, say, rows)
    say("building behaviour vectors")
    project, config = data.described(run.project), data.timed(run.again)
    prepared = (
        prepare(project, run.task, data, config)
        if data.rows is None
        else prepare_given(project, run.task, data.rows, config)
    )
    roles = prepared.splits[0]
    learned = learn(
        prepared.rows,
        roles,
        prepared.baseline,
        config,
        say,
        prepared.earlier,
        Terms(also=run.params[1:]),
        origins=prepared.origins,
        inputs=prepared.golden.vectors.columns,
    )
    model = sha256(learned.booster.model_to_string().encode())
    came = prepared.fingerprint()
    differs = [
        *_data(run, came),
        *_definitions(run, present, sources),
        *_settings(run, None if settings is None else data.timed(settings)),
        *_code(run),
    ]
    return Repeated(model == run.model, model, run.model, tuple(differs))


def require_rows(run: Repeatable, rows: Path | None) -> None:
    """Refuse a run of a folder of rows without one, and a run of tables with one.

    Raises
    ------
    StateError
        With what to do.
    """
    if run.rows and rows is None:
        raise StateError(
            f"the run learnt from a folder of rows, {run.rows}, and not from the tables of its "
            f"project; give the same rows: foretell repeat RUN --rows {run.rows}"
        )
    if rows is not None and not run.rows:
        raise StateError(
            f"the run learnt from the tables of its project, and {rows} is a folder of rows; leave "
            "out --rows"
        )


def again_from(
    run: Repeatable, sources: Mapping[str, Source], say: Say, rows: Path | None = None
) -> Data:
    """Open what a run learnt from: its tables, or the folder of its rows."""
    if rows is not None:
        return given_data(rows)
    wanted = {table.name: sources[table.name] for table in run.project.tables}
    return open_data(run.project, wanted, say, run.config.judging.names)


def _data(run: Repeatable, came: str) -> list[str]:
    if came == run.data_hash:
        return []
    return [f"data: the rows have the hash {came[:12]}, and had {run.data_hash[:12]}"]


def _definitions(
    run: Repeatable, present: Project | None, sources: Mapping[str, Source]
) -> list[str]:
    if present is None:
        return []
    if run.task.name not in [task.name for task in present.tasks]:
        return [f"definitions: the project has no task '{run.task.name}' any more"]
    if present.ready is not None:
        try:
            # What its columns are stands in the table.
            present = open_data(present, sources, lambda text: None).described(present)
        except ForetellError as error:
            return [f"definitions: the project cannot read its table as it is now: {error}"]
    held = definition(run.project, run.task)
    here = definition(present, present.task(run.task.name))
    parts = [part for part in held if held[part] != here[part]]
    if not parts:
        return []
    return [f"definitions: {', '.join(parts)} of the project changed since; the run's were used"]


def _settings(run: Repeatable, now: Config | None) -> list[str]:
    if now is None:
        return []
    held, here = asdict(run.config), asdict(now)
    parts = [name for name in here if held.get(name) != here[name]]
    if not parts:
        return []
    return [f"settings: {', '.join(parts)} of train.toml changed since; the run's were used"]


def _code(run: Repeatable) -> list[str]:
    found = []
    here = commit()
    if here != run.commit or here.endswith("+changes"):
        found.append(f"code: commit {here[:20]}, and was {run.commit[:20]}")
    found += [
        f"libraries: {name} is {there}, and was {run.versions.get(name, 'none')}"
        for name, there in versions().items()
        if run.versions.get(name) != there
    ]
    return found
