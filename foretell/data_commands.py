"""Commands about data: check, features, vectors."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from foretell.arguments import At, Engine, Json, ProjectFolder
from foretell.console import show_json, show_table, steps, told


def register(app: typer.Typer) -> None:
    """Add the commands to the command line."""
    app.command(epilog="Example: foretell check experiments/retail")(check)
    app.command(epilog="Example: foretell features experiments/retail --json")(features)
    app.command(
        epilog="Example: foretell vectors experiments/retail vectors.parquet --at 2017-11-06"
    )(vectors)


def check(project: ProjectFolder, as_json: Json = False) -> None:
    """Hold every table of a project against its contract."""
    with told(), steps("check") as say:
        from features.instants import iso

        from features.contract import check as check_table
        from foretell.workspace import load

        loaded = load(project)
        say("fetching and preparing the tables")
        sources = loaded.sources()
        found = {}
        for table in loaded.project.tables:
            say(f"checking {table.name}")
            checked = check_table(table, sources[table.name])
            found[table.name] = {
                "rows": checked.rows,
                "first": None if checked.first is None else iso(checked.first),
                "last": None if checked.last is None else iso(checked.last),
                "complete_until": (
                    None if checked.complete_until is None else iso(checked.complete_until)
                ),
            }
    if as_json:
        show_json(found)
        return
    rows = [
        [
            name,
            f"{each['rows']:,}",
            *(str(each[key] or "static") for key in ("first", "last", "complete_until")),
        ]
        for name, each in found.items()
    ]
    show_table(
        "Tables keep their contracts", ["table", "rows", "first", "last", "complete until"], rows
    )


def features(project: ProjectFolder, as_json: Json = False) -> None:
    """Print the data dictionary: every feature with its meaning, unit and meaning of null."""
    with told():
        from features.catalogue import Catalogue
        from foretell.workspace import load

        loaded = load(project).project
        every = loaded.catalogue
        for task in loaded.tasks:
            every = every + loaded.features_of(task)
        found = Catalogue(every).dictionary(loaded.tables)
    if as_json:
        show_json(found)
        return
    rows = [[each["name"], each["description"], each["unit"], each["null"]] for each in found]
    show_table(f"{len(rows)} features", ["feature", "description", "unit", "null when"], rows)


def vectors(
    project: ProjectFolder,
    out: Annotated[Path, typer.Argument(metavar="FILE", help="Parquet file to write.")],
    at: At = None,
    engine: Engine = "duckdb",
    as_json: Json = False,
) -> None:
    """Write the behaviour vectors of all customers as of a cutoff."""
    with told(), steps("vectors") as say:
        from foretell.cluster import spark_url, write_vectors_on_spark
        from foretell.scoring import cutoff_of, write_vectors
        from foretell.workspace import load

        master = spark_url(engine)
        loaded = load(project)
        cutoff = cutoff_of(loaded, at)
        if master is None:
            found = write_vectors(loaded, cutoff, out, say)
        else:
            found = write_vectors_on_spark(loaded, cutoff, out, master, say)
    if as_json:
        show_json(found)
        return
    show_table("Behaviour vectors", list(found), [[str(value) for value in found.values()]])
