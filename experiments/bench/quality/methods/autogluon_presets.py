"""AutoGluon's tabular predictor with one of its presets, within the budget."""

from __future__ import annotations

import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import numpy as np
from autogluon.tabular import TabularPredictor

from experiments.bench.quality.methods.asked import FIT, LATE, VALID, Asked, size_of

PRESETS = {"autogluon_medium": "medium_quality", "autogluon_best": "best_quality"}


def main() -> None:
    """Fit and answer; the answer's folder is named after the method."""
    asked = Asked.parse()
    preset = PRESETS[asked.into.name]
    inputs, label = asked.rows(*FIT)
    later, outcomes = asked.rows(*VALID)
    with tempfile.TemporaryDirectory() as room:
        started = time.perf_counter()
        predictor = TabularPredictor(
            "label", problem_type="binary", eval_metric="log_loss", path=room, verbosity=1
        )
        told: dict[str, Any] = {"presets": preset, "time_limit": asked.budget}
        # The later rows choose models and ensemble, beside the folds of the bagging if there are.
        bagged = {"use_bag_holdout": True} if preset == "best_quality" else {}
        predictor.fit(
            inputs.assign(label=label),
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


if __name__ == "__main__":
    main()
