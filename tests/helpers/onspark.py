"""What Spark makes, as what DuckDB makes of it."""

from __future__ import annotations

from typing import Any

import numpy as np
import pyarrow as pa

from features.catalogue import Catalogue
from features.kernel import Vectors
from tests.helpers.raw import CATALOGUE


def collected(frame: Any, catalogue: Catalogue = CATALOGUE) -> Vectors:
    """Bring a frame of vectors to the driver, sorted by customer and cutoff."""
    arrow = frame.toArrow()
    assert arrow.column_names == ["customer", "cutoff", *catalogue.names]
    customers = np.array(arrow["customer"].to_pylist(), dtype=None)
    columns = {
        name: arrow[name].to_numpy()
        if arrow.schema.field(name).type == pa.float64()
        else np.array(arrow[name].to_pylist(), dtype=object)
        for name in catalogue.names
    }
    cutoffs = arrow["cutoff"].cast(pa.int64()).to_numpy()
    whole = arrow["customer"].type == pa.int64()
    made = Vectors(customers if whole else customers.astype(object), cutoffs, columns)
    return made.take(np.lexsort((made.cutoffs, made.customers)))
