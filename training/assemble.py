"""From what was learnt to what is kept: the bundle."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, replace
from typing import Any

from features.arrays import Bools
from features.aside import Aside
from features.instants import instant, iso
from features.registers import Consents
from features.tables import is_register
from training.bundle import Band, Bundle
from training.bundle.reference import reference
from training.calibration.contract import Contract
from training.config import Config
from training.encoding import Encoding
from training.folds import Slices, describe
from training.learn import Learned
from training.project import Project
from training.provenance import commit, data_hash, versions
from training.reasons.settings import Reasons
from training.selection import Selected
from training.snapshots import Snapshot
from training.tasks import Task


def assemble(
    project: Project,
    task: Task,
    rows: Snapshot,
    roles: Mapping[str, Bools],
    learned: Learned,
    config: Config,
    slices: Slices | None,
    selected: Selected | None = None,
    aside: Mapping[str, Aside] | None = None,
    erased: Mapping[str, int] | None = None,
    encodings: tuple[Encoding, ...] = (),
    contract: Contract | None = None,
    fingerprint: str = "",
) -> Bundle:
    """Put together the bundle of a learnt model.

    Parameters
    ----------
    project, task : Project, Task
        Definitions that travel with the model.
    rows : Snapshot
        All rows.
    roles : mapping of str to (r,) bool
        Rows of each slice.
    learned : Learned
        The model.
    config : Config
        Settings.
    slices : Slices or None
        Cutoffs of each slice; None for a task that is split by customer.
    selected : Selected, optional
        Features that the model reads; left out, all of the project and the task.
    aside : mapping of str to Aside, optional
        What was set aside, by table.
    erased : mapping of str to int, optional
        Rows of customers who asked to be forgotten, by table.
    encodings : tuple of Encoding
        Target rates among the columns of the rows.
    contract : Contract, optional
        What is promised of the probabilities.
    fingerprint : str
        Hash of the rows and their slices; left out, of these.

    Returns
    -------
    Bundle
    """
    chosen = selected or Selected(project.features_of(task))
    catalogue, rates = chosen.catalogue, [each.rate for each in encodings]
    learnt = rows.take(roles["final"])
    base_rate = float(learnt.label.mean())
    read = {*catalogue.columns_read(), task.members.table, task.label.table}
    trained: dict[str, Any] = {
        "split": config.split,
        "cutoffs": describe(slices) if slices else {"all": [iso(instant(config.cutoff))]},
        "rows": {name: int(mask.sum()) for name, mask in roles.items()},
        "base_rate": base_rate,
        "rounds": learned.booster.num_trees(),
        "members": [{**asdict(each.params), "rounds": each.rounds} for each in learned.members],
        "seed": config.seed,
        "threads": config.threads,
        "data_hash": fingerprint or data_hash(rows, roles.values()),
        "commit": commit(),
        "versions": versions(),
        "reference": reference(learnt.vectors),
        "dropped": {each.name: each.reason for each in chosen.dropped},
    }
    if chosen.crowded:
        trained["crowded"] = list(chosen.crowded)
    if rows.stood_for:
        trained["stood_for"] = rows.stood_for.to_json()
    if learned.thinned:
        trained["sampling"] = learned.thinned.to_json()
    if erased:
        trained["erased"] = dict(erased)
    if any(isinstance(table, Consents) and "training" in table.uses for table in project.tables):
        trained["without_consent"] = rows.withheld
    if aside:
        trained["set_aside"] = {name: each.to_json() for name, each in aside.items()}
    return Bundle(
        project=project.name,
        task=task,
        tables=tuple(table for table in project.tables if table.name in read or is_register(table)),
        catalogue=catalogue,
        schema=learned.schema,
        calibrator=learned.calibrator,
        bands=bands(base_rate, config.bands),
        texts={each.name: each.description for each in (*catalogue, *rates)},
        trained=trained,
        model_text=learned.booster.model_to_string(),
        encodings=encodings,
        segments=learned.calibrated.segments,
        contract=contract,
        reasons=_reasons(config).to_json(),
    )


def bands(base_rate: float, multiples: Mapping[str, float]) -> tuple[Band, ...]:
    """Cut scores into bands at multiples of the odds of the base rate.

    Parameters
    ----------
    base_rate : float
        Share of positives, in (0, 1): a model is fitted only where both outcomes occur.
    multiples : mapping of str to float
        By name, in any order: a band at 3 starts where the odds are three times those of the base
        rate. Multiples are distinct and above 0, and no name is "low"; see `Config`.

    Returns
    -------
    tuple of Band
        From the highest; the last one, "low", starts at 0.

    Examples
    --------
    >>> bands(0.2, {"high": 4.0, "medium": 1.0})
    (Band(name='high', at_least=0.5), Band(name='medium', at_least=0.2), Band(name='low', \
at_least=0.0))
    """
    odds = base_rate / (1 - base_rate)
    ordered = sorted(multiples.items(), key=lambda pair: -pair[1])
    starts = [Band(name, odds * times / (1 + odds * times)) for name, times in ordered]
    return (*starts, Band("low", 0.0))


def _reasons(config: Config) -> Reasons:
    """Return the settings of reasons: no refusal is about what the model is judged for, either."""
    asked = config.reasons
    if not asked.adverse:
        return asked
    return replace(
        asked, protected=tuple(dict.fromkeys((*asked.protected, *config.judging.protected)))
    )
