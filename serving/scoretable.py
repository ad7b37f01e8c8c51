"""The table of scores, as every command writes it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import pyarrow as pa

from features.errors import DefinitionError
from features.kernel import Vectors
from serving.scorer import Scorer
from serving.told import Told
from training.bundle import Bundle

SCORES: Final = "scores.parquet"


def scores_table(scorer: Scorer, found: Vectors, told: Told) -> pa.Table:
    """Score rows.

    Parameters
    ----------
    scorer : Scorer
        Of one task.
    found : Vectors
        The features that its bundle reads, each row at its own cutoff.
    told : Told
        Columns that are added.

    Returns
    -------
    pa.Table
        ``customer``, ``task``, ``score``, ``band``, ``calibration``, ``model_version``, ``as_of``,
        and what is told beside them.
    """
    scores = scorer.score(found)
    is_text = found.customers.dtype == object

    def same(text: str) -> pa.Array:
        return pa.repeat(pa.scalar(text, pa.string()), len(found))

    return pa.table(
        {
            "customer": pa.array(found.customers, pa.string() if is_text else pa.int64()),
            "task": same(scorer.bundle.name),
            "score": pa.array(scores.probability),
            "band": pa.array(scores.band, pa.string()),
            "calibration": pa.array(scores.state, pa.string()),
            "model_version": same(scorer.version),
            "as_of": pa.array(found.cutoffs, pa.timestamp("us", tz="UTC")),
            **told.columns(scorer, found),
        }
    )


def require_apart(bundles: Sequence[Bundle], base_rate: float | None) -> None:
    """Refuse bundles that cannot be scored into one table.

    Raises
    ------
    DefinitionError
        When two answer one task, or a base rate is given for several.
    """
    if len({bundle.name for bundle in bundles}) < len(bundles):
        raise DefinitionError("scores", ["two bundles answer one task; give one for each task"])
    if base_rate is not None and len(bundles) != 1:
        raise DefinitionError(
            "base rate", [f"it is of one task, and {len(bundles)} are scored; name one"]
        )
