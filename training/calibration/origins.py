"""Margins of rows that a booster had not met: of the calibrate slice, and of earlier origins."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from features.arrays import Bools, Floats, Values
from training.calibration.seen import Seen, joined
from training.snapshots import Snapshot


def seen_in(
    rows: Snapshot,
    levels: Values,
    calibrate: tuple[Bools, Floats],
    origins: Sequence[tuple[Bools, Bools]],
    scored: Callable[[Bools, Bools], Floats],
) -> Seen:
    """Score rows out of time: one period for each origin, and the calibrate slice last.

    The base rate moves from one period to the next by more than sampling allows. A calibrator of
    the last period alone follows it, and is wrong by as much in the next; several periods show
    how it moves. Each earlier period is scored by a booster that learnt, as the last one did, from
    what was settled before it.

    Parameters
    ----------
    rows : Snapshot
        All rows.
    levels : (r,) object
        Segment of each row.
    calibrate : tuple of (r,) bool and (k,) float64
        The calibrate slice, and its margins by the final model.
    origins : sequence of ((r,) bool, (r,) bool)
        Pairs of rows to learn from and of later rows to score, the newest first; those without
        both outcomes are left out.
    scored : callable
        Learns from the first rows and returns the margins of the second.

    Returns
    -------
    Seen
    """

    def part(mask: Bools, told: Floats) -> Seen:
        return Seen.of(
            told,
            rows.label[mask],
            rows.vectors.customers[mask],
            cutoffs=rows.vectors.cutoffs[mask],
            levels=levels[mask],
        )

    parts = [part(*calibrate)]
    for train, later in origins:
        if all(0 < rows.label[mask].sum() < mask.sum() for mask in (train, later)):
            parts.insert(0, part(later, scored(train, later)))
    return joined(parts)
