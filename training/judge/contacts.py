"""What contacting the highest-scored rows brings: positives caught, and money."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from features.arrays import Floats
from training.judge.intervals import Interval, Replicates, quantiles
from training.judge.rates import rate_interval
from training.judge.settings import Judging
from training.judge.slices import plain
from training.judge.weighing import GRID


@dataclass(frozen=True)
class ContactRow:
    """The highest-scored ``share`` of the rows.

    Parameters
    ----------
    share : float
        In (0, 1].
    contacts : float
        Rows of the test slice that it takes.
    captured : Interval
        Part of all positives among them.
    budget : float or None
        What contacting them costs; None, like the profit, when a hit has no value.
    profit : Interval or None
        Value of the positives among them, less the budget.
    """

    share: float
    contacts: float
    captured: Interval
    budget: float | None = None
    profit: Interval | None = None

    def to_json(self) -> dict[str, Any]:
        """Return plain JSON values."""
        return plain(self)


def contacts(model: Replicates, rows: int, judging: Judging) -> tuple[ContactRow, ...]:
    """Tell what each share of the ranked rows captures, and what it is worth.

    Parameters
    ----------
    model : Replicates
        From `training.judge.intervals.bootstrap`.
    rows : int
        Of the test slice.
    judging : Judging
        Value of a hit and cost of a contact.

    Returns
    -------
    tuple of ContactRow
        At the shares of `training.judge.weighing.GRID`.
    """
    hits = model.captured * model.rates[:, None] * rows
    made = []
    for place, share in enumerate(GRID.tolist()):
        budget = judging.contact_cost * share * rows
        captured = _told(model.captured[:, place], model.bearers)
        if judging.hit_value:
            profit = _told(judging.hit_value * hits[:, place] - budget, model.bearers)
            made.append(ContactRow(share, share * rows, captured, budget, profit))
        else:
            made.append(ContactRow(share, share * rows, captured))
    return tuple(made)


def decile_rates(model: Replicates, rows: int, customers: int) -> tuple[Interval, ...]:
    """Return the rate of positives in each tenth of the ranked rows, the highest first.

    Parameters
    ----------
    model : Replicates
        From `training.judge.intervals.bootstrap`.
    rows, customers : int
        Of the test slice. A tenth of the rows is of a tenth of the customers or more.
    """
    tenths = model.captured[:, 1::2]
    rates = np.diff(tenths, axis=1, prepend=0) * model.rates[:, None] * 10
    # Differences of sums may lie outside by a rounding.
    rates = np.clip(np.where(np.abs(rates) < 1e-12, 0.0, rates), 0.0, 1.0)
    return tuple(
        rate_interval(float(column[0]), column[1:], rows / 10, customers / 10) for column in rates.T
    )


def best(rows: tuple[ContactRow, ...]) -> ContactRow | None:
    """Return the share with most profit, when any is above 0."""
    paid = [(each.profit.value, each) for each in rows if each.profit is not None]
    most = max(paid, key=lambda pair: pair[0], default=None)
    return most[1] if most and most[0] > 0 else None


def _told(draws: Floats, bearers: int | None) -> Interval:
    return Interval(float(draws[0]), *quantiles(draws[1:], bearers))
