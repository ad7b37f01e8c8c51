"""Margins of rows that a booster had not met: of the calibrate slice, and of earlier origins."""

from __future__ import annotations

from collections.abc import Sequence

import lightgbm

from features.arrays import Bools, Floats, Values
from training.calibration.seen import Seen, joined
from training.config import Config
from training.fit import Columns, Rows, margins, refit
from training.search.tune import Trial
from training.snapshots import Snapshot


def seen_in(
    rows: Snapshot,
    matrix: Floats,
    columns: Columns,
    booster: lightgbm.Booster,
    chosen: Trial,
    config: Config,
    calibrate: Bools,
    origins: Sequence[tuple[Bools, Bools]],
    levels: Values,
) -> Seen:
    """Score rows out of time: one period for each origin, and the calibrate slice last.

    The base rate moves from one period to the next by more than sampling allows. A calibrator of
    the last period alone follows it, and is wrong by as much in the next; several periods show
    how it moves. Each earlier period is scored by a booster that learnt, as the last one did, from
    what was settled before it. Slices of one cutoff are no periods, and are left out.

    Parameters
    ----------
    rows : Snapshot
        All rows.
    matrix, columns : (r, k) float64 and Columns
        Their inputs.
    booster : lightgbm.Booster
        The final model.
    chosen : Trial
        Its hyperparameters and rounds.
    config : Config
        Seed and threads.
    calibrate : (r,) bool
        The calibrate slice.
    origins : sequence of ((r,) bool, (r,) bool)
        Pairs of rows to learn from and of later rows to score, the newest first; those without
        both outcomes are left out.
    levels : (r,) object
        Segment of each row.

    Returns
    -------
    Seen
    """
    cutoffs = rows.vectors.cutoffs

    def scored(by: lightgbm.Booster, mask: Bools) -> Seen:
        return Seen.of(
            margins(by, matrix[mask]),
            rows.label[mask],
            rows.vectors.customers[mask],
            cutoffs=cutoffs[mask],
            levels=levels[mask],
        )

    parts = [scored(booster, calibrate)]
    for train, later in origins:
        if not all(0 < rows.label[mask].sum() < mask.sum() for mask in (train, later)):
            continue
        learnt = Rows(matrix[train], rows.label[train])
        parts.insert(0, scored(refit(learnt, columns, chosen.params, config, chosen.rounds), later))
    return joined(parts)
