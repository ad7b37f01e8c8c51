"""Arguments and options that several commands share."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, TypeAlias

import typer

ProjectFolder: TypeAlias = Annotated[
    Path, typer.Argument(metavar="PROJECT", help="Folder with project.py, as experiments/retail.")
]
TaskName: TypeAlias = Annotated[str, typer.Argument(metavar="TASK", help="Task of the project.")]
Json: TypeAlias = Annotated[bool, typer.Option("--json", help="Print JSON instead of a table.")]
Home: TypeAlias = Annotated[
    Path,
    typer.Option("--home", help="Folder that holds mlruns/ and out/.", envvar="FORETELL_HOME"),
]
At: TypeAlias = Annotated[
    str | None,
    typer.Option(
        "--at",
        metavar="INSTANT",
        help="Cutoff, as 2017-11-06 or 2017-11-06T12:00:00Z; only what was known before it is "
        "used. Left out: the project's as_of, or the present.",
    ),
]
Engine: TypeAlias = Annotated[
    str,
    typer.Option(
        "--engine",
        metavar="ENGINE",
        help="duckdb: this machine. spark, or a Spark URL such as local[2] or spark://host:7077: "
        "the same vectors by Spark, written as a folder of Parquet files.",
    ),
]
HERE = Path()
