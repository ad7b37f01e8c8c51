"""What MLflow runs to load a registered version: its bundle, asked with frames.

MLflow copies this file beside the bundle. It needs foretell and lightgbm, and nothing else.
"""

from __future__ import annotations

import warnings
from pathlib import Path
from typing import TYPE_CHECKING, Any

from mlflow.models import set_model
from mlflow.pyfunc.model import PythonModel

from training.production.frames import FrameScorer

if TYPE_CHECKING:
    import pandas as pd
    from mlflow.pyfunc.model import PythonModelContext


with warnings.catch_warnings():
    # It asks for type hints to guess a signature from; the signature is given.
    warnings.simplefilter("ignore", UserWarning)

    class Scored(PythonModel):
        """Calibrated probabilities and bands of a frame of features."""

        def load_context(self, context: PythonModelContext) -> None:
            """Verify and read the bundle."""
            self.scorer = FrameScorer(Path(context.artifacts["bundle"]))

        def predict(
            self,
            context: PythonModelContext,
            model_input: Any,
            params: dict[str, Any] | None = None,
        ) -> pd.DataFrame:
            """Score a frame; see `FrameScorer.score`."""
            return self.scorer.score(model_input)


set_model(Scored())
