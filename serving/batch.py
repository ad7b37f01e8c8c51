"""Scores of whole cohorts, as one table that appears whole or not at all."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow.parquet as pq

from features.arrays import Ints
from features.errors import CohortError
from features.instants import iso
from features.kernel import Vectors, vectors
from features.segments import Partition, Spine
from features.whole import whole_folder
from serving.manifest import Manifest, seal
from serving.scorer import Scorer
from serving.scoretable import SCORES, require_apart, scores_table
from serving.told import NOTHING, Told
from serving.unlike import Unlike, unlike_training
from training.bundle import Bundle
from training.cohort import consenting
from training.cohort import members as cohort


def score_all(
    bundles: Sequence[Bundle],
    partitions: Iterable[Partition],
    cutoff: int,
    folder: Path,
    *,
    created: datetime | None = None,
    parameters: Mapping[str, Any] | None = None,
    base_rate: float | None = None,
    told: Told = NOTHING,
) -> Manifest:
    """Score everyone in the cohorts of some tasks as of a cutoff.

    Parameters
    ----------
    bundles : sequence of Bundle
        One for each task.
    partitions : iterable of Partition
        All customers; read once.
    cutoff : int
        UTC microseconds.
    folder : Path
        Free name; it will hold ``scores.parquet`` (customer, task, score, band, calibration: the
        state of its contract, model_version, as_of) and ``manifest.json``.
    created : datetime, optional
        Time of making; the present when left out.
    parameters : mapping, optional
        What the manifest shall tell of the command.
    base_rate : float, optional
        Rate of the outcome that is expected now, in (0, 1), where it is known to differ from the
        one that the model was calibrated at: scores are corrected to it, see
        `training.calibration.prior.corrected`, and the manifest says so. For one task alone.
    told : Told
        Columns that are added: reasons, and what would lead to a lower band.

    Returns
    -------
    Manifest
        With the rows of each task under ``parameters["rows"]``; where scoring needs consent, those
        of the cohort that were left out for want of it under ``parameters["without_consent"]``.
        Columns that hold what training hardly met are told under ``parameters["unlike_training"]``,
        by task; see `serving.unlike`.

    Raises
    ------
    StateError
        When the folder exists.
    DefinitionError
        When two bundles answer one task, or a base rate cannot be used.
    CohortError
        When nobody belongs to any cohort.
    """
    require_apart(bundles, base_rate)
    scorers = [Scorer(bundle, base_rate) for bundle in bundles]
    rows = {bundle.name: 0 for bundle in bundles}
    looked = {bundle.name: Unlike(bundle) for bundle in bundles}
    withheld: dict[str, int] = {}
    times: dict[str, list[int]] = {}
    with whole_folder(folder) as partial:
        writer: pq.ParquetWriter | None = None
        try:
            for partition in partitions:
                for scorer in scorers:
                    asked = scorer.bundle.task.members.table
                    times.setdefault(asked, []).extend(_ends(partition.events[asked].occurred_at))
                    inside, refused = _inside(scorer.bundle, partition, cutoff)
                    if "scoring" in partition.permits:
                        name = scorer.bundle.name
                        withheld[name] = withheld.get(name, 0) + refused
                    found = _vectors(scorer.bundle, partition, inside)
                    looked[scorer.bundle.name].look(found)
                    table = scores_table(scorer, found, told)
                    rows[scorer.bundle.name] += len(table)
                    if writer is None:
                        writer = pq.ParquetWriter(partial / SCORES, table.schema)
                    if len(table):
                        writer.write_table(table)
        finally:
            if writer is not None:
                writer.close()
        if not any(rows.values()) and any(withheld.values()):
            raise CohortError(
                f"none of the {sum(withheld.values()):,} members of the cohort of "
                f"{', '.join(rows)} as of {iso(cutoff)} has consented to scoring; check the table "
                "of consents and its uses"
            )
        if not any(rows.values()):
            raise CohortError(
                f"nobody belongs to the cohort of {', '.join(rows)} as of {iso(cutoff)}; choose a "
                f"cutoff inside the data: {_reach(times)}"
            )
        manifest = Manifest(
            kind="scores",
            created=(created or datetime.now(UTC)).isoformat(),
            as_of=iso(cutoff),
            models={scorer.bundle.name: scorer.version for scorer in scorers},
            parameters={
                **(parameters or {}),
                "rows": rows,
                **({"base_rate": base_rate} if base_rate is not None else {}),
                **({"without_consent": withheld} if withheld else {}),
                **told.to_json(),
                **unlike_training(looked),
            },
        )
        return seal(partial, manifest, {SCORES: sum(rows.values())})


def members(bundle: Bundle, partition: Partition, cutoff: int) -> Vectors:
    """Compute the vectors of those who belong to the cohort of a task and may be scored.

    Returns
    -------
    Vectors
        Features that the bundle reads, one row a member, customers ascending.
    """
    inside, _ = _inside(bundle, partition, cutoff)
    return _vectors(bundle, partition, inside)


def _inside(bundle: Bundle, partition: Partition, cutoff: int) -> tuple[Spine, int]:
    """Return the members who may be scored, and how many others there are."""
    inside = cohort(bundle.task, partition, [cutoff])
    allowed = consenting(partition, inside, "scoring")
    return inside.take(allowed), int(np.count_nonzero(~allowed))


def _vectors(bundle: Bundle, partition: Partition, inside: Spine) -> Vectors:
    return vectors(bundle.reads, partition, inside)


def _ends(times: Ints) -> list[int]:
    return [int(times.min()), int(times.max())] if len(times) else []


def _reach(times: Mapping[str, Sequence[int]]) -> str:
    """Say from when to when the tables of cohorts have events."""
    return ", ".join(
        f"'{name}' has events from {iso(min(ends))} to {iso(max(ends))}"
        if ends
        else f"'{name}' has no events"
        for name, ends in times.items()
    )
