"""Rows with vectors, labels and roles: all that learning needs."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from features.arrays import Bools, Ints, Values
from training.encoding import Encoding
from training.folds import Slices
from training.provenance import data_hash
from training.selection import Selected
from training.snapshots import Snapshot


@dataclass(frozen=True, eq=False)
class Prepared:
    """Rows of a task, and what each may be used for.

    Parameters
    ----------
    rows : Snapshot
        All rows, with the inputs of the model.
    golden : Snapshot
        The same rows with the levels that target rates read, for a bundle to be verified by.
    splits : tuple of mapping of str to (r,) bool
        Rows of each slice (``train``, ``stop``, ``calibrate``, ``test``, and ``develop`` and
        ``final``, which are learnt from before calibration and before the test), for each
        model that is learnt; the first one's serves, the others only widen the test.
    earlier : tuple of ((r,) bool, (r,) bool)
        Older pairs of train and stop rows, for the search.
    origins : tuple of ((r,) bool, (r,) bool)
        Pairs of rows to learn from and of rows to score, for the calibrator, the newest first.
    slices : Slices or None
        Cutoffs of each slice; None for a task that is split by customer.
    selected : Selected
        Features that the model reads, and what was left out.
    encodings : tuple of Encoding
        Target rates among the columns.
    vector_seconds : float
        How long vectors and labels took.
    baseline : str
        The one feature that the model must beat.
    groups : mapping of str to (r,) object or float64
        Attributes of the rows by which the model is judged, read by it or not.
    at : (r,) int64 or None
        Times of the rows of a ready-made table, where cutoffs may be the months they lie in.
    marks : (r,) object or None
        What tells each row of a ready-made table from all others, see `training.ready.order.marks`;
        None where customer and cutoff do.
    """

    rows: Snapshot
    golden: Snapshot
    splits: tuple[Mapping[str, Bools], ...]
    earlier: tuple[tuple[Bools, Bools], ...]
    origins: tuple[tuple[Bools, Bools], ...]
    slices: Slices | None
    selected: Selected
    encodings: tuple[Encoding, ...]
    vector_seconds: float
    baseline: str
    groups: Mapping[str, Values] = field(default_factory=dict)
    at: Ints | None = None
    marks: Values | None = None

    def fingerprint(self) -> str:
        """Return the hash of all rows and of which of them teach, stop and judge."""
        laid = [mask for roles in self.splits for _, mask in sorted(roles.items())]
        pairs = (mask for pair in (*self.earlier, *self.origins) for mask in pair)
        return data_hash(self.rows, [*laid, *pairs])
