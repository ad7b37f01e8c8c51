"""The logistic function and its integral with the same last bit everywhere; see `basic`."""

from __future__ import annotations

from typing import Final

import numpy as np

from features.arrays import Floats
from training.calibration.basic import exp, exp_one, log1p, log1p_one

_FURTHEST: Final = 36.0  # the last whole log-odds whose probability is clearly below 1 in float64


def sigmoid(z: Floats) -> Floats:
    """Return ``1 / (1 + exp(-z))`` with the same bits on every machine.

    Log-odds beyond 36 are taken for 36, so the result is inside (0, 1).

    Examples
    --------
    >>> sigmoid(np.array([0.0, -1000.0])).tolist()
    [0.5, 2.319522830243569e-16]
    """
    return 1.0 / (1.0 + exp(-np.clip(z, -_FURTHEST, _FURTHEST)))


def sigmoid_one(z: float) -> float:
    """Return what `sigmoid` gives for one number, bit for bit.

    Examples
    --------
    >>> sigmoid_one(0.7) == sigmoid(np.array([0.7])).item()
    True
    """
    return 1.0 / (1.0 + exp_one(-min(max(z, -_FURTHEST), _FURTHEST)))


def softplus(z: Floats) -> Floats:
    """Return ``log(1 + exp(z))``, which is ``-log(1 - sigmoid(z))``, with the same bits everywhere.

    Examples
    --------
    >>> softplus(np.array([0.0, 1000.0])).tolist()
    [0.6931471805599453, 1000.0]
    """
    return np.maximum(z, 0.0) + log1p(exp(-np.minimum(np.abs(z), _FURTHEST)))


def softplus_one(z: float) -> float:
    """Return what `softplus` gives for one number, bit for bit.

    Examples
    --------
    >>> softplus_one(0.7) == softplus(np.array([0.7])).item()
    True
    """
    return max(z, 0.0) + log1p_one(exp_one(-min(abs(z), _FURTHEST)))
