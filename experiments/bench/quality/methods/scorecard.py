"""A scorecard: OptBinning's optimal bins of every column and a logistic regression on them."""

from __future__ import annotations

import pickle
import time
from typing import Any

import numpy as np
import pandas as pd
from optbinning import BinningProcess, Scorecard
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import log_loss

from experiments.bench.quality.methods.asked import ALL, FIT, VALID, Asked

PENALTIES = (0.001, 0.01, 0.1, 1.0)
LEAST_VALUE = 0.02
"""Information value below which a column is left out, as Siddiqi (2006) advises."""


def main() -> None:
    """Bin, choose the penalty on the later rows, fit on all, and answer."""
    asked = Asked.parse()
    started = time.perf_counter()
    inputs, label = asked.rows(*FIT)
    later, outcomes = asked.rows(*VALID)
    names = list(inputs.columns)

    def fitted(rows: pd.DataFrame, hits: Any, penalty: float) -> Scorecard:
        binning = BinningProcess(
            names,
            categorical_variables=asked.texts,
            selection_criteria={"iv": {"min": LEAST_VALUE}},
            n_jobs=asked.threads,
        )
        regression = LogisticRegression(C=penalty, max_iter=1_000)
        return Scorecard(binning, regression).fit(plain(rows), hits)

    def plain(rows: pd.DataFrame) -> pd.DataFrame:
        return rows.astype(dict.fromkeys(asked.texts, object))

    losses = {}
    for penalty in PENALTIES:
        card = fitted(inputs, label, penalty)
        losses[penalty] = log_loss(outcomes, card.predict_proba(plain(later))[:, 1])
        if time.perf_counter() - started > asked.budget / 2:
            break
    chosen = min(losses, key=lambda penalty: losses[penalty])
    whole, hits = asked.rows(*ALL)
    card = fitted(whole, hits, chosen)
    seconds = time.perf_counter() - started

    def predict(rows: pd.DataFrame) -> Any:
        return np.asarray(card.predict_proba(plain(rows)))[:, 1]

    # Measured only; nothing that was pickled is kept.
    size = len(pickle.dumps(card))
    asked.answer(predict, seconds, size, f"C {chosen:g}")


if __name__ == "__main__":
    main()
