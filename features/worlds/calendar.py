"""The days of a world: seasons, weekdays and hours, and how events are laid over them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from features.arrays import Bools, Floats, Ints
from features.errors import DefinitionError
from features.instants import DAY, instant, iso

MINUTE: Final = 60_000_000
"""Microseconds in a minute; events are dated to the minute, so some happen together."""

MONDAY: Final = "2022-01-03"
"""First day of every world."""


@dataclass(frozen=True, eq=False)
class Calendar:
    """Days of a world, counted from its first midnight.

    Parameters
    ----------
    begins : int
        First midnight, UTC microseconds.
    season : (days,) float64
        Intensity of each day; 1 is usual.
    hours : (24,) float64
        Weight of each hour.
    step : int
        Days between the instants at which the latent state changes; a state is known there only.
    """

    begins: int
    season: Floats
    hours: Floats
    step: int = 1

    @property
    def days(self) -> int:
        """Number of days."""
        return len(self.season)

    @property
    def ends(self) -> int:
        """Midnight after the last day, UTC microseconds."""
        return self.begins + self.days * DAY

    def day(self, cutoff: int, ahead: float) -> int:
        """Return the number of the day that begins at a cutoff.

        Parameters
        ----------
        cutoff : int
            UTC microseconds.
        ahead : float
            Days after the cutoff that the world must still hold.

        Raises
        ------
        DefinitionError
            When the latent state is not known there, or the days ahead are past the end.
        """
        day, rest = divmod(int(cutoff) - self.begins, DAY)
        last = self.days - int(np.ceil(ahead))
        if rest or day % self.step or not self.step <= day <= last:
            when = "midnight" if self.step == 1 else f"midnight, every {self.step} days"
            fault = (
                f"expected a {when} from {self.date(self.step)} to {self.date(last)} (UTC), where "
                f"the latent state is known and the label window is inside the world; "
                f"got {iso(cutoff)}"
            )
            raise DefinitionError("cutoff of a world", [fault])
        return day

    def date(self, day: int) -> str:
        """Write the midnight of a day."""
        return iso(self.begins + day * DAY)

    def moments(self, random: np.random.Generator, days: Ints) -> Ints:
        """Draw a minute of each day, by the weights of the hours, as UTC microseconds."""
        edges = np.concatenate([[0.0], np.cumsum(self.hours / self.hours.sum())])
        minutes = np.interp(random.random(len(days)), edges, np.arange(25) * 60.0)
        minute: Ints = np.minimum(minutes.astype(np.int64), 1439)
        return self.begins + days * DAY + minute * MINUTE


def calendar(
    days: int, weekdays: Sequence[float], hours: Sequence[float], year: float = 0.0, step: int = 1
) -> Calendar:
    """Make a calendar with a weekly and a yearly wave and a busy December.

    Parameters
    ----------
    days : int
        Length.
    weekdays : sequence of float
        Seven weights, from Monday.
    hours : sequence of float
        24 weights.
    year : float
        Height of the yearly wave and of December, in [0, 1).
    step : int
        See `Calendar`.

    Examples
    --------
    >>> flat = calendar(14, [1] * 7, [1] * 24)
    >>> flat.season.tolist() == [1.0] * 14, flat.date(1)
    (True, '2022-01-04T00:00:00Z')
    """
    day = np.arange(days)
    week = np.asarray(weekdays, dtype=np.float64)
    wave = 1 - year * np.cos(2 * np.pi * (day - 170) / 365.25) / 3
    advent = 1 + 2 * year * np.exp(-(((day % 365.25 - 346) / 10) ** 2))
    season = week[day % 7] / week.mean() * wave * advent
    return Calendar(instant(MONDAY), season, np.asarray(hours, dtype=np.float64), step)


def arrivals(
    random: np.random.Generator,
    rates: Floats,
    weights: Floats,
    most: float,
    times: Callable[[Ints, Ints], Floats],
) -> tuple[Ints, Ints]:
    """Draw a Poisson process for each owner by thinning (Lewis and Shedler, 1979).

    Parameters
    ----------
    random : Generator
        Source of chance.
    rates : (n,) float64
        Events a day at weight and multiplier 1.
    weights : (days,) float64
        Weight of each day.
    most : float
        Upper bound of the multipliers.
    times : callable
        From owners and days, both (m,), to multipliers in [0, most].

    Returns
    -------
    tuple of (m,) int64
        Owner and day of each event, by owner; the count of owner ``i`` on day ``d`` is Poisson
        with mean ``rates[i] * weights[d] * times(i, d)``, independent of all others.
    """
    counts = random.poisson(rates * weights.sum() * most)
    owner = np.repeat(np.arange(len(rates)), counts)
    edges = np.cumsum(weights) / weights.sum()
    day = np.minimum(
        np.searchsorted(edges, random.random(len(owner)), side="right"), len(edges) - 1
    )
    kept: Bools = random.random(len(owner)) * most < times(owner, day)
    return owner[kept], day[kept]
