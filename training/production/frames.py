"""A bundle asked with a pandas frame of features, as notebooks and Spark hold them."""

from __future__ import annotations

from numbers import Real
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from features.arrays import Values
from features.errors import SchemaError
from features.instants import instant
from features.kernel import Vectors
from features.ready.given import column_of
from features.ready.table import LabelledTable
from training.bundle import Bundle, read_bundle
from training.encoded import sources_of

if TYPE_CHECKING:
    import pandas as pd

CUTOFF: Final = "cutoff"
"""Column with the instant of a row, as ISO 8601; asked for only where outcomes are encoded."""


def columns_of(bundle: Bundle) -> dict[str, str]:
    """Return the columns that a bundle reads of a frame, each ``double`` or ``string``.

    A target rate is not among them: the text that it encodes is. Columns of a ready-made table have
    the names that they have there; one of dates is a number of days, by the name of its feature.
    """
    names = _own_names(bundle)
    told = {names.get(feature, feature): kind for feature, kind in _kinds(bundle).items()}
    return told | ({CUTOFF: "string"} if bundle.encodings else {})


def _kinds(bundle: Bundle) -> dict[str, str]:
    """Return ``double`` or ``string`` by feature."""
    made = {each.name for each in bundle.encodings}
    told = {
        each.name: "double" if each.levels is None else "string"
        for each in bundle.schema.columns
        if each.name not in made
    }
    told |= dict.fromkeys(sources_of(bundle.encodings), "string")
    if bundle.segments is not None:
        told[bundle.segments.by] = "string"
    return told


def _own_names(bundle: Bundle) -> dict[str, str]:
    """Return the columns of a ready-made table by feature, without those of dates."""
    dates = {
        column
        for table in bundle.tables
        if isinstance(table, LabelledTable)
        for column in table.since
    }
    columns = {each.name: column_of(each) for each in bundle.catalogue}
    return {name: column for name, column in columns.items() if column and column not in dates}


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
            A column for each of `columns_of`, numbers as float64 and texts as strings; others are
            left aside.

        Returns
        -------
        DataFrame
            ``probability``, float64 in [0, 1], and ``band``, string; the index is the frame's.

        Raises
        ------
        SchemaError
            When columns are missing, of another kind, or hold infinities.
        """
        import pandas as pd

        asked, kinds, names = columns_of(self.bundle), _kinds(self.bundle), _own_names(self.bundle)
        # By the names of features too: versions of before ask for those.
        there = {
            feature: name
            for feature in kinds
            for name in (feature, names.get(feature, feature))
            if name in frame.columns
        }
        lacking = [names.get(feature, feature) for feature in kinds if feature not in there]
        lacking += [CUTOFF] if CUTOFF in asked and CUTOFF not in frame.columns else []
        if lacking:
            raise SchemaError(
                f"the frame lacks {', '.join(lacking)}; give a column for each of "
                f"{', '.join(asked)}"
            )
        cutoffs = np.zeros(len(frame), dtype=np.int64)
        if CUTOFF in asked:
            cutoffs = np.array([instant(str(each)) for each in frame[CUTOFF]], dtype=np.int64)
        columns = {
            feature: (_texts if kind == "string" else _numbers)(frame[there[feature]])
            for feature, kind in kinds.items()
        }
        vectors = Vectors(np.arange(len(frame)), cutoffs, columns)
        bundle = self.bundle
        empty = np.empty(0)
        found = bundle.probabilities(bundle.margins(vectors), vectors) if len(frame) else empty
        return pd.DataFrame({"probability": found, "band": bundle.banded(found)}, index=frame.index)


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
