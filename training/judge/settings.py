"""How a model is judged: which groups it is asked about, and what a contact is worth."""

from __future__ import annotations

import math
from dataclasses import dataclass

from features.errors import DefinitionError


@dataclass(frozen=True)
class Judging:
    """What a judgement tells beside the metrics.

    Parameters
    ----------
    slices : tuple of str
        Features of the project, columns of its attribute tables (``"city"``, or ``"clients.city"``
        where two tables have one), or columns that a ready-made table leaves out, by whose levels
        the model is judged. Left out, the text inputs that the model uses most, three at most.
    protected : tuple of str
        The same, for attributes by whose levels nobody should be treated differently. The model
        need not read them.
    list_share : float
        Share of the rows that a list takes, in (0, 1): selection rates are those of this list.
    hit_value, contact_cost : float
        What a contacted positive brings and what any contact costs, in money; profit is told when
        a hit has a value.
    diagnostics : bool
        Also fit the model on less data (learning curve) and on random parts (how much a random
        split would have flattered), and attribute scores to features. It costs a few fits.

    Raises
    ------
    DefinitionError
        With every fault.

    Examples
    --------
    >>> Judging(list_share=10)
    Traceback (most recent call last):
    features.errors.DefinitionError: judging is not well defined:
      - list_share must be above 0 and below 1, got 10
    """

    slices: tuple[str, ...] = ()
    protected: tuple[str, ...] = ()
    list_share: float = 0.1
    hit_value: float = 0.0
    contact_cost: float = 0.0
    diagnostics: bool = True

    def __post_init__(self) -> None:
        faults = []
        for name in ("slices", "protected"):
            given = getattr(self, name)
            faults += [
                f"{name} must hold names of features or columns, got {each!r}"
                for each in given
                if not isinstance(each, str) or not each
            ]
            twice = sorted({each for each in given if given.count(each) > 1}, key=str)
            faults += [f"{name} names {each!r} twice" for each in twice]
        if not 0 < self.list_share < 1:
            faults.append(f"list_share must be above 0 and below 1, got {self.list_share}")
        faults += [
            f"{name} must be 0 or more, got {getattr(self, name)}"
            for name in ("hit_value", "contact_cost")
            if not 0 <= getattr(self, name) < math.inf
        ]
        if self.contact_cost and not self.hit_value:
            faults.append("contact_cost needs hit_value: what does a contacted positive bring?")
        if faults:
            raise DefinitionError("judging", faults)

    @property
    def names(self) -> tuple[str, ...]:
        """Attributes of ``slices`` and ``protected``, each once."""
        return tuple(dict.fromkeys((*self.slices, *self.protected)))
