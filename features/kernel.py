"""From sorted events to behaviour vectors: the meaning of every feature, computed once.

Whatever brings the events (a sorted table, a cluster, one customer in a request) ends here, so a
vector made online equals the batch row bit for bit.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

import numpy as np

from features.arrays import Floats, Ints, Texts, Values
from features.catalogue import Catalogue
from features.conditions import Condition
from features.errors import CohortError, DefinitionError
from features.failing import raise_if_own
from features.plan import Source, Step, plan_of
from features.segments import Events, Levels, Partition, Spine
from features.spilled import SpilledColumns
from features.stream import Stream, holding
from features.windows import known

if TYPE_CHECKING:
    import pandas as pd

_CELLS: Final = 1 << 20
"""Values that an operation reads of each input at a time."""


class Columns(Mapping[str, Values]):
    """Columns by name, each cut out of the numbers of the kernel when it is read.

    Parameters
    ----------
    slots : mapping of str to int
        Slot of each feature, in the order of the catalogue.
    numbers : (slots, r) float64
        Values by slot.
    texts : mapping of int to Levels or (r,) object
        What the values of some slots are codes of, or the texts themselves.
    """

    def __init__(
        self, slots: Mapping[str, int], numbers: Floats, texts: Mapping[int, Levels | Texts]
    ) -> None:
        self._slots = slots
        self._numbers = numbers
        self._texts = texts

    def __getitem__(self, name: str) -> Values:
        slot = self._slots[name]
        values, texts = self._numbers[slot], self._texts.get(slot)
        if isinstance(texts, Levels):
            return texts.texts(values.astype(np.int32))
        return values if texts is None else texts

    def __iter__(self) -> Iterator[str]:
        return iter(self._slots)

    def __len__(self) -> int:
        return len(self._slots)


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
        return Vectors(self.customers[rows], self.cutoffs[rows], _taken(self.columns, rows))

    def is_text(self, name: str) -> bool:
        """Tell whether a column holds texts; one in files is not read for it."""
        columns = self.columns
        if isinstance(columns, SpilledColumns) and name in columns.kinds:
            return columns.kinds[name]
        return bool(columns[name].dtype == object)

    def only(self, names: Iterable[str]) -> Vectors:
        """Keep some columns, in the order of their names."""
        if isinstance(self.columns, SpilledColumns):
            return replace(self, columns=self.columns.only([*names]))
        return replace(self, columns={name: self.columns[name] for name in names})

    def plus(self, columns: Mapping[str, Values]) -> Vectors:
        """Put more columns of the same rows after these."""
        if isinstance(self.columns, SpilledColumns):
            return replace(self, columns=self.columns.plus(columns))
        return replace(self, columns={**self.columns, **columns})

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


def _taken(columns: Mapping[str, Values], rows: Values) -> Mapping[str, Values]:
    if isinstance(columns, SpilledColumns):
        return columns.take(rows)
    return {name: values[rows] for name, values in columns.items()}


def vectors(catalogue: Catalogue, partition: Partition, spine: Spine) -> Vectors:
    """Compute the features of every row of a spine.

    Parameters
    ----------
    catalogue : Catalogue
        Features to compute, fitted where they have something to fit.
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
    DefinitionError
        When a feature that learns from data has not been fitted, or one reads boards and the
        partition has none.
    ProjectError
        When the code of a feature of one's own fails.
    """
    plan = plan_of(catalogue)
    numbers = np.empty((plan.slots, len(spine)), dtype=np.float64)
    texts: dict[int, Levels | Texts] = {}
    for source in plan.sources:
        for visible, rows in _seen(source, partition, spine):
            seen = spine if rows is None else spine.take(rows)
            found = numbers if rows is None else np.empty((plan.slots, len(seen)))
            stream = Stream.of(visible, seen, source.windows, source.table)
            for part in source.parts:
                narrowed = stream.narrowed(part.where, part.places)
                for group in part.groups:
                    values = found[group.slots]
                    compute = group.aggregate.compute
                    try:
                        levels = compute(narrowed, group.column, group.asked, values)
                    except Exception as error:
                        raise_if_own(error, _computed_by(compute, catalogue), compute)
                        raise
                    if levels is not None:
                        _put_texts(texts, group.slots, levels, values, rows, len(spine))
            if rows is not None:
                numbers[source.slots, rows] = found[source.slots]
    for step in plan.steps:
        try:
            _derive(step, numbers)
        except Exception as error:
            raise_if_own(error, _computed_by(step.compute, catalogue), step.compute)
            raise
    columns = Columns(plan.columns, numbers, texts)
    return Vectors(partition.customers[spine.customer], spine.cutoff, columns)


def _computed_by(compute: Callable[..., object], catalogue: Catalogue) -> list[str]:
    """Return the names of the features that a function computes."""
    tallies = [each.name for each in catalogue.tallies() if each.aggregate.compute is compute]
    derived = [each.name for each in catalogue.derived() if each.operation.compute is compute]
    return tallies + derived


def _seen(
    source: Source, partition: Partition, spine: Spine
) -> Iterator[tuple[Events, Ints | None]]:
    """Split rows by the events that they see, with what boards add to these."""
    for visible, rows in views(partition.events[source.table], spine):
        if not source.links:
            yield visible, rows
            continue
        if partition.boards is None:
            fault = (
                f"'{source.links[0].name}' of '{source.table}' reads what is known of other "
                "customers, and only some customers are here; bring all of them through "
                "features.boards.related"
            )
            raise DefinitionError("feature", [fault])
        seen = spine if rows is None else spine.take(rows)
        customers = partition.customers
        for wider, inner in partition.boards.views(source.links, visible, customers, seen):
            yield wider, inner if rows is None else rows[inner]


def _put_texts(
    texts: dict[int, Levels | Texts],
    slots: slice,
    levels: Levels,
    codes: Floats,
    rows: Ints | None,
    many: int,
) -> None:
    filled = range(slots.start, slots.stop)
    if rows is None:
        texts.update(dict.fromkeys(filled, levels))
        return
    for slot, found in zip(filled, codes, strict=True):
        # What is a level may differ from view to view.
        whole = texts.setdefault(slot, np.full(many, None, dtype=np.object_))
        assert isinstance(whole, np.ndarray)  # noqa: S101  for the type checker
        whole[rows] = levels.texts(found.astype(np.int32))


def _derive(step: Step, numbers: Floats) -> None:
    """Apply an operation to some of its features at a time, so that copies stay small."""
    at_once = max(1, _CELLS // max(1, numbers.shape[1]))
    for low in range(0, step.inputs.shape[1], at_once):
        some = slice(low, low + at_once)
        inputs = numbers.take(step.inputs[:, some], axis=0)
        learnt = () if step.constants is None else (step.constants[some],)
        found = step.compute(*learnt, *inputs)
        numbers[step.start + low : step.start + low + len(found)] = found


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
        seen = events.where(known(events.seen_from, cutoff, events.superseded_at))
        # All that is left was known in time, so the order of knowing no longer matters.
        settled = Events(seen.offsets, seen.occurred_at, seen.occurred_at, seen.columns)
        yield settled, np.flatnonzero(spine.cutoff == cutoff)


def matching(events: Events, where: tuple[Condition, ...]) -> Events:
    """Keep the events for which every condition holds."""
    return events.where(holding(events, where)) if where else events
