"""Encodings among the inputs of a model: what they read, what they make, whether they fit."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence

from features.arrays import Floats
from features.catalogue import Catalogue
from features.errors import BundleError
from features.kernel import Vectors
from features.schema import Schema, SchemaColumn
from features.tables import Table
from training.encoding import Encoding


def encoded(encodings: Sequence[Encoding], vectors: Vectors) -> dict[str, Floats]:
    """Return the columns that encodings make of vectors, by name.

    Parameters
    ----------
    encodings : sequence of Encoding
        Target rates.
    vectors : Vectors
        Rows with the features that are encoded, each at its own cutoff.

    Raises
    ------
    SchemaError
        When a column they read is missing or holds no texts.
    """
    if not encodings:
        return {}
    wanted = Schema(tuple(SchemaColumn(name, ()) for name in sources_of(encodings)))
    here = {name: vectors.columns[name] for name in wanted.names if name in vectors.columns}
    wanted.require(Vectors(vectors.customers, vectors.cutoffs, here))
    return {each.name: each.encode(here[each.source], vectors.cutoffs) for each in encodings}


def sources_of(encodings: Iterable[Encoding]) -> tuple[str, ...]:
    """Return the names of the features that encodings read, each once."""
    return tuple(dict.fromkeys(each.source for each in encodings))


def require_encodings(
    encodings: Sequence[Encoding], schema: Schema, catalogue: Catalogue, tables: Sequence[Table]
) -> None:
    """Refuse encodings that do not fit to the other parts of a bundle.

    Parameters
    ----------
    encodings : sequence of Encoding
        Target rates.
    schema : Schema
        Inputs of the model: each rate is one number of them.
    catalogue : Catalogue
        Features: they hold the texts that are read, and none is called as a rate is.
    tables : sequence of Table
        Contracts.

    Raises
    ------
    BundleError
        With the rate or the feature.
    """
    times = Counter(each.name for each in encodings)
    numbers = {each.name for each in schema.columns if each.levels is None}
    for name, often in times.items():
        if often > 1 or name in catalogue.names or name not in numbers:
            raise BundleError(f"target rate '{name}' must be one number of the schema")
    lacking = sorted({*sources_of(encodings)} - {*catalogue.texts(tables)})
    if lacking:
        raise BundleError(f"target rates read '{lacking[0]}', which is no text of the catalogue")
