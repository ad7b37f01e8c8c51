"""What the features of kept vectors learnt, from everyone who was known at the earliest cutoff."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from features.builders import count
from features.carriers.duck import partitions
from features.catalogue import Catalogue
from features.errors import CohortError
from features.instants import instant, iso
from features.kernel import Vectors, vectors
from features.segments import Partition, Spine
from features.sources import Source
from features.tables import Table, is_register
from features.windows import too_early


@dataclass(frozen=True)
class Taught:
    """How features that learn from data came to be fitted.

    Parameters
    ----------
    asked : Catalogue
        The features as they were defined, before they learnt.
    at : int
        UTC microseconds. What they learnt was known before; vectors as of earlier cutoffs must
        not read them.
    refused : mapping of str to str
        Features that were left out as the data were too few, and why.
    """

    asked: Catalogue
    at: int
    refused: Mapping[str, str]

    def require_later(self, folder: Path, cutoffs: Sequence[int]) -> None:
        """Hold cutoffs that are to be added to a store against the one that features learnt at.

        Raises
        ------
        CohortError
            When one lies before it.
        """
        for early in too_early(cutoffs, self.at):
            raise CohortError(
                f"{folder} has features that learnt from what was known at {iso(self.at)}, so "
                f"expected cutoffs from then on, got {iso(early)}; make a store anew with it"
            )

    def to_json(self) -> dict[str, Any]:
        """Return plain JSON values."""
        return {
            "asked": self.asked.to_json(),
            "at": iso(self.at),
            "refused": dict(self.refused),
        }

    @classmethod
    def from_json(cls, value: Mapping[str, Any]) -> Taught:
        """Read back what ``to_json`` wrote."""
        asked = Catalogue.from_json(value["asked"])
        return cls(asked, instant(value["at"]), dict(value["refused"]))


def taught(
    catalogue: Catalogue,
    tables: Sequence[Table],
    sources: Mapping[str, Source],
    cutoff: int,
    *,
    memory: str = "2GiB",
    now: int | None = None,
    quarantine: bool = False,
) -> tuple[Catalogue, Taught | None]:
    """Fit the features that learn from data.

    They learn from everyone of whom an event was known before the cutoff, and who has not refused
    training. Rows that became known later change nothing, however many customers they bring.

    Parameters
    ----------
    catalogue : Catalogue
        Features.
    tables : sequence of Table
        Contracts.
    sources : mapping of str to Source
        Where each table lies; known to keep its contract unless there is a quarantine.
    cutoff : int
        The earliest cutoff that vectors will be made for, UTC microseconds.
    memory, now
        As for `features.carriers.duck.partitions`.
    quarantine : bool
        Leave out rows that break a contract by themselves.

    Returns
    -------
    Catalogue
        The features, without those that could not be fitted.
    Taught or None
        How they were fitted; None when none of them learns.
    """
    teachers = catalogue.teachers()
    if not len(teachers):
        return catalogue, None
    read = teachers.columns_read()
    parts = partitions(
        tables,
        sources,
        memory=memory,
        columns={each.name: read.get(each.name, set()) for each in tables},
        checked=True,
        now=now,
        quarantine=(lambda _: None) if quarantine else None,
    )
    there = Catalogue(
        count(each.name) for each in tables if each.occurred_at and not is_register(each)
    )
    lessons = Vectors.concat(vectors(teachers, part, _known(there, part, cutoff)) for part in parts)
    # Sums of floats hang on their order, which must not hang on how customers were parted.
    lessons = lessons.take(np.argsort(lessons.customers, kind="stable"))
    found, refused = catalogue.fit(lessons.columns)
    return found, Taught(catalogue, cutoff, refused)


def _known(there: Catalogue, part: Partition, cutoff: int) -> Spine:
    """Return everyone of whom an event was known, and who has not refused training."""
    spine = Spine.everyone(part, [cutoff])
    counts = vectors(there, part, spine).columns.values() if len(there) else ()
    stays = np.any([each > 0 for each in counts], axis=0) if counts else np.ones(len(spine), bool)
    agreed = part.permits.get("training")
    return spine.take(
        stays if agreed is None else stays & agreed.stood(spine.customer, spine.cutoff)
    )
