"""What an answer says of each row that was scored."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import asdict
from typing import Any, Final

from features.errors import SchemaError
from features.kernel import Vectors
from serving.refusals import RefusalError
from serving.schemas import Telling
from serving.scorer import Scorer

CHUNK: Final = 64
"""Rows between two looks at whether anyone still waits."""


def tell(scorer: Scorer, rows: Vectors, wishes: Telling) -> list[dict[str, Any]]:
    """Score rows and say what is known of each score, as fields of `serving.schemas.Scored`.

    Raises
    ------
    RefusalError
        422 when the model cannot score them.
    """
    try:
        scores = scorer.score(rows)
    except SchemaError as error:
        raise RefusalError(422, "unscorable", f"the features cannot be scored: {error}") from None
    reasons = scorer.reasons(rows, wishes.reasons, wishes.language)
    changes = scorer.counterfactuals(rows, wishes.language) if wishes.counterfactual else None
    return [
        {
            "task": scorer.bundle.name,
            "score": float(scores.probability[row]),
            "band": scores.band[row],
            "calibration": {"state": scores.state[row], "segment": scores.segment[row]},
            "reasons": [asdict(each) for each in reasons[row]],
            "counterfactual": None if changes is None else asdict(changes[row]),
            "model_version": scorer.version,
        }
        for row in range(len(rows))
    ]


def parts(count: int, stopped: Callable[[], bool]) -> Iterator[slice]:
    """Yield slices of rows, as long as anyone waits for them.

    Raises
    ------
    TimeoutError
        When stopped.
    """
    for start in range(0, count, CHUNK):
        if stopped():
            raise TimeoutError("nobody waits for this answer any more")
        yield slice(start, min(start + CHUNK, count))
