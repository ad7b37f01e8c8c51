"""What MLflow runs to load a registered version: its bundle, asked with frames.

MLflow copies this file beside the bundle. It needs foretell and mlflow, and no code of the project.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

# MLflow resolves the hints of `predict` when it runs this file, so their names must be here.
import pandas as pd
from mlflow.models import set_model
from mlflow.pyfunc.model import PythonModel, PythonModelContext

from training.production.frames import FrameScorer


class Scored(PythonModel):
    """Calibrated probabilities and bands of a frame of features."""

    def load_context(self, context: PythonModelContext) -> None:
        """Verify and read the bundle."""
        self.scorer = FrameScorer(Path(context.artifacts["bundle"]))

    def predict(
        self,
        context: PythonModelContext,
        model_input: pd.DataFrame,
        params: dict[str, Any] | None = None,
    ) -> pd.DataFrame:
        """Score a frame; see `FrameScorer.score`."""
        return self.scorer.score(model_input)


set_model(Scored())
