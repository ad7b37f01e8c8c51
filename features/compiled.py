"""Compiled functions: loops over events, written as they are meant, run as machine code."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar, cast

import numba

F = TypeVar("F", bound=Callable[..., object])


def compiled(function: F) -> F:
    """Compile a function of arrays and numbers when it is first called, and keep it on disk.

    Floating point is evaluated in the order in which it is written: nothing is re-associated or
    fused, so that a value does not hang on which rows it was computed with. Indices are not
    checked: a caller hands in ranges that lie within the arrays.

    What is kept on disk follows the file of the function. Who changes a compiled function that one
    of another file calls removes the ``__pycache__`` folders (``make clean``).

    Examples
    --------
    >>> import numpy as np
    >>> from features.medians import twice_median
    >>> twice_median(np.array([3, 1, 2]))
    4.0
    """
    return cast(F, numba.njit(cache=True, nogil=True, error_model="numpy")(function))
