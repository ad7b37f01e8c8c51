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

    Examples
    --------
    >>> @compiled
    ... def doubled(value: int) -> int:
    ...     return 2 * value
    >>> doubled(21)
    42
    """
    return cast(F, numba.njit(cache=True, nogil=True, error_model="numpy")(function))
