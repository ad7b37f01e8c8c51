"""Frames of pandas, polars and Arrow as one Arrow table of the columns that are read."""

from __future__ import annotations

from collections.abc import Collection
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
import pyarrow as pa

from features.errors import DefinitionError

if TYPE_CHECKING:
    import pandas as pd
    import polars as pl


class LazyFault(Exception):  # noqa: N818
    """A LazyFrame could not be collected; the message is what polars said."""


class Frame(NamedTuple):
    """A frame, opened.

    Parameters
    ----------
    label : str
        The kind of frame in words.
    there : tuple of str
        All columns, a name as often as it stands there.
    arrow : pyarrow.Table
        The cells; columns whose names stand there once.
    """

    label: str
    there: tuple[str, ...]
    arrow: pa.Table


def read_frame(source: Any, wanted: Collection[str]) -> Frame:
    """Open a frame.

    Parameters
    ----------
    source : pandas.DataFrame, polars.DataFrame, polars.LazyFrame or pyarrow.Table
        The frame, or whatever has an Arrow stream. Of a LazyFrame only the wanted columns are
        collected.
    wanted : collection of str
        Columns to bring; others may be left out.

    Raises
    ------
    DefinitionError
        When the source is no frame.
    LazyFault
        When a LazyFrame cannot be collected.
    """
    kind = type(source).__module__.partition(".")[0]
    if kind == "polars" and hasattr(source, "collect_schema") and hasattr(source, "collect"):
        return _collected(source, wanted)
    if kind == "pandas" and hasattr(source, "columns"):
        there = tuple(str(name) for name in source.columns)
        once = [
            name for name in source.columns if str(name) in wanted and there.count(str(name)) == 1
        ]
        return Frame("a pandas DataFrame", there, _from_pandas(source[once]))
    if kind == "polars" and hasattr(source, "columns"):
        return Frame("a polars DataFrame", tuple(source.columns), _readable(source.to_arrow()))
    if not isinstance(source, pa.Table) and not hasattr(source, "__arrow_c_stream__"):
        came = type(source).__name__
        fault = f"expected a file, a pandas or polars DataFrame or an Arrow table, got {came}"
        raise DefinitionError("source", [fault])
    arrow = source if isinstance(source, pa.Table) else pa.table(source)
    there = tuple(arrow.column_names)
    once = [name for name in there if name in wanted and there.count(name) == 1]
    return Frame("an Arrow table", there, _readable(arrow.select(once)))


def _collected(lazy: pl.LazyFrame, wanted: Collection[str]) -> Frame:
    import polars as pl

    try:
        there = tuple(lazy.collect_schema().names())
        frame = lazy.select(name for name in there if name in wanted).collect(engine="streaming")
    except (pl.exceptions.PolarsError, OSError) as error:
        raise LazyFault(" ".join(str(error).split())) from error
    return Frame("a polars LazyFrame", there, _readable(frame.to_arrow()))


def _from_pandas(frame: pd.DataFrame) -> pa.Table:
    columns = {str(name): _pandas_column(frame[name]) for name in frame.columns}
    return pa.table(columns) if columns else pa.table({"none": pa.nulls(len(frame))}).select([])


def _pandas_column(column: pd.Series[Any]) -> Any:
    if getattr(column.dtype, "tz", None) is not None:
        # Arrow's own conversion reads these in a way that pandas gives up.
        instants = column.dt.tz_convert(None).to_numpy()
        unit = np.datetime_data(instants.dtype)[0]
        return pa.array(instants, from_pandas=True).cast(pa.timestamp(unit, "UTC"))
    if column.dtype != object:
        return pa.array(column, from_pandas=True)
    # Arrow would take naive times for UTC where times with and without a zone are mixed.
    cells = [None if none else cell for cell, none in zip(column, column.isna(), strict=True)]
    if all(cell is None or not hasattr(cell, "isoformat") for cell in cells):
        try:
            return pa.array(cells, from_pandas=True)
        except (pa.ArrowInvalid, pa.ArrowTypeError):
            pass
    return pa.array([_text(cell) for cell in cells], pa.string())


def _text(cell: Any) -> str | None:
    if cell is None:
        return None
    return str(cell.isoformat()) if hasattr(cell, "isoformat") else str(cell)


def _readable(arrow: pa.Table) -> pa.Table:
    # DuckDB reads no half-precision column.
    for place, column in enumerate(arrow.schema):
        if pa.types.is_float16(column.type):
            arrow = arrow.set_column(place, column.name, arrow[column.name].cast(pa.float32()))
    return arrow
