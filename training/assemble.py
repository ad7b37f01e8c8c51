"""From what was learnt to what is kept: the bundle, and the words of the report."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from typing import Any, Final

from features.arrays import Bools
from features.aside import Aside
from features.instants import instant, iso
from features.registers import Consents
from features.tables import AttributeTable, is_register
from training.bundle import Band, Bundle
from training.bundle.reference import reference
from training.calibration.contract import Contract
from training.calibration.words import told
from training.censoring.told import StoodFor
from training.config import Config
from training.encoding import Encoding
from training.fit import importance
from training.folds import Slices, describe
from training.learn import Learned
from training.project import Project
from training.provenance import commit, data_hash, versions
from training.reasons.settings import Reasons
from training.report.context import Importance, ReportContext, Slice
from training.sampling import Thinned
from training.selection import Selected
from training.snapshots import Snapshot
from training.tasks import Task

SLICES: Final = ("train", "stop", "develop", "calibrate", "final", "test")
"""In the order of the report; ``final`` is what the model that serves learns from."""

SHOWN_FEATURES: Final = 20
"""Features that a report lists."""


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
        "data_hash": data_hash(rows),
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
        reasons=config.reasons.to_json(),
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


def context(
    project: Project,
    rows: Snapshot,
    splits: list[Mapping[str, Bools]],
    learned: Learned,
    bundle: Bundle,
    sources: Mapping[str, str],
) -> ReportContext:
    """Say what a report tells beside the evaluation.

    Parameters
    ----------
    project : Project
        Definitions.
    rows : Snapshot
        All rows.
    splits : list of mapping
        Rows of each slice, for each split.
    learned : Learned
        The model that serves.
    bundle : Bundle
        As it was written.
    sources : mapping of str to str
        Where each table came from.

    Returns
    -------
    ReportContext
    """
    task, by_customer = bundle.task, bundle.trained["split"] == "customer"
    cutoffs = bundle.trained["cutoffs"]
    gains = list(importance(learned.booster).items())[:SHOWN_FEATURES]
    return ReportContext(
        question=task.question,
        cohort=task.who,
        gap=task.gap,
        horizon=task.horizon,
        split=(
            f"by customer: the data have one cutoff, so {len(splits)} models were trained alike, "
            "each tested on customers that it had not met; the first one serves. "
            "The final fit learns from all that test has not met."
            if by_customer
            else "by time: every label of a slice was settled before the first cutoff of the next; "
            "customers recur at later cutoffs. The calibrator hears of models that knew nothing of "
            "calibrate; the final fit learns from all that is settled before test."
        ),
        slices=tuple(
            Slice(
                name,
                tuple(_day(each) for each in cutoffs.get(name, cutoffs.get("all", []))),
                int(mask.sum()),
                int(rows.label[mask].sum()),
                is_span=task.is_given and name in cutoffs,
            )
            for name in SLICES
            for mask in (splits[0][name],)
        ),
        importance=tuple(Importance(name, share, bundle.texts[name]) for name, share in gains),
        sources=tuple(sources.items()),
        data_hash=bundle.trained["data_hash"],
        static=tuple(
            table.name
            for table in project.tables
            if isinstance(table, AttributeTable) and table.static
        ),
        model=f"{project.name}.{task.name} {bundle.digest[:12]}",
        calibration=told(learned.calibrated, bundle.contract),
        dropped=tuple(bundle.trained.get("dropped", {}).items()),
        limits=_left_out(bundle.trained),
        repeat=_repeat(bundle.trained),
        contract=bundle.contract,
        inputs=len(bundle.schema.columns),
        reasons=_reasons(bundle),
    )


def _day(time: str) -> str:
    """Return the day of a time; the number of a row stays whole."""
    return time if time.startswith("row ") else time[:10]


def _reasons(bundle: Bundle) -> tuple[str, ...]:
    """Say what a reason may be about, and what no reason and no shape of the model promises."""
    asked = Reasons.from_json(bundle.reasons)
    if asked.adverse:
        told = [
            f"A refusal is given {asked.most} reasons at most: only what raises the score, "
            "features of one measure told once."
        ]
    else:
        told = ["Reasons are the strongest effects on a score, in both directions."]
    told.append("They are the exact additive effects of this model on the score, in log-odds.")
    if asked.protected:
        read = {
            name
            for table, columns in bundle.catalogue.columns_read().items()
            for column in columns
            for name in (column, f"{table}.{column}")
        } | {each.name for each in bundle.schema.columns}
        seen = [name for name in asked.protected if name in read]
        told.append(
            f"No reason may be about {', '.join(asked.protected)}; the model reads "
            f"{', '.join(seen) or 'none of them'}."
        )
    told.append(
        "No feature is held to one direction: the model is not monotone by construction, see the "
        "figures of what moves scores."
    )
    return tuple(told)


def _repeat(trained: Mapping[str, Any]) -> tuple[tuple[str, str], ...]:
    """Say what gives the same model again: the same rows, code, seed, threads and packages."""
    packages = ", ".join(f"{name} {version}" for name, version in trained["versions"].items())
    return (
        ("command", "foretell train FOLDER --task TASK, with the same tables and train.toml"),
        ("rows", trained["data_hash"]),
        ("commit", str(trained["commit"])),
        ("seed and threads", f"{trained['seed']} and {trained['threads']}"),
        ("packages", packages),
    )


def _left_out(trained: Mapping[str, Any]) -> tuple[str, ...]:
    """Say in words which customers, and which levels of texts, the model knows nothing of."""
    erased, without = sum(trained.get("erased", {}).values()), trained.get("without_consent")
    told = []
    if "sampling" in trained:
        told.append(f"The model was made by {Thinned(**trained['sampling']).sentence}.")
    told += [f"{each}." for each in trained.get("crowded", ())]
    if "stood_for" in trained:
        told.append(f"{StoodFor(**trained['stood_for']).sentence}.")
    if erased:
        told.append(f"{erased:,} rows of customers who asked to be forgotten were not read.")
    if without is not None:
        told.append(f"{without:,} rows were left out for want of consent to training.")
    return tuple(told)
