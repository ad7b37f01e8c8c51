"""AutoGluon's tabular predictor with one of its presets, within the budget."""

from __future__ import annotations

import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from autogluon.tabular import TabularPredictor

from experiments.bench.quality.methods.asked import FIT, LATE, VALID, Asked, size_of

PRESETS = {"autogluon_medium": "medium_quality", "autogluon_best": "best_quality"}

FOLDS = 8
"""As many as the preset lays itself."""


def main() -> None:
    """Fit and answer; the answer's folder is named after the method."""
    asked = Asked.parse()
    preset = PRESETS[asked.into.name]
    inputs, label = asked.rows(*FIT)
    later, outcomes = asked.rows(*VALID)
    with tempfile.TemporaryDirectory() as room:
        started = time.perf_counter()
        told: dict[str, Any] = {"presets": preset, "time_limit": asked.budget}
        # The later rows choose models and ensemble, beside the folds of the bagging if there are.
        bagged = {"use_bag_holdout": True} if preset == "best_quality" else {}
        folds = _folds(asked) if bagged else {}
        predictor = TabularPredictor(
            "label",
            problem_type="binary",
            eval_metric="log_loss",
            path=room,
            verbosity=1,
            groups=next(iter(folds), None),
        )
        predictor.fit(
            inputs.assign(label=label, **folds),
            tuning_data=later.assign(label=outcomes),
            num_cpus=asked.threads,
            num_gpus=0,
            **told,
            **bagged,
        )
        if not bagged:
            # The preset leaves the rows that chose, and the late ones, unlearnt.
            late, settled = asked.rows(*LATE)
            predictor.refit_full("best", train_data_extra=late.assign(label=settled))
        seconds = time.perf_counter() - started
        lean = Path(predictor.clone_for_deployment(str(Path(room) / "lean")))
        served = TabularPredictor.load(str(lean))
        served.persist()

        def predict(rows: Any) -> Any:
            return np.asarray(served.predict_proba(rows, as_multiclass=False))

        names = predictor.model_names()
        note = f"{len(names)} models, {predictor.model_best}"
        asked.answer(predict, seconds, size_of(lean), note)
    sys.stdout.flush()


def _folds(asked: Asked) -> dict[str, Any]:
    """Return the column of bagging folds where customers recur: none is in two of them.

    Folds by row would let stacked models meet customers that their parts had learnt.
    """
    whose = asked.frame.loc[asked.frame["slice"].isin(FIT), "customer"]
    if whose.is_unique:
        return {}
    return {"fold": pd.util.hash_array(whose.to_numpy()) % FOLDS}


if __name__ == "__main__":
    main()
