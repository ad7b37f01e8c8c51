"""Commands that run on Spark, and how an engine is named."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from features.errors import DefinitionError
from features.instants import iso

if TYPE_CHECKING:
    from foretell.workspace import Loaded

_URL: Final = re.compile(r"local(\[.+\])?|yarn|(spark|k8s)://.+")


def spark_url(engine: str) -> str | None:
    """Return the Spark URL of an engine, or None for DuckDB.

    Raises
    ------
    DefinitionError
        When it is neither.

    Examples
    --------
    >>> spark_url("spark"), spark_url("spark://host:7077"), spark_url("duckdb")
    ('local[*]', 'spark://host:7077', None)
    """
    if engine == "duckdb":
        return None
    if engine == "spark":
        return "local[*]"
    if _URL.fullmatch(engine) is None:
        expected = "expected duckdb, spark, or a Spark URL such as local[2] or spark://host:7077"
        raise DefinitionError("engine", [f"{expected}, got {engine!r}"])
    return engine


def write_vectors_on_spark(
    loaded: Loaded, cutoff: int, out: Path, master: str, say: Callable[[str], None]
) -> dict[str, Any]:
    """Write the catalogue's vectors of every customer as of a cutoff to a folder of Parquet.

    Raises
    ------
    DefinitionError
        When the project sets rows aside, which Spark does not do.
    """
    if loaded.project.quarantine:
        raise DefinitionError(
            "vectors on Spark",
            [
                f"project '{loaded.project.name}' says quarantine=True, and Spark sets no rows "
                "aside; use the engine duckdb, or mend the rows that `foretell check "
                "--quarantine FOLDER` writes down, and drop quarantine=True"
            ],
        )
    from features.carriers import spark
    from features.carriers.spark_output import write_parquet
    from features.carriers.spark_session import started

    sources = loaded.sources()
    catalogue = loaded.project.catalogue
    say(f"starting Spark at {master}")
    with started(master) as session:
        say("checking the tables")
        frame = spark.vectors(session, loaded.project.tables, sources, catalogue, [cutoff])
        say("building behaviour vectors")
        rows = write_parquet(frame, out)
    return {"rows": rows, "features": len(catalogue), "cutoff": iso(cutoff), "file": str(out)}
