"""FLAML's AutoML: all of its learners, log loss on the later rows, then a fit on all of them."""

from __future__ import annotations

import pickle
import time
from typing import Any

import flaml
import numpy as np

from experiments.bench.quality.methods.asked import ALL, FIT, VALID, Asked


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
        n_jobs=asked.threads,
        seed=asked.seed,
        verbose=0,
    )
    # With rows to choose by, FLAML fits no more; the best is fitted again on all rows.
    best, chosen = found.best_estimator, dict(found.best_config)
    chosen.pop("FLAML_sample_size", None)
    final = flaml.AutoML()
    final.fit(
        *asked.rows(*ALL),
        task="classification",
        metric="log_loss",
        estimator_list=[best],
        starting_points={best: chosen},
        max_iter=1,
        retrain_full=True,
        eval_method="holdout",
        n_jobs=asked.threads,
        seed=asked.seed,
        verbose=0,
    )
    seconds = time.perf_counter() - started

    def predict(rows: Any) -> Any:
        return np.asarray(final.predict_proba(rows))[:, 1]

    # Measured only; nothing that was pickled is kept.
    size = len(pickle.dumps(final.model))
    asked.answer(predict, seconds, size, f"{best}")


if __name__ == "__main__":
    main()
