"""What a table of scores tells beside them: reasons, and what would lead to a lower band."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

import pyarrow as pa

from features.errors import DefinitionError, StateError
from features.kernel import Vectors
from serving.scorer import Scorer

_MOST: Final = 10


@dataclass(frozen=True)
class Told:
    """What is told beside each score.

    Parameters
    ----------
    reasons : int
        Reasons for each row, 0 to 10, as columns ``reason_1``, ``reason_1_effect`` (log-odds) and
        so on; null where there are fewer.
    counterfactual : bool
        Whether columns ``counterfactual`` (what would lead to a lower band, in words) and
        ``counterfactual_score`` (the score then; null where there is no such change) are added.
        It takes milliseconds a row, and up to tenths of a second where measures are bound.
    language : {"en", "zh"}
        Of the texts.

    Raises
    ------
    DefinitionError
        When more reasons are asked for than are given.
    """

    reasons: int = 0
    counterfactual: bool = False
    language: str = "en"

    def __post_init__(self) -> None:
        if not 0 <= self.reasons <= _MOST:
            asked = f"0 to {_MOST} may be asked for, got {self.reasons}"
            raise DefinitionError("reasons", [asked])

    def to_json(self) -> dict[str, Any]:
        """Return what a manifest tells of the texts; nothing where there are none."""
        asked = {"reasons": self.reasons} if self.reasons else {}
        has_texts = self.reasons or self.counterfactual
        return {**asked, "language": self.language} if has_texts else {}

    def columns(self, scorer: Scorer, vectors: Vectors) -> dict[str, pa.Array]:
        """Return the columns for some rows, in their order.

        Raises
        ------
        DefinitionError
            In an unknown language.
        StateError
            When the model knows nothing that a customer can act on.
        """
        return {**self._reasons(scorer, vectors), **self._changes(scorer, vectors)}

    def _reasons(self, scorer: Scorer, vectors: Vectors) -> dict[str, pa.Array]:
        told = scorer.reasons(vectors, self.reasons, self.language)
        found = {}
        for place in range(self.reasons):
            mine = [row[place] if place < len(row) else None for row in told]
            name = f"reason_{place + 1}"
            texts = [None if each is None else each.text for each in mine]
            effects = [None if each is None else each.effect for each in mine]
            found[name] = pa.array(texts, pa.string())
            found[f"{name}_effect"] = pa.array(effects, pa.float64())
        return found

    def _changes(self, scorer: Scorer, vectors: Vectors) -> dict[str, pa.Array]:
        if not self.counterfactual:
            return {}
        if not scorer.can_change:
            raise StateError(
                f"the model of {scorer.bundle.name!r} reads nothing that is known to be in a "
                "customer's hands; name such columns in train.toml, as [reasons] changeable = "
                '["amount_paid"], then `foretell train` and `foretell promote`'
            )
        told = scorer.counterfactuals(vectors, self.language)
        return {
            "counterfactual": pa.array([each.text for each in told], pa.string()),
            "counterfactual_score": pa.array([each.score for each in told], pa.float64()),
        }


NOTHING: Final = Told()
"""Scores alone."""
