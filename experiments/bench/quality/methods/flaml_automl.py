"""FLAML's AutoML: all of its learners, log loss on the later rows, then a fit on all of them."""

from __future__ import annotations

import pickle
import time
from typing import Any

import flaml
import numpy as np

from experiments.bench.quality.methods.asked import FIT, VALID, Asked


def main() -> None:
    """Search within the budget and answer."""
    asked = Asked.parse()
    started = time.perf_counter()
    inputs, label = asked.rows(*FIT)
    later, outcomes = asked.rows(*VALID)
    found = flaml.AutoML()
    found.fit(
        inputs,
        label,
        X_val=later,
        y_val=outcomes,
        task="classification",
        metric="log_loss",
        time_budget=asked.budget,
        retrain_full="budget",
        n_jobs=asked.threads,
        seed=asked.seed,
        verbose=0,
    )
    seconds = time.perf_counter() - started

    def predict(rows: Any) -> Any:
        return np.asarray(found.predict_proba(rows))[:, 1]

    # Measured only; nothing that was pickled is kept.
    size = len(pickle.dumps(found.model))
    asked.answer(predict, seconds, size, f"{found.best_estimator}")


if __name__ == "__main__":
    main()
