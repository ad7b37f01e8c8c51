"""What a report tells beside the judgement, from what was trained."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from features.arrays import Bools
from features.ready.given import spelled
from features.tables import AttributeTable
from training.bundle import Bundle
from training.calibration.words import told
from training.censoring.told import StoodFor
from training.fit import importance
from training.learn import Learned
from training.project import Project
from training.reasons.settings import Reasons
from training.report.context import Importance, ReportContext, Slice
from training.sampling import Thinned
from training.snapshots import Snapshot

SLICES: Final = ("train", "stop", "develop", "calibrate", "final", "test")
"""In the order of the report; ``final`` is what the model that serves learns from."""

SHOWN_FEATURES: Final = 20
"""Features that a report lists."""

_ROW: Final = "row "


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
    task = bundle.task
    cutoffs = bundle.trained["cutoffs"]
    words = spelled(bundle.catalogue)
    gains = list(importance(learned.booster).items())[:SHOWN_FEATURES]
    return ReportContext(
        question=task.question,
        cohort=task.who,
        gap=task.gap,
        horizon=task.horizon,
        split=_split(bundle, len(splits)),
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
        importance=tuple(
            Importance(words.get(name, name), share, bundle.texts[name]) for name, share in gains
        ),
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
        limits=(*_unproven(project), *_left_out(bundle.trained)),
        repeat=_repeat(bundle.trained),
        contract=bundle.contract,
        inputs=len(bundle.schema.columns),
        reasons=_reasons(bundle),
    )


def _split(bundle: Bundle, models: int) -> str:
    """Say how the slices were made."""
    final = (
        "The calibrator hears of models that knew nothing of calibrate; the final fit learns from "
        "all that is settled before test."
    )
    given = bundle.task.is_given
    if bundle.trained["split"] == "customer":
        one = "the rows tell no times" if given else "the data have one cutoff"
        return (
            f"by customer: {one}, so {models} models were trained alike, each tested on customers "
            "that it had not met; the first one serves. The final fit learns from all that test "
            "has not met."
        )
    if not given:
        return (
            "by time: every label of a slice was settled before the first cutoff of the next; "
            f"customers recur at later cutoffs. {final}"
        )
    if bundle.trained["cutoffs"]["test"][0].startswith(_ROW):
        return f"by the order of the rows, which tell no times: later ones are tested on. {final}"
    return f"by time: every label of a slice was settled before the first row of the next. {final}"


def _day(time: str) -> str:
    """Return the day of a time; the number of a row stays whole."""
    return time if time.startswith(_ROW) else time[:10]


def _unproven(project: Project) -> tuple[str, ...]:
    """Say what nobody can prove of a ready-made table, and what its contract leaves out."""
    table = project.ready
    if table is None:
        return ()
    told = (
        f"The columns of {table.name} came ready-made: nobody can prove that their values were "
        "known before the outcome."
    )
    left = ", ".join(table.leave_out)
    return (told, f"Left out by the contract of the table: {left}.") if left else (told,)


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
    if asked.protected and not asked.adverse:
        told.append(
            f"No change that leads to a lower band may be about {', '.join(asked.protected)}; "
            "reasons may, as they are given of a refusal alone when [reasons] says purpose = "
            '"adverse".'
        )
    if asked.protected and asked.adverse:
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
