"""What is not computed: a value that came with its row."""

from __future__ import annotations

from typing import Final

from features.aggregates.aggregate import Aggregate
from features.arrays import Floats
from features.errors import DefinitionError
from features.stream import Asked, Stream


def _given(stream: Stream, column: str, asked: Asked, found: Floats) -> None:
    fault = (
        f"'{column}' comes with the rows of a ready-made table, and is computed from no events; "
        "read the rows with features.ready.read_rows"
    )
    raise DefinitionError("feature", [fault])


GIVEN: Final = Aggregate(
    "given", _given, "{column}, as it stands in {events}", "the cell is empty", column="any"
)
