"""The columns a model reads: their order, their kinds, and the codes of their categories."""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from itertools import repeat
from typing import Any

import numpy as np

from features.arrays import Bools, Floats, Values
from features.errors import DefinitionError, SchemaError
from features.kernel import Vectors


@dataclass(frozen=True)
class SchemaColumn:
    """One input of a model.

    Parameters
    ----------
    name : str
        Feature.
    levels : tuple of str or None
        Known texts in the order of their codes; None for a number.
    """

    name: str
    levels: tuple[str, ...] | None = None


@dataclass(frozen=True)
class Schema:
    """Ordered inputs of a model.

    Parameters
    ----------
    columns : tuple of SchemaColumn
        Inputs, in the order of the matrix.

    Examples
    --------
    >>> schema = Schema((SchemaColumn("age"), SchemaColumn("city", ("Bonn", "Rome"))))
    >>> Schema.from_json(schema.to_json()) == schema
    True
    """

    columns: tuple[SchemaColumn, ...]

    def __post_init__(self) -> None:
        twice = [name for name, times in Counter(self.names).items() if times > 1]
        faults = [f"two columns are called '{name}'" for name in twice]
        faults += [
            f"column '{column.name}' has a level twice"
            for column in self.columns
            if column.levels is not None and len(set(column.levels)) < len(column.levels)
        ]
        if faults:
            raise DefinitionError("schema", faults)

    @classmethod
    def fit(cls, vectors: Vectors, *, rarest: int = 20, most: int = 32) -> Schema:
        """Learn the levels of text columns from training rows.

        Parameters
        ----------
        vectors : Vectors
            Rows to learn from: training rows only.
        rarest : int
            A level seen in fewer rows gets no code; it is read as an unseen one.
        most : int
            Levels that get a code, the most frequent ones, and by name among equals: a tree splits
            hundreds of names by the luck of a few rows each.
        """
        return cls(
            tuple(
                SchemaColumn(
                    name,
                    _levels(vectors.columns[name], rarest, most) if vectors.is_text(name) else None,
                )
                for name in vectors.columns
            )
        )

    @property
    def names(self) -> tuple[str, ...]:
        """Column names, in order."""
        return tuple(column.name for column in self.columns)

    @property
    def categorical(self) -> list[int]:
        """Positions of the columns that hold codes."""
        return [place for place, column in enumerate(self.columns) if column.levels is not None]

    def matrix(self, vectors: Vectors) -> Floats:
        """Arrange vectors as the matrix that the model reads.

        Parameters
        ----------
        vectors : Vectors
            Any order of columns.

        Returns
        -------
        (r, columns) float64
            NaN for null and for texts that are no level.

        Raises
        ------
        SchemaError
            When columns are missing, too many, of another kind, or hold infinities.
        """
        self.require(vectors)
        found = np.empty((len(vectors), len(self.columns)), dtype=np.float64)
        for place, column in enumerate(self.columns):
            values = vectors.columns[column.name]
            found[:, place] = values if column.levels is None else self._encode(column, values)
        return found

    def require(self, vectors: Vectors) -> None:
        """Refuse vectors that do not carry exactly these columns; see `matrix`."""
        here, wanted = set(vectors.columns), set(self.names)
        faults = [f"missing column '{name}'" for name in self.names if name not in here]
        faults += [f"unknown column '{name}'" for name in vectors.columns if name not in wanted]
        for column in self.columns:
            if column.name in here:
                faults += _faults(column, vectors.columns[column.name], len(vectors))
        if faults:
            raise SchemaError(
                "columns differ from those of the model:\n  - " + "\n  - ".join(faults)
            )

    def to_json(self) -> list[dict[str, Any]]:
        """Return the columns as plain JSON values."""
        return [
            {"name": column.name}
            | ({} if column.levels is None else {"levels": list(column.levels)})
            for column in self.columns
        ]

    @classmethod
    def from_json(cls, value: Iterable[Mapping[str, Any]]) -> Schema:
        """Read back what ``to_json`` wrote."""
        return cls(
            tuple(
                SchemaColumn(each["name"], tuple(each["levels"]) if "levels" in each else None)
                for each in value
            )
        )

    def fingerprint(self) -> str:
        """Return a SHA-256 of names, order, kinds and levels."""
        return hashlib.sha256(json.dumps(self.to_json()).encode()).hexdigest()

    @cached_property
    def _codes(self) -> dict[str, dict[str, int]]:
        return {
            column.name: {level: code for code, level in enumerate(column.levels)}
            for column in self.columns
            if column.levels is not None
        }

    def _encode(self, column: SchemaColumn, values: Values) -> Floats:
        found = map(self._codes[column.name].get, values, repeat(np.nan))
        return np.fromiter(found, dtype=np.float64, count=len(values))


def _faults(column: SchemaColumn, values: Values, rows: int) -> Iterator[str]:
    head = f"column '{column.name}':"
    if values.shape != (rows,):
        yield f"{head} expected {rows} values, came an array of shape {values.shape}"
        return
    if column.levels is None:
        if values.dtype.kind not in "biuf":
            came = "texts" if values.dtype.kind in "OUS" else f"the type {values.dtype}"
            yield f"{head} expected numbers, came {came}"
        elif (row := _first(np.isinf(values))) is not None:
            yield f"{head} infinity in row {row + 1}"
    elif values.dtype != object:
        came = "numbers" if values.dtype.kind in "biuf" else f"the type {values.dtype}"
        yield f"{head} expected texts, came {came}"
    elif not set(map(type, values)) <= {str, type(None)}:
        others = np.array([not (v is None or isinstance(v, str)) for v in values], dtype=np.bool_)
        if (row := _first(others)) is not None:
            yield f"{head} expected texts, came {type(values[row]).__name__} in row {row + 1}"


def _first(mask: Bools) -> int | None:
    return int(np.argmax(mask)) if mask.any() else None


def _levels(values: Values, rarest: int, most: int) -> tuple[str, ...]:
    counts = Counter(value for value in values if value is not None)
    frequent = sorted(counts.items(), key=lambda pair: (-pair[1], pair[0]))[:most]
    return tuple(sorted(str(name) for name, times in frequent if times >= rarest))
