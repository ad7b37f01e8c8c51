"""A bundle asked with a pandas frame of features, as notebooks and Spark hold them."""

from __future__ import annotations

from collections.abc import Mapping
from numbers import Real
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from features.arrays import Floats, Values
from features.errors import SchemaError
from features.instants import instant
from features.kernel import Vectors
from features.ready.read import read_rows
from training.bundle import Bundle, asked, read_bundle
from training.bundle.asked import Kind, contract_of, vectors_of_rows
from training.encoded import sources_of

if TYPE_CHECKING:
    import pandas as pd

CUTOFF: Final = "cutoff"
"""Column with the instant of a row, as ISO 8601; asked for only where outcomes are encoded."""


def columns_of(bundle: Bundle) -> dict[str, Kind]:
    """Return the columns that a bundle reads of a frame, and what they hold.

    A target rate is not among them: the text that it encodes is. Of a ready-made table they are its
    own columns.
    """
    if bundle.task.is_given:
        return asked.columns_of(contract_of(bundle))
    made = {each.name for each in bundle.encodings}
    told: dict[str, Kind] = {
        each.name: "number" if each.levels is None else "category"
        for each in bundle.schema.columns
        if each.name not in made
    }
    told |= dict.fromkeys(sources_of(bundle.encodings), "category")
    if bundle.segments is not None:
        told[bundle.segments.by] = "category"
    return told | ({CUTOFF: "category"} if bundle.encodings else {})


class FrameScorer:
    """A bundle that scores frames.

    Parameters
    ----------
    folder : Path
        Of the bundle, which is verified.
    """

    def __init__(self, folder: Path) -> None:
        self.bundle = read_bundle(folder)

    def score(self, frame: pd.DataFrame) -> pd.DataFrame:
        """Score the rows of a frame.

        Parameters
        ----------
        frame : DataFrame
            A column for each of `columns_of`: numbers as float64, categories as strings, dates as
            datetime64; others are left aside.

        Returns
        -------
        DataFrame
            ``probability``, float64 in [0, 1], and ``band``, string; the index is the frame's.

        Raises
        ------
        SchemaError
            When columns are missing, of another kind, or hold infinities.
        ContractError
            When a cell of a ready-made table cannot be read.
        """
        import pandas as pd

        wanted = columns_of(self.bundle)
        lacking = [name for name in wanted if name not in frame.columns]
        if lacking:
            raise SchemaError(
                f"the frame lacks {', '.join(lacking)}; give a column for each of "
                f"{', '.join(wanted)}"
            )
        found = self._probabilities(frame[list(wanted)], wanted) if len(frame) else np.empty(0)
        bands = self.bundle.banded(found)
        return pd.DataFrame({"probability": found, "band": bands}, index=frame.index)

    def _probabilities(self, frame: pd.DataFrame, wanted: Mapping[str, Kind]) -> Floats:
        bundle = self.bundle
        vectors = (
            _of_rows(bundle, frame, wanted) if bundle.task.is_given else _of_features(frame, wanted)
        )
        return bundle.probabilities(bundle.margins(vectors), vectors)


def _of_features(frame: pd.DataFrame, wanted: Mapping[str, Kind]) -> Vectors:
    columns = {
        name: (_texts if kind == "category" else _numbers)(frame[name])
        for name, kind in wanted.items()
    }
    cutoffs = np.zeros(len(frame), dtype=np.int64)
    if CUTOFF in columns:
        told = columns.pop(CUTOFF)
        cutoffs = np.array([instant(str(each)) for each in told], dtype=np.int64)
    return Vectors(np.arange(len(frame)), cutoffs, columns)


def _of_rows(bundle: Bundle, frame: pd.DataFrame, wanted: Mapping[str, Kind]) -> Vectors:
    """Read the rows of a ready-made table as those of a file are read."""
    for name, kind in wanted.items():
        if kind == "date" and frame[name].dtype.kind != "M":
            raise SchemaError(
                f"column '{name}' must hold dates, came the type {frame[name].dtype}; give it as "
                "datetime64 (pandas.to_datetime)"
            )
        if kind == "number":
            _numbers(frame[name])
    return vectors_of_rows(read_rows(contract_of(bundle), frame, labelled=False))


def _texts(column: pd.Series[Any]) -> Values:
    # A copy: what pandas lends may be read only.
    held = np.array(column.to_numpy(object), dtype=object)
    absent = column.isna().to_numpy(np.bool_)
    _require_only(str, "texts", column.name, held[~absent])
    held[absent] = None
    return held


def _numbers(column: pd.Series[Any]) -> Values:
    from pandas.api.types import is_numeric_dtype

    if not is_numeric_dtype(column.dtype):
        _require_only(Real, "numbers", column.name, column.dropna().to_numpy(object))
    return column.to_numpy(np.float64, na_value=np.nan)


def _require_only(kind: type, what: str, name: object, held: Values) -> None:
    others = [each for each in held if not isinstance(each, kind)]
    if others:
        raise SchemaError(
            f"column '{name}' must hold {what}, came {others[0]!r} in {len(others):,} rows; give "
            f"it as {'strings' if kind is str else 'float64'}"
        )
