"""Plain LightGBM: its defaults, stopped on the later rows, then fitted on all."""

from __future__ import annotations

import time
from typing import Any

import lightgbm
import numpy as np
import pandas as pd

from experiments.bench.quality.methods.asked import ALL, FIT, VALID, Asked


def main() -> None:
    """Fit and answer."""
    asked = Asked.parse()
    started = time.perf_counter()
    common: dict[str, Any] = {"n_jobs": asked.threads, "random_state": asked.seed, "verbosity": -1}
    stopped = lightgbm.LGBMClassifier(n_estimators=2_000, **common)
    inputs, label = asked.rows(*FIT)
    stopped.fit(
        inputs,
        label,
        eval_set=[asked.rows(*VALID)],
        callbacks=[lightgbm.early_stopping(50, verbose=False)],
    )
    rounds = stopped.best_iteration_ or 1
    final = lightgbm.LGBMClassifier(n_estimators=rounds, **common)
    final.fit(*asked.rows(*ALL))
    seconds = time.perf_counter() - started

    def predict(rows: pd.DataFrame) -> Any:
        return np.asarray(final.predict_proba(rows))[:, 1]

    size = len(final.booster_.model_to_string().encode())
    asked.answer(predict, seconds, size, f"{rounds} rounds")


if __name__ == "__main__":
    main()
