"""Frames and weights as the callers of scikit-learn give them."""

from __future__ import annotations

import warnings
from numbers import Real
from typing import Any, Final

import numpy as np
from sklearn.utils.validation import _check_sample_weight, check_non_negative

from features.arrays import Floats, Values
from features.ready.worth import RAREST
from features.schema import Schema

_NO_CELLS: Final = {"m": "spans of time", "c": "complex numbers"}
"""What no column may hold, by the letter of numpy."""


def as_pandas(X: Any) -> Any:
    """Return a polars frame as the pandas frame of the same names, kinds and cells.

    True and false with nulls among them stay so, and decimals become numbers. Anything else is
    returned as it came.

    Raises
    ------
    ValueError
        When it is a LazyFrame.

    Examples
    --------
    >>> import polars as pl
    >>> as_pandas(pl.DataFrame({"paid": [True, None]}))["paid"].dtype
    BooleanDtype
    """
    if type(X).__module__.partition(".")[0] != "polars" or not hasattr(X, "collect_schema"):
        return X
    if hasattr(X, "collect"):
        raise ValueError("expected rows, came a polars LazyFrame: give X.collect()")
    import polars as pl

    decimals = [name for name, kind in X.schema.items() if kind.is_decimal()]
    truths = [name for name, kind in X.schema.items() if kind == pl.Boolean]
    found = X.with_columns(pl.col(decimals).cast(pl.Float64)).to_pandas()
    return found.astype(dict.fromkeys(truths, "boolean"))


def has_texts(X: Any) -> bool:
    """Tell whether a frame has a column that is neither a number nor true and false."""
    if not hasattr(X, "dtypes") or not hasattr(X, "columns"):
        return False
    return any(getattr(kind, "kind", "O") not in "biuf" for kind in X.dtypes)


def column(cells: Any, is_named: bool | None = None) -> Values:
    """Return a pandas column as float64 or, where it holds others than numbers, as texts and None.

    A column of the type ``category`` holds names, whatever they are made of.

    Parameters
    ----------
    cells : Series
        A column.
    is_named : bool, optional
        Whether it is one of names, as the model was taught: a few rows of it may hold numbers only,
        or nothing. Left out, the cells tell.

    Raises
    ------
    ValueError
        When it holds infinities, dates, or cells that are no number, text, true or false.
    """
    import pandas as pd

    kind = getattr(cells.dtype, "kind", "O")
    if kind in _NO_CELLS or isinstance(cells.dtype, pd.PeriodDtype | pd.IntervalDtype):
        what = _NO_CELLS.get(kind, f"the type {cells.dtype}")
        raise ValueError(f"column '{cells.name}' holds {what}; turn them into numbers or texts")
    if pd.api.types.is_numeric_dtype(cells.dtype) and not is_named:
        found = cells.to_numpy(dtype=np.float64, na_value=np.nan)
        if np.isinf(found).any():
            raise ValueError(f"Input X contains infinity in column '{cells.name}'")
        return np.asarray(found)
    if pd.api.types.is_datetime64_any_dtype(cells.dtype):
        raise ValueError(f"column '{cells.name}' holds dates; turn them into days to some day")
    absent = cells.isna().to_numpy()
    for row, (cell, none) in enumerate(zip(cells, absent, strict=True)):
        if not none and not isinstance(cell, str | bool | np.bool_ | Real):
            raise ValueError(
                f"column '{cells.name}' holds {type(cell).__name__} in row {row} (counted from 0), "
                "expected numbers, texts, true or false; turn them into one of these"
            )
    if is_named is None:
        is_named = isinstance(cells.dtype, pd.CategoricalDtype) or absent.all()
    if not is_named and all(_is_number(cell) for cell in cells[~absent]):
        # The cells of an array of objects are numbers too; to be levels they must be texts.
        try:
            return column(cells.where(~absent, np.nan).astype(np.float64))
        except OverflowError:
            raise ValueError(f"column '{cells.name}' holds a number beyond 1.8e308") from None
    texts = [None if none else _name(cell) for cell, none in zip(cells, absent, strict=True)]
    return np.array(texts, dtype=object)


def named_in(schema: Schema | None) -> dict[str, bool]:
    """Tell by column whether a model was taught names; empty before it was."""
    columns = schema.columns if schema else ()
    return {each.name: each.levels is not None for each in columns}


def weights_of(sample_weight: Any, y: Values) -> Floats | None:
    """Return the weight of each row, (n,) float64; None when each row counts once.

    Raises
    ------
    ValueError
        When they are not a number for each row, 0 or more, with one above 0.
    """
    if sample_weight is None:
        return None
    found: Floats = _check_sample_weight(sample_weight, y, dtype=np.float64)
    check_non_negative(found, "`sample_weight`")
    if not found.any():
        raise ValueError("all weights are zero, so no row is left: give some a weight above 0")
    return None if (found == 1).all() else found


def _is_number(cell: Any) -> bool:
    return isinstance(cell, Real) and not isinstance(cell, bool | np.bool_)


def _name(cell: Any) -> str:
    """Return a level's name; whole numbers have one, whatever type holds them."""
    is_whole = isinstance(cell, float | np.floating) and float(cell).is_integer()
    return str(int(cell)) if is_whole else str(cell)


def warn_of_single_cases(schema: Schema) -> None:
    """Warn of texts that the model cannot read: none of their levels is in rows enough.

    Parameters
    ----------
    schema : Schema
        As it was fitted.
    """
    names = [f"'{each.name}'" for each in schema.columns if each.levels == ()]
    if names:
        warnings.warn(
            f"{', '.join(names)}: no text is in {RAREST} of the rows that teach, so the model "
            "cannot read the column; group its texts, or leave it out",
            UserWarning,
            stacklevel=4,
        )
