"""The command about the words of reasons: written for review, or checked in the champions."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from foretell.arguments import HERE, Home, Json, ProjectFolder
from foretell.console import FAULT, show_json, show_table, told

if TYPE_CHECKING:
    from foretell.workspace import Loaded, Workspace
    from training.reasons.lint import Lint

Tasks = Annotated[
    list[str] | None,
    typer.Option("--task", metavar="TASK", help="Task to check; may be repeated. Left out: all."),
]


def register(app: typer.Typer) -> None:
    """Add the command to the command line."""
    app.command(epilog="Example: foretell reasons experiments/credit --lint")(reasons)


def reasons(
    project: ProjectFolder,
    lint: Annotated[
        bool, typer.Option("--lint", help="Check the reasons of the champions instead.")
    ] = False,
    task: Tasks = None,
    home: Home = HERE,
    as_json: Json = False,
) -> None:
    """Write reasons.toml: what is said of each feature.

    It lies in the project, to be reviewed. Texts that were reviewed stay; all others are made anew
    from the definitions. `foretell train` puts them into the bundle. With --lint, the reasons of
    the champions are held against their rules on the golden rows, and a broken rule exits with 1.
    """
    with told():
        from foretell.workspace import Workspace, load

        loaded, workspace = load(project), Workspace.at(home)
        if lint:
            found = _linted(workspace, loaded, task or [])
        else:
            counts = _written(loaded)
    if not lint:
        if as_json:
            show_json(counts)
        else:
            typer.echo(
                f"{counts['file']}: {counts['features']} features, {counts['reviewed']} reviewed"
            )
        return
    if as_json:
        show_json({name: {**each.figures, "faults": each.faults} for name, each in found.items()})
    else:
        _show(found)
    if any(each.faults for each in found.values()):
        raise typer.Exit(FAULT)


def _written(loaded: Loaded) -> dict[str, str | int]:
    from features.catalogue import Catalogue
    from features.dictionary import sources_of
    from features.ready.given import given
    from features.ready.read import read_rows
    from features.tables import Table
    from features.whole import whole_file
    from training.reasons.phrasebook import phrasebook
    from training.reasons.settings import Reasons, read_texts
    from training.reasons.written import reasons_toml

    path: Path = loaded.folder / "reasons.toml"
    texts = read_texts(path)
    every = loaded.project.catalogue
    for each in loaded.project.tasks:
        every = every + loaded.project.computed_for(each)
    tables: list[Table] = list(loaded.project.tables)
    if (ready := loaded.project.ready) is not None:
        # The columns of a ready-made table are known once it has been read.
        read = read_rows(ready, loaded.sources()[ready.name]).table
        tables, every = [read], given(read)
    features = tuple(Catalogue(every))
    book = phrasebook(features, tables, (), {}, Reasons(texts=texts))
    nouns = (part for each in features for source in sources_of(each) for part in source.split("."))
    content = reasons_toml(book, nouns, texts)
    with whole_file(path) as partial:
        partial.write_text(content, encoding="utf-8")
    reviewed = sum(entry.reviewed for entry in book.values())
    return {"file": str(path), "features": len(book), "reviewed": reviewed}


def _linted(workspace: Workspace, loaded: Loaded, tasks: Sequence[str]) -> dict[str, Lint]:
    from foretell.scoring import champions
    from training.bundle.folder import read_golden
    from training.reasons.explain import Explainer
    from training.reasons.lint import lint

    folder = workspace.champions(loaded.project.name)
    return {
        bundle.name: lint(Explainer(bundle), read_golden(bundle, folder / bundle.name))
        for bundle in champions(workspace, loaded, tasks)
    }


def _show(found: dict[str, Lint]) -> None:
    head = [
        "task",
        "rows",
        "inputs",
        "reviewed",
        "longest text",
        "from margin",
        "kept under noise",
        "by one event",
    ]
    rows = [
        [
            name,
            *(f"{each.figures[key]:.0f}" for key in ("rows", "inputs", "reviewed", "longest_text")),
            f"{each.figures['furthest_from_margin']:.1e}",
            f"{each.figures['overlap_under_noise']:.1%}",
            f"{each.figures['overlap_by_one']:.1%}",
        ]
        for name, each in found.items()
    ]
    show_table("Reasons of the champions, on their golden rows", head, rows)
    for name, each in found.items():
        for fault in each.faults:
            typer.echo(f"{name}: {fault}")
