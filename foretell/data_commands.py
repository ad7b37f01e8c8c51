"""Commands about data: check, features, vectors."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from foretell.arguments import At, Json, ProjectFolder
from foretell.console import show_json, show_table, steps, told


def register(app: typer.Typer) -> None:
    """Add the commands to the command line."""
    app.command(
        epilog="Example: foretell check experiments/retail --quarantine out/retail-quarantine"
    )(check)
    app.command(epilog="Example: foretell features experiments/retail --html dictionary.html")(
        features
    )
    app.command(
        epilog="Example: foretell vectors experiments/retail vectors.parquet --at 2017-11-06"
    )(vectors)


def check(
    project: ProjectFolder,
    quarantine: Annotated[
        Path | None,
        typer.Option(
            "--quarantine",
            metavar="FOLDER",
            help="Set aside rows that break a contract by themselves and write them to this "
            "folder, with the reasons and their counts; it must not exist. Left out: one such "
            "row is an error, unless the project says quarantine=True.",
        ),
    ] = None,
    as_json: Json = False,
) -> None:
    """Hold every table of a project against its contract."""
    with told(), steps("check") as say:
        from features.zones import clock
        from foretell.checking import check_tables, checked_json
        from foretell.workspace import load

        loaded = load(project)
        say("fetching and preparing the tables")
        found = check_tables(loaded, loaded.sources(), quarantine, clock(), say)
        shown = {name: checked_json(each) for name, each in found.items()}
    if as_json:
        show_json(shown)
        return
    rows = [
        [
            name,
            f"{each['rows']:,}",
            *(str(each[key] or "static") for key in ("first", "last", "complete_until")),
        ]
        for name, each in shown.items()
    ]
    asides = [each.aside for each in found.values() if each.aside is not None]
    held = "The sound rows keep" if any(each.rows for each in asides) else "Tables keep"
    head = ["table", "rows", "first", "last", "complete until"]
    show_table(f"{held} their contracts", head, rows)
    for each in asides:
        typer.echo(str(each))
    if quarantine is not None:
        typer.echo(f"{quarantine}: every row that was set aside, and why")


def features(
    project: ProjectFolder,
    html: Annotated[
        Path | None,
        typer.Option("--html", metavar="FILE", help="Write the dictionary as a page to this file."),
    ] = None,
    as_json: Json = False,
) -> None:
    """Print the data dictionary: every table, and every feature with its meaning and unit."""
    with told():
        from features.catalogue import Catalogue
        from features.dictionary import dictionary
        from features.dictionary_page import dictionary_page
        from features.whole import whole_file
        from foretell.workspace import load

        loaded = load(project).project
        every = loaded.catalogue
        for task in loaded.tasks:
            every = every + loaded.features_of(task)
        found = dictionary(Catalogue(every), loaded.tables)
        if html is not None:
            with whole_file(html) as partial:
                partial.write_text(dictionary_page(loaded.name, found), encoding="utf-8")
    if as_json:
        show_json(found)
        return
    if html is not None:
        typer.echo(f"{html}: {len(found['tables'])} tables, {len(found['features'])} features")
        return
    rows = [
        [each["name"], each["description"], each["unit"], each["null"]]
        for each in found["features"]
    ]
    show_table(f"{len(rows)} features", ["feature", "description", "unit", "null when"], rows)


def vectors(
    project: ProjectFolder,
    out: Annotated[Path, typer.Argument(metavar="FILE", help="Parquet file to write.")],
    at: At = None,
    as_json: Json = False,
) -> None:
    """Write the behaviour vectors of all customers as of a cutoff."""
    with told(), steps("vectors") as say:
        from foretell.scoring import cutoff_of, write_vectors
        from foretell.workspace import load

        loaded = load(project)
        found = write_vectors(loaded, cutoff_of(loaded, at), out, say)
    if as_json:
        show_json(found)
        return
    show_table("Behaviour vectors", list(found), [[str(value) for value in found.values()]])
