"""From sorted events to behaviour vectors: the meaning of every feature, computed once.

Whatever brings the events (a sorted table, a cluster, one customer in a request) ends here, so a
vector made online equals the batch row bit for bit.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, TypeAlias

import numpy as np

from features.arrays import Ints, Values
from features.catalogue import Catalogue
from features.conditions import Condition
from features.errors import CohortError
from features.feature import Derived, Feature, Tally
from features.segments import Events, Partition, Spine
from features.stream import Stream
from features.windows import known

if TYPE_CHECKING:
    import pandas as pd

_Source: TypeAlias = tuple[str, tuple[Condition, ...]]
"""A table, and the events of it that count."""


@dataclass(frozen=True, eq=False)
class Vectors:
    """Behaviour vectors: one row for each row of the spine.

    Parameters
    ----------
    customers : (r,) int64 or object
        Customer ids.
    cutoffs : (r,) int64
        UTC microseconds.
    columns : mapping of str to array
        By feature name, in the order of the catalogue: (r,) float64 with NaN for null, or (r,)
        object with None for null.
    """

    customers: Values
    cutoffs: Ints
    columns: Mapping[str, Values]

    def __len__(self) -> int:
        return len(self.cutoffs)

    def to_pandas(self) -> pd.DataFrame:
        """Return a frame with ``customer``, ``cutoff`` (UTC) and the features."""
        import pandas as pd

        cutoffs = pd.to_datetime(self.cutoffs, unit="us", utc=True)
        head = {"customer": self.customers, "cutoff": cutoffs}
        return pd.DataFrame(head | dict(self.columns))

    def take(self, rows: Values) -> Vectors:
        """Keep some rows, by position or by mask."""
        kept = {name: values[rows] for name, values in self.columns.items()}
        return Vectors(self.customers[rows], self.cutoffs[rows], kept)

    @classmethod
    def concat(cls, parts: Iterable[Vectors]) -> Vectors:
        """Put vectors of the same catalogue one below the other.

        Raises
        ------
        CohortError
            When there are none: without a part nobody knows the columns.
        """
        many = list(parts)
        if not many:
            raise CohortError("expected vectors of at least one partition, came none")
        return cls(
            np.concatenate([each.customers for each in many]),
            np.concatenate([each.cutoffs for each in many]),
            {
                name: np.concatenate([each.columns[name] for each in many])
                for name in many[0].columns
            },
        )


def vectors(catalogue: Catalogue, partition: Partition, spine: Spine) -> Vectors:
    """Compute the features of every row of a spine.

    Parameters
    ----------
    catalogue : Catalogue
        Features to compute.
    partition : Partition
        All events of the spine's customers.
    spine : Spine
        Rows.

    Returns
    -------
    Vectors

    Raises
    ------
    ContractError
        When values are so large that a sum of a customer's could leave 64 bits.
    """
    made: dict[Feature, Values] = {}
    for (table, where), groups in _plan(catalogue):
        events = matching(partition.events[table], where)
        for visible, rows in views(events, spine):
            stream = Stream(visible, spine.take(rows) if rows is not None else spine, table)
            for group in groups:
                first, windows = group[0], [each.window for each in group]
                for tally, values in zip(
                    group, first.aggregate.compute(stream, first.column, windows), strict=True
                ):
                    if rows is None:
                        made[tally] = values
                    else:
                        whole = made.setdefault(tally, np.empty(len(spine), dtype=values.dtype))
                        whole[rows] = values
    columns = {each.name: _evaluate(each, made) for each in catalogue}
    return Vectors(partition.customers[spine.customer], spine.cutoff, columns)


def views(events: Events, spine: Spine) -> Iterator[tuple[Events, Ints | None]]:
    """Split rows so that what each sees of its customer is a prefix of that customer's events.

    Where events became known in the order in which they happened, one view serves all rows (rows
    are None). Otherwise there is a view for each cutoff, without the events not known by then.

    Parameters
    ----------
    events : Events
        Events of one table.
    spine : Spine
        Rows.

    Yields
    ------
    Events
        Events to read.
    (k,) int64 or None
        Rows that may read them; None for all.
    """
    # Without rows nothing is seen, but every feature still needs its (empty) column.
    if events.knowledge_ascends or not len(spine):
        yield events, None
        return
    for cutoff in np.unique(spine.cutoff):
        seen = events.where(known(events.known_at, cutoff))
        # All that is left was known in time, so the order of knowing no longer matters.
        settled = Events(seen.offsets, seen.occurred_at, seen.occurred_at, seen.columns)
        yield settled, np.flatnonzero(spine.cutoff == cutoff)


def matching(events: Events, where: tuple[Condition, ...]) -> Events:
    """Keep the events for which every condition holds."""
    if not where:
        return events
    mask = np.ones(len(events), dtype=np.bool_)
    for condition in where:
        mask &= condition.holds(events.columns[condition.column])
    return events.where(mask)


@lru_cache(maxsize=256)
def _plan(catalogue: Catalogue) -> tuple[tuple[_Source, tuple[tuple[Tally, ...], ...]], ...]:
    """Group tallies by the events they read, and then by what they do with them."""
    sources: dict[_Source, dict[tuple[str, str], list[Tally]]] = {}
    for each in catalogue.tallies():
        groups = sources.setdefault((each.table, each.where), {})
        groups.setdefault((each.aggregate.name, each.column), []).append(each)
    return tuple((source, tuple(map(tuple, groups.values()))) for source, groups in sources.items())


def _evaluate(feature: Feature, made: dict[Feature, Values]) -> Values:
    if feature not in made and isinstance(feature, Derived):
        inputs = (_evaluate(each, made) for each in feature.inputs)
        made[feature] = feature.operation.compute(*inputs)
    return made[feature]
