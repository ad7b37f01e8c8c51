"""What would lead to a lower band, as it is told."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True)
class Change:
    """One input that would be otherwise.

    Parameters
    ----------
    feature : str
        Name.
    before, after : float
        Its value, and the nearest one that leads to the lower band.
    text : str
        What would then be said of it.
    along : bool
        Whether it only moves along with another: a visit more in a week is one more in the month.
    """

    feature: str
    before: float
    after: float
    text: str
    along: bool = False


@dataclass(frozen=True)
class Counterfactual:
    """The smallest change that leads to a lower band, or that there is none.

    Parameters
    ----------
    changes : tuple of Change
        One or two, and what moves along with them; none when no change was found.
    score : float or None
        Probability after the change, scored and not estimated.
    text : str
        In plain words.
    """

    changes: tuple[Change, ...]
    score: float | None
    text: str


NOW: Final = {"en": "'{text}' (now {now})", "zh": "“{text}”（目前为 {now}）"}
AND: Final = {"en": " and ", "zh": "，并且"}
WITH: Final = {"en": ", with them {along},", "zh": "，随之{along}"}
FOUND: Final = {
    "en": "If the facts were {changes} and all others stayed, the score would be {score}, in band "
    "'{band}'.",
    "zh": "若{changes}，其余不变，则分数为 {score}，落入“{band}”档。",
}
NONE: Final = {
    "en": "No change of one or two facts that the customer can act on, among those that were tried "
    "and within what training has seen, leads to a lower band.",
    "zh": "在训练数据见过的范围内，所尝试的客户可改变的一项或两项事实都不能使分数落入更低的档。",
}
NOTHING: Final = {
    "en": "The model reads nothing that is known to be in the customer's hands.",
    "zh": "模型所用的数据中没有已知客户可改变的事实。",
}
LOWEST: Final = {
    "en": "The score is in the lowest band, '{band}', already.",
    "zh": "分数已在最低的“{band}”档。",
}
