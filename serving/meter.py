"""Counters for Prometheus; every label has few values."""

from __future__ import annotations

from serving.row_schemas import RowsAnswer
from serving.schemas import ScoreAnswer


class Meter:
    """Counts refusals and scores.

    Made once in a worker, where BentoML has named the folder that its workers share; the client
    library looks for that name when it is first imported.
    """

    def __init__(self) -> None:
        from prometheus_client import Counter

        self._refusals = Counter("foretell_refusals", "Requests refused, by code.", ["code"])
        self._scores = Counter("foretell_scores", "Scores given.", ["task", "band"])

    def refused(self, code: str) -> None:
        """Count a refusal; codes are a fixed set."""
        self._refusals.labels(code).inc()

    def answered(self, answer: ScoreAnswer | RowsAnswer) -> None:
        """Count the scores of an answer."""
        for each in answer.scores:
            self._scores.labels(each.task, each.band).inc()
