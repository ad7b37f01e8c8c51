"""A bundle with some sixty rows, and explainers of it with other settings."""

from dataclasses import replace
from typing import Any

import numpy as np

from features.kernel import Vectors
from tests.helpers import bundles
from training.bundle import Bundle
from training.reasons.explain import Explainer
from training.reasons.settings import Reasons


def rows_and_bundle() -> tuple[Bundle, Vectors]:
    bundle, rows, _ = bundles.learnt()
    return bundle, rows.vectors.take(np.arange(0, len(rows), max(1, len(rows) // 60)))


def with_settings(bundle: Bundle, **settings: Any) -> Explainer:
    return Explainer(replace(bundle, reasons=Reasons(**settings).to_json()))


def read_texts(bundle: Bundle) -> dict[str, Any]:
    """Return the texts of a bundle as those of a file that somebody has read."""
    entries = with_settings(bundle).entries
    return {
        "features": {
            each.name: {"reviewed": True, **{key: dict(of) for key, of in each.texts.items()}}
            for each in entries
        }
    }
