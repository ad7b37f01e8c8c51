"""How a search stands, in figures and in words."""

from __future__ import annotations

from dataclasses import dataclass

from training.search.duration import in_words


class Said(str):
    """A sentence that knows how far the work is.

    Parameters
    ----------
    text : str
        The sentence.
    share : float
        Of the whole work, 0 to 1.
    """

    share: float

    def __new__(cls, text: str, share: float) -> Said:
        """Join the two."""
        made = super().__new__(cls, text)
        made.share = share
        return made


@dataclass(frozen=True)
class Standing:
    """How a search stands.

    Parameters
    ----------
    done : int
        Trials that are finished.
    most : int or None
        Trials at which it ends; None when it ends by the clock.
    pruned : int
        Those of the finished that were given up.
    lowest : float or None
        Lowest log loss of those that ran to their end; in the midst of the first, its own so far.
    spent, left : float
        Seconds so far, and probably still; ``left`` is 0 while nothing is known.
    resumed : int
        Trials that were finished by an earlier process, said once at the beginning.
    running : bool
        Whether this is said in the middle of a trial.
    """

    done: int
    most: int | None
    pruned: int
    lowest: float | None
    spent: float
    left: float
    resumed: int = 0
    running: bool = False

    @property
    def share(self) -> float:
        """Part of the search that is done, 0 to 1."""
        if self.most is not None:
            return min(self.done / self.most, 1.0)
        return self.spent / (self.spent + self.left) if self.spent + self.left else 1.0

    def said(self) -> Said:
        """Return it as a sentence.

        Examples
        --------
        >>> Standing(5, 12, 2, 0.20441, 31.0, 44.0).said()
        'searching: 5 of 12 trials (2 given up early), lowest log loss 0.2044, 44 s left'
        >>> Standing(4, 12, 0, 0.2, 9.0, 18.0, resumed=4).said()
        'searching: goes on after 4 of 12 trials, lowest log loss 0.2000, 18 s left'
        >>> Standing(0, None, 0, 0.31, 5.0, 55.0, running=True).said()
        'searching: first trial, lowest log loss 0.3100, 55 s left'
        """
        count = f"{self.done} of {self.most} trials" if self.most else f"{self.done} trials"
        if self.running and not self.done:
            count = f"first of {self.most} trials" if self.most else "first trial"
        parts = [f"{count} ({self.pruned} given up early)" if self.pruned else count]
        if self.lowest is not None:
            parts.append(f"lowest log loss {self.lowest:.4f}")
        if self.left:
            parts.append(f"{in_words(self.left)} left")
        head = "searching: goes on after" if self.resumed else "searching:"
        return Said(f"{head} {', '.join(parts)}", self.share)
