"""Commands about data: check, features, vectors."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from foretell.arguments import HERE, At, Engine, Home, Json, ProjectFolder
from foretell.console import FAULT, show_json, show_made, show_table, steps, told


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
    at: Annotated[
        str | None,
        typer.Option(
            "--at",
            metavar="INSTANT",
            help="Instant as of which ages and rows of the last days are told, as 2017-11-06 or "
            "2017-11-06T12:00:00Z. Contracts are held against every row, and first, last and "
            "complete until are of every row. Left out: the project's as_of, or the present.",
        ),
    ] = None,
    strict: Annotated[
        bool, typer.Option("--strict", help="Exit with 1 when a table is stale.")
    ] = False,
    against: Annotated[
        Path | None,
        typer.Option(
            "--against",
            metavar="PROFILE",
            help="Tell how far every column lies from this profile of an earlier check.",
        ),
    ] = None,
    home: Home = HERE,
    as_json: Json = False,
) -> None:
    """Hold every table against its contract.

    It is told how fresh each is. Rows of erased customers are counted and left out of everything
    that is told and written.

    Writes out/PROJECT/profile.json below --home: what every column looks like. The one before is
    kept beside it under the time of its writing, so that --against can be given either; remove
    those that were written before somebody asked to be forgotten.
    """
    with told(), steps("check") as say:
        from features.drift import compare, keep_profiles, read_profiles
        from features.zones import clock
        from foretell.checking import PROFILE, inspect_tables
        from foretell.scoring import cutoff_of
        from foretell.workspace import Workspace, load

        loaded = load(project)
        if loaded.project.ready is not None:
            from foretell.checking_ready import show_checked

            show_checked(loaded, say, as_json)
            return
        earlier = {} if against is None else read_profiles(against)
        say("fetching and preparing the tables")
        moment = cutoff_of(loaded, at)
        found = inspect_tables(loaded, loaded.sources(), quarantine, moment, clock(), say)
        out = Workspace.at(home).out / loaded.project.name / PROFILE
        before = keep_profiles(out, {name: each.profile for name, each in found.items()})
        shown = {name: each.to_json() for name, each in found.items()}
        for name in earlier.keys() & shown.keys():
            shown[name]["moved"] = compare(earlier[name], found[name].profile)
    stale = [each.fresh for each in found.values() if each.fresh.is_stale]
    if as_json:
        show_json(shown)
    else:
        _show_checked(shown)
        for name, each in found.items():
            if each.checked.aside is not None:
                typer.echo(str(each.checked.aside))
            elif each.checked.erased:
                typer.echo(f"{name}: {each.checked.erased:,} rows of erased customers left out")
        for late in stale:
            typer.echo(str(late))
        if quarantine is not None:
            typer.echo(f"{quarantine}: every row that was set aside, and why")
        if against is not None:
            _show_moved(shown, str(against))
        typer.echo(f"{out}: what the columns look like")
        if before is not None:
            typer.echo(f"{before}: what they looked like at the check before")
    if stale and strict:
        raise typer.Exit(FAULT)


def _show_checked(shown: dict[str, dict[str, Any]]) -> None:
    head = ["table", "rows", "first", "last", "complete until", "age in days"]
    recent = next(iter(shown.values()))["freshness"]["as_of"]
    rows = [
        [
            name,
            f"{each['rows']:,}",
            *(str(each[key] or _none(each)) for key in ("first", "last", "complete_until")),
            _number(each["freshness"]["age_days"], _none(each)),
            *(
                _number(each["freshness"]["rows"].get(f"last_{days}_days"), _none(each))
                for days in (1, 7, 28)
            ),
        ]
        for name, each in shown.items()
    ]
    head += ["rows of 1 day", "of 7 days", "of 28 days"]
    aside = any(
        "set_aside" in each and each["set_aside"]["rows_set_aside"] for each in shown.values()
    )
    kept = "The sound rows keep" if aside else "Tables keep"
    told = "first, last and complete until of every row, the rest as of"
    show_table(f"{kept} their contracts; {told} {recent}", head, rows)


def _show_moved(shown: dict[str, dict[str, Any]], against: str) -> None:
    rows = [
        [f"{name}.{column}", f"{index:.3f}"]
        for name, each in shown.items()
        for column, index in sorted(each.get("moved", {}).items(), key=lambda pair: -pair[1])
    ]
    title = f"Stability index since {against}: below 0.1 stable, above 0.25 another population"
    show_table(title, ["column", "index"], rows)


def _none(told: dict[str, Any]) -> str:
    """Say why there is nothing to tell: the table has no times, or nothing was known by then."""
    return "none" if told["freshness"]["rows"] else "static"


def _number(value: float | None, none: str) -> str:
    return none if value is None else f"{value:,}"


def features(
    project: ProjectFolder,
    html: Annotated[
        Path | None,
        typer.Option("--html", metavar="FILE", help="Write the dictionary as a page to this file."),
    ] = None,
    as_json: Json = False,
) -> None:
    """Print the data dictionary.

    It names every table, and every feature with its meaning and unit.
    """
    with told():
        from features.catalogue import Catalogue
        from features.dictionary import dictionary
        from features.dictionary_page import dictionary_page
        from features.whole import whole_file
        from foretell.workspace import load
        from training.rates import dictionary_rows

        opened = load(project)
        loaded = opened.project
        if loaded.ready is not None:
            from training.data import open_data

            # What its columns are stands in the table.
            loaded = open_data(loaded, opened.sources(), lambda text: None).described(loaded)
        every = loaded.catalogue
        for task in loaded.tasks:
            every = every + loaded.computed_for(task)
        found = dictionary(Catalogue(every), loaded.tables)
        for task in loaded.tasks:
            found["features"] += dictionary_rows(task.name, task.encode)
        if html is not None:
            with whole_file(html) as partial:
                partial.write_text(dictionary_page(loaded.name, found), encoding="utf-8")
    if as_json:
        show_json(found)
        return
    if html is not None:
        typer.echo(f"{html}: tables {len(found['tables'])}, features {len(found['features'])}")
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
    task: Annotated[
        str | None,
        typer.Option(
            "--task",
            metavar="TASK",
            help="Only what the champion of this task reads, of its cohort: what its MLflow model "
            "is asked with.",
        ),
    ] = None,
    force: Annotated[bool, typer.Option("--force", help="Replace FILE if it exists.")] = False,
    engine: Engine = "duckdb",
    home: Home = HERE,
    as_json: Json = False,
) -> None:
    """Write the behaviour vectors of all customers as of a cutoff."""
    with told(), steps("vectors") as say:
        from features.errors import StateError
        from foretell.cluster import spark_url, write_vectors_on_spark
        from foretell.scoring import cutoff_of, write_asked, write_vectors
        from foretell.workspace import Workspace, load

        master = spark_url(engine)
        loaded = load(project)
        cutoff = cutoff_of(loaded, at)
        if task is not None and master is not None:
            raise StateError("--task reads a champion here; leave out --engine spark")
        if task is not None:
            found = write_asked(Workspace.at(home), loaded, task, cutoff, out, say, force=force)
        elif master is None:
            found = write_vectors(loaded, cutoff, out, say, force=force)
        else:
            found = write_vectors_on_spark(loaded, cutoff, out, master, say)
    if as_json:
        show_json(found)
        return
    show_made("Behaviour vectors", found)
