"""One change to the future after another, and the rows of vectors that noticed it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import partial

import numpy as np

from features.arrays import Bools
from features.catalogue import Catalogue
from features.kernel import vectors
from features.prove.changes import Kind, applies, changed, changed_column, grown
from features.prove.compare import Columns, columns_of, differs
from features.prove.copies import Version, partitions_of
from features.prove.sample import Sample
from features.prove.scene import Scene, is_future
from features.segments import Partition, Spine
from features.tables import Table


@dataclass(frozen=True)
class Trial:
    """A change to everything from a cutoff on.

    Parameters
    ----------
    place : int
        Which cutoff of the sample.
    kind : Kind or None
        What to do; None for nothing.
    table : str
        Only in this table; empty for all.
    column : str
        Only this column, whatever the kind; empty for all.
    grown : bool
        After more rows were added in the table, so that there is something to change.
    gently : bool
        Move times, when they are the column, without changing the order of rows.
    """

    place: int
    kind: Kind | None = None
    table: str = ""
    column: str = ""
    grown: bool = False
    gently: bool = False


def spine_of(sample: Sample, partition: Partition) -> Spine:
    """Pair every customer of the sample with every cutoff; newcomers are in nobody's cohort."""
    spine = Spine.cross(len(sample.customers), sample.cutoffs)
    places = np.searchsorted(partition.customers, sample.numbers)
    return replace(spine, customer=places[spine.customer])


def run(
    sample: Sample, catalogue: Catalogue, trials: Sequence[Trial], memory: str = "2GiB"
) -> Iterator[Columns]:
    """Compute the vectors of every trial, for all customers and cutoffs of the sample."""
    versions = [partial(version_of, sample, trial) for trial in trials]
    for partition in partitions_of(sample, versions, memory):
        yield columns_of(catalogue, partition, spine_of(sample, partition))


def as_it_is(sample: Sample, catalogue: Catalogue, memory: str = "2GiB") -> Columns:
    """Compute the vectors of the tables as they are.

    Raises
    ------
    ContractError
        When values are so large that a sum of a customer's could leave 64 bits.
    """
    (partition,) = partitions_of(sample, [lambda: sample.rows], memory)
    return vectors(catalogue, partition, spine_of(sample, partition)).columns


def version_of(sample: Sample, trial: Trial) -> Version:
    """Make the tables of a trial; the same ones whenever it is asked."""
    version = dict(sample.rows)
    for number, table in enumerate(sample.tables):
        if trial.table in ("", table.name):
            scene = _scene(sample, trial, table, number)
            rows = version[table.name]
            if trial.grown:
                rows = grown(scene, rows)
            if trial.column:
                rows = changed_column(scene, rows, trial.column, gently=trial.gently)
            elif trial.kind is not None:
                rows = changed(scene, rows, trial.kind)
            version[table.name] = rows
    return version


def noticed(sample: Sample, trial: Trial, one: Columns, other: Columns) -> dict[str, Bools]:
    """Tell which rows of which features differ, of those that a trial may not change.

    Rows at earlier cutoffs may not change either: what is to come is to come for them too.

    Returns
    -------
    dict of str to (r,) bool
        Features of which a row differs.
    """
    bound = np.tile(np.arange(len(sample.cutoffs)) <= trial.place, len(sample.customers))
    found = {name: differs(values, other[name]) & bound for name, values in one.items()}
    return {name: rows for name, rows in found.items() if rows.any()}


def cases(sample: Sample, trial: Trial) -> int:
    """Count the customers for whom a trial changes something at its cutoff."""
    if trial.kind in (Kind.ADD, Kind.ADD_LATE, Kind.NEWCOMERS, Kind.ALL):
        return len(sample.customers)
    touched: set[int] = set()
    for number, table in enumerate(sample.tables):
        if trial.kind is not None and applies(table, trial.kind):
            rows = sample.rows[table.name]
            future = is_future(_scene(sample, trial, table, number), rows)
            touched.update(rows[table.customer][future].tolist())
    return len(touched)


def _scene(sample: Sample, trial: Trial, table: Table, number: int) -> Scene:
    # What grows must be the same with and without the change of a column that follows.
    random = np.random.default_rng([sample.seed, trial.place, number])
    return Scene(sample, table, int(sample.cutoffs[trial.place]), random)
