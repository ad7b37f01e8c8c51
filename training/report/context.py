"""What a report tells beside the judgement of a model, in plain values."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from training.calibration.contract import Contract


@dataclass(frozen=True)
class Slice:
    """A slice of the data.

    Parameters
    ----------
    name : str
        As ``train``.
    cutoffs : tuple of str
        As dates, ascending; of the rows of a ready-made table, the first and the last time.
    rows, positives : int
        Counts.
    is_span : bool
        Whether ``cutoffs`` are the ends of a span of times.
    """

    name: str
    cutoffs: tuple[str, ...]
    rows: int
    positives: int
    is_span: bool = False

    @property
    def when(self) -> str:
        """Its cutoffs, or its times, in words.

        Examples
        --------
        >>> Slice("test", ("2020-01-01", "2020-02-01"), 9, 3).when
        '2020-01-01, 2020-02-01'
        >>> Slice("test", ("2020-01-01", "2020-02-01"), 9, 3, is_span=True).when
        '2020-01-01 to 2020-02-01'
        """
        if self.is_span:
            return span(self.cutoffs)
        if len(self.cutoffs) > 3:
            return f"{len(self.cutoffs)} from {self.cutoffs[0]} to {self.cutoffs[-1]}"
        return ", ".join(self.cutoffs) or "untimed"


def span(times: Sequence[str]) -> str:
    """Return the first and the last of some ascending times, in words."""
    return times[0] if times[0] == times[-1] else f"{times[0]} to {times[-1]}"


@dataclass(frozen=True)
class Importance:
    """A feature, its share of the gain of all splits in [0, 1], and what it says."""

    name: str
    share: float
    description: str = ""


@dataclass(frozen=True)
class ReportContext:
    """What a report tells beside the evaluation, in plain values.

    Parameters
    ----------
    question : str
        The task in plain words, as "Who will buy coffee in the next 28 days?".
    cohort : str
        Who is scored, in plain words.
    gap, horizon : float
        Days.
    split : str
        How slices were made, in plain words.
    slices : tuple of Slice
        Of the rows that were learnt from, calibrated on and judged, in the order of reading.
    importance : tuple of Importance
        Largest first; as many as are to be shown.
    sources : tuple of (str, str)
        Table, and where it came from.
    data_hash : str
        Fingerprint of what was read.
    static : tuple of str
        Attribute tables without times.
    limits : tuple of str
        What to know beyond what every report says.
    model : str
        Name and version of the model.
    calibration : str
        How margins became probabilities.
    dropped : tuple of (str, str)
        Features that were left out before training, and why.
    repeat : tuple of (str, str)
        What it takes to train the same model again.
    contract : Contract or None
        What is promised of the probabilities.
    inputs : int
        Columns that the model reads.
    reasons : tuple of str
        What reasons of a score may be about, and how they come about.
    """

    question: str
    cohort: str
    gap: float
    horizon: float
    split: str
    slices: tuple[Slice, ...]
    importance: tuple[Importance, ...] = ()
    sources: tuple[tuple[str, str], ...] = ()
    data_hash: str = ""
    static: tuple[str, ...] = ()
    limits: tuple[str, ...] = ()
    model: str = ""
    calibration: str = ""
    dropped: tuple[tuple[str, str], ...] = ()
    repeat: tuple[tuple[str, str], ...] = ()
    contract: Contract | None = None
    inputs: int = 0
    reasons: tuple[str, ...] = ()
