"""A registered version as a plain MLflow model, for notebooks and Spark; the server reads bundles.

The model is code from a file and the bundle beside it (models from code): nothing is pickled.
"""

from __future__ import annotations

import warnings
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Final

from training.production.frames import columns_of

if TYPE_CHECKING:
    from mlflow.models import ModelSignature

    from training.bundle import Bundle

CODE: Final = Path(__file__).with_name("from_code.py")
"""The model's code."""

NEEDS: Final = ("foretell", "lightgbm")


def log_model(bundle: Bundle, folder: Path) -> str:
    """Log a bundle as a model of the run that is open, and return the model's address."""
    import mlflow.pyfunc

    with warnings.catch_warnings():
        # It asks for an example of the input; the signature is given, and customers are no example.
        warnings.simplefilter("ignore", UserWarning)
        logged = mlflow.pyfunc.log_model(
            name="model",
            python_model=str(CODE),
            artifacts={"bundle": str(folder)},
            signature=signature(bundle),
            # Given, because working them out imports the model in a new process.
            pip_requirements=[f"{each}=={version(each)}" for each in NEEDS],
        )
    return str(logged.model_uri)


def signature(bundle: Bundle) -> ModelSignature:
    """Return what goes in, float64, texts and dates, and what comes out."""
    from mlflow.models import ModelSignature
    from mlflow.types import ColSpec, DataType, Schema

    kinds = {
        "number": DataType.double,
        "category": DataType.string,
        "date": DataType.datetime,
    }
    return ModelSignature(
        inputs=Schema([ColSpec(kinds[kind], name) for name, kind in columns_of(bundle).items()]),
        outputs=Schema([ColSpec(DataType.double, "probability"), ColSpec(DataType.string, "band")]),
    )
