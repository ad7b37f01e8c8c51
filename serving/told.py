"""Reasons as columns of a table of scores, for people who read it."""

from __future__ import annotations

import pyarrow as pa

from features.errors import DefinitionError
from features.kernel import Vectors
from serving.scorer import Scorer

_MOST = 10


def reason_columns(
    scorer: Scorer, vectors: Vectors, count: int, language: str
) -> dict[str, pa.Array]:
    """Return ``reason_1``, ``reason_1_effect`` (log-odds) and so on; null where there are fewer.

    Raises
    ------
    DefinitionError
        When more reasons are asked for than are given, or in an unknown language.
    """
    if not 0 <= count <= _MOST:
        raise DefinitionError("reasons", [f"0 to {_MOST} may be asked for, got {count}"])
    told = scorer.reasons(vectors, count, language)
    found = {}
    for place in range(count):
        mine = [row[place] if place < len(row) else None for row in told]
        name = f"reason_{place + 1}"
        texts = [None if each is None else each.text for each in mine]
        effects = [None if each is None else each.effect for each in mine]
        found[name] = pa.array(texts, pa.string())
        found[f"{name}_effect"] = pa.array(effects, pa.float64())
    return found
