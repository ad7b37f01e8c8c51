"""Splits that follow time, purged by gap and horizon.

Slices stand in time order: train | stop (early stopping and search) | calibrate | test. Between
two slices lies at least gap + horizon and the time until events of the label are known, so that
every label of the earlier one was settled before the first cutoff of the later one.
`training.purity` checks it from the dates alone.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from features.arrays import Bools, Ints
from features.errors import CohortError, DefinitionError
from features.instants import DAY, iso, micros
from features.windows import last_mature_cutoff
from training.tasks import MOST_DAYS, Task


@dataclass(frozen=True)
class Slices:
    """Cutoffs of each slice in UTC microseconds, ascending.

    ``between`` lies too near to ``train`` and ``stop`` for that pair, but its labels are settled
    before ``calibrate``: earlier folds use it, and the fit that calibration scores. ``late`` lies
    too near to ``stop`` and ``calibrate``, but is settled before ``test``: only the final fit uses
    it. ``by_row``: these are numbers of rows, of which only the order is known.
    """

    train: tuple[int, ...]
    stop: tuple[int, ...]
    calibrate: tuple[int, ...]
    test: tuple[int, ...]
    between: tuple[int, ...] = ()
    late: tuple[int, ...] = ()
    by_row: bool = False

    @property
    def develop(self) -> tuple[int, ...]:
        """Every cutoff before ``calibrate``, ascending."""
        return (*self.train, *self.between, *self.stop)

    @property
    def final(self) -> tuple[int, ...]:
        """Every cutoff whose labels are settled before ``test``, ascending."""
        return (*self.develop, *self.late, *self.calibrate)

    @property
    def all(self) -> tuple[int, ...]:
        """Every cutoff, ascending."""
        return (*self.final, *self.test)

    def by_name(self) -> Mapping[str, tuple[int, ...]]:
        """Return the slices in time order."""
        return {name: getattr(self, name) for name in ("train", "stop", "calibrate", "test")}

    def rows(self, name: str, cutoffs: Ints) -> Bools:
        """Tell which rows belong to a slice, ``develop`` or ``final``, from their cutoffs."""
        return np.isin(cutoffs, getattr(self, name))


@dataclass(frozen=True)
class Rhythm:
    """How cutoffs are laid over the data.

    Parameters
    ----------
    every : float
        Days between cutoffs.
    history : float
        Days of events that the first cutoff must have behind it.
    later : int
        Cutoffs in each of stop, calibrate and test.
    origins : int
        Rolling origins of the search, at most; as many as the data hold are used.

    Raises
    ------
    DefinitionError
        With every fault.
    """

    every: float = 7
    history: float = 56
    later: int = 3
    origins: int = 2

    def __post_init__(self) -> None:
        faults = []
        if not 1 / 24 <= self.every < MOST_DAYS:
            faults.append(f"every must be an hour (1/24 day) or more, got {self.every}")
        if not 0 <= self.history < MOST_DAYS:
            faults.append(f"history must be 0 days or more, got {self.history}")
        faults += [
            f"{name} must be 1 or more, got {getattr(self, name)}"
            for name in ("later", "origins")
            if getattr(self, name) < 1
        ]
        if faults:
            raise DefinitionError("rhythm", faults)


def slices_by_time(
    task: Task, begins: int, complete_until: int, rhythm: Rhythm, lateness: int = 0
) -> Slices:
    """Lay the four slices backwards from the last cutoff whose labels are mature.

    Parameters
    ----------
    task : Task
        Gives gap and horizon.
    begins, complete_until : int
        First event, and the instant up to which events are complete; UTC microseconds.
    rhythm : Rhythm
        Spacing and counts.
    lateness : int
        Microseconds after which an event of the label is known at the latest.

    Returns
    -------
    Slices

    Raises
    ------
    CohortError
        When the data are too short for four purged slices, with the days they lack.
    """
    step, purge = micros(rhythm.every), micros(task.gap) + micros(task.horizon) + lateness
    # Midnight, so that a slice reads as a date and lags of whole days mean whole days.
    newest = last_mature_cutoff(task.gap, task.horizon, complete_until) // DAY * DAY
    oldest = -(-(begins + micros(rhythm.history)) // DAY) * DAY
    laid: list[tuple[int, ...]] = []
    last = newest
    for _ in ("test", "calibrate", "stop"):
        cutoffs = tuple(last - step * place for place in reversed(range(rhythm.later)))
        laid.append(cutoffs)
        last = cutoffs[0] - purge
    train = tuple(reversed(range(last, oldest - 1, -step)))
    if not train:
        # Rounded up: a whole day more at either end moves a midnight by a day.
        lacking = -(-(oldest - last) // DAY)
        raise CohortError(
            f"task '{task.name}': four slices, each {purge / DAY:g} days after the "
            f"one before, need {lacking} more days of events than the "
            f"{(complete_until - begins) / DAY:.0f} there are; shorten horizon, gap or history"
        )
    test, calibrate, stop = laid
    between = tuple(range(train[-1] + step, stop[0], step))
    late = tuple(range(stop[-1] + step, calibrate[0], step))
    return Slices(train, stop, calibrate, test, between, late)


def rolling(
    slices: Slices, task: Task, rhythm: Rhythm, lateness: int = 0
) -> tuple[tuple[tuple[int, ...], tuple[int, ...]], ...]:
    """Lay pairs of train and stop cutoffs over what comes before calibration, the newest first.

    Parameters
    ----------
    slices : Slices
        Their ``train`` and ``stop`` are the newest pair.
    task : Task
        Gives gap and horizon.
    rhythm : Rhythm
        Counts.
    lateness : int
        As for `slices_by_time`.

    Returns
    -------
    tuple of (tuple of int, tuple of int)
        At most ``rhythm.origins`` pairs; each is purged.

    Examples
    --------
    >>> from training.tasks import Cohort, bought
    >>> task = Task("again", bought("visits"), Cohort(active=9), horizon=1)
    >>> days = [DAY * day for day in range(9)]
    >>> slices = Slices((days[0], days[1], days[2]), (days[4],), (days[6],), (days[8],), (days[3],))
    >>> [[len(part) for part in pair] for pair in rolling(slices, task, Rhythm(1, 0, 1))]
    [[3, 1], [3, 1]]
    """
    purge, known = micros(task.gap) + micros(task.horizon) + lateness, slices.develop
    pairs = [(slices.train, slices.stop)]
    for place in range(1, rhythm.origins):
        end = len(known) - place * rhythm.later
        stop = known[max(end - rhythm.later, 0) : max(end, 0)]
        train = tuple(each for each in known if stop and each + purge <= stop[0])
        if not train:
            break
        pairs.append((train, stop))
    return tuple(pairs)


def periods(
    slices: Slices, task: Task, rhythm: Rhythm, most: int, lateness: int = 0
) -> tuple[tuple[tuple[int, ...], tuple[int, ...]], ...]:
    """Lay pairs of cutoffs to learn from and to score, as calibration and test lie, further back.

    Unlike those of `rolling`, the scored cutoffs of two pairs are purged from one another: their
    outcomes are those of different times.

    Parameters
    ----------
    slices : Slices
        Their ``train`` and ``stop`` are the newest pair.
    task, rhythm, lateness
        As for `rolling`.
    most : int
        Pairs at most; one that could learn from less than half the cutoffs of ``train`` is none.

    Returns
    -------
    tuple of (tuple of int, tuple of int)
        The newest first.

    Examples
    --------
    >>> from training.tasks import Cohort, bought
    >>> task = Task("again", bought("visits"), Cohort(active=9), horizon=2)
    >>> at = tuple(DAY * day for day in range(12))
    >>> slices = Slices(at[:6], at[8:9], at[10:11], at[11:], at[6:8])
    >>> pairs = periods(slices, task, Rhythm(1, 0, 1), 9)
    >>> [(len(train), scored[0] // DAY) for train, scored in pairs]
    [(6, 8), (5, 6), (3, 4)]
    """
    purge, known = micros(task.gap) + micros(task.horizon) + lateness, slices.develop
    pairs = [(slices.train, slices.stop)]
    while len(pairs) < most:
        before = [each for each in known if each + purge <= pairs[-1][1][0]]
        scored = tuple(before[-rhythm.later :])
        train = tuple(each for each in before if scored and each + purge <= scored[0])
        if len(train) < len(slices.train) / 2:
            break
        pairs.append((train, scored))
    return tuple(pairs[:most])


def describe(slices: Slices) -> dict[str, list[str]]:
    """Return the cutoffs of each slice, ``develop`` and ``final``, as dates or numbers of rows.

    Examples
    --------
    >>> describe(Slices((0,), (DAY,), (2 * DAY,), (3 * DAY,)))["stop"]
    ['1970-01-02T00:00:00Z']
    """
    named = {**slices.by_name(), "develop": slices.develop, "final": slices.final}
    told = "row {}".format if slices.by_row else iso
    return {name: [told(each) for each in cutoffs] for name, cutoffs in named.items()}
