"""Logistic regression as Foretell's baseline prepares it: scaled, one column a level, L2."""

from __future__ import annotations

import pickle
import time
from typing import Any

import numpy as np
import pandas as pd

from experiments.bench.columns import plain
from experiments.bench.quality.methods.asked import ALL, Asked
from experiments.bench.quality.methods.vectors import roles, snapshot
from features.kernel import Vectors
from features.schema import Schema
from training.baselines import LogisticBaseline


def main() -> None:
    """Choose the penalty on the later rows, fit on all, and answer."""
    asked = Asked.parse()
    started = time.perf_counter()
    rows, masks = snapshot(asked), roles(asked)
    schema = Schema.fit(rows.vectors.take(masks["develop"]))
    matrix = schema.matrix(rows.vectors)
    fit, valid = masks["develop"], masks["calibrate"]
    whole = asked.frame["slice"].isin(ALL).to_numpy()
    model = LogisticBaseline.fit(
        schema, matrix[fit], rows.label[fit], matrix[valid], rows.label[valid]
    ).refit(matrix[whole], rows.label[whole])
    seconds = time.perf_counter() - started

    def predict(frame: pd.DataFrame) -> Any:
        columns = {each.removeprefix("x."): plain(frame[each]) for each in frame.columns}
        blank = np.zeros(len(frame), dtype=np.int64)
        return model.predict(schema.matrix(Vectors(blank, blank, columns)))

    # Measured only; nothing that was pickled is kept.
    asked.answer(predict, seconds, len(pickle.dumps(model.pipeline)), f"C {model.penalty:g}")


if __name__ == "__main__":
    main()
