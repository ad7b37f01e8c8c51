"""Commands that use models: score, list, serve."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Final

import typer

from foretell.arguments import HERE, At, Home, Json, ProjectFolder, TaskName
from foretell.console import show_json, show_table, steps, told

Tasks = Annotated[
    list[str] | None,
    typer.Option("--task", metavar="TASK", help="Score to give; may be repeated. Left out: all."),
]
BaseRate = Annotated[
    float | None,
    typer.Option(
        "--base-rate",
        metavar="RATE",
        help="Rate of the outcome expected now, 0 to 1, when it is known to differ from that of "
        "the training: scores are corrected to it. With one --task.",
    ),
]
Rows = Annotated[
    Path | None,
    typer.Option(
        "--rows",
        metavar="FILE",
        help="Parquet or CSV with the columns of a ready-made table: score its rows.",
    ),
]
Scores = Annotated[
    Path, typer.Argument(metavar="SCORES", help="Folder that `foretell score` wrote.")
]
Out = Annotated[
    Path | None, typer.Option("--out", help="Folder to write; it must not exist. Left out: named.")
]

ANOTHER: Final = "choose another name with --out"


def register(app: typer.Typer) -> None:
    """Add the commands to the command line."""
    app.command(epilog="Example: foretell score experiments/retail --at 2017-12-01")(score)
    app.command(
        name="list",
        epilog="Example: foretell list experiments/retail coffee out/retail-2018-01-01 --top 100",
    )(make_list)
    app.command(
        epilog="Example: FORETELL_OPEN=1 foretell serve experiments/retail experiments/credit"
    )(serve)


def score(
    project: ProjectFolder,
    task: Tasks = None,
    at: At = None,
    base_rate: BaseRate = None,
    rows: Rows = None,
    reasons: Annotated[
        int,
        typer.Option(
            "--reasons",
            metavar="N",
            min=0,
            max=10,
            help="Reasons for each score: columns reason_1, reason_1_effect (in log-odds), ...",
        ),
    ] = 0,
    counterfactual: Annotated[
        bool,
        typer.Option(
            "--counterfactual",
            help="What would lead to a lower band, for each score: columns counterfactual, "
            "counterfactual_score. Milliseconds a row, up to tenths of a second.",
        ),
    ] = False,
    language: Annotated[
        str, typer.Option("--language", metavar="en|zh", help="Language of these texts.")
    ] = "en",
    out: Out = None,
    home: Home = HERE,
    as_json: Json = False,
) -> None:
    """Score everyone in the cohorts, or the rows of a file."""
    with told(), steps("score") as say:
        from features.instants import iso
        from features.notice import Notice
        from features.whole import require_free
        from foretell.scoring import cutoff_of, score_file
        from foretell.scoring import score as score_all
        from foretell.workspace import Workspace, load
        from serving.told import Told

        workspace, loaded = Workspace.at(home), load(project)
        beside = Told(reasons, counterfactual, language)
        if rows is not None:
            folder = out or workspace.out / f"{loaded.project.name}-{rows.name.partition('.')[0]}"
            require_free(folder, ANOTHER)
            manifest = score_file(
                workspace, loaded, task or [], rows, folder, say, beside, base_rate
            )
        else:
            cutoff = cutoff_of(loaded, at)
            folder = out or workspace.out / f"{loaded.project.name}-{iso(cutoff)[:10]}"
            require_free(folder, ANOTHER)
            manifest = score_all(
                workspace, loaded, task or [], cutoff, folder, say, beside, base_rate
            )
        for name, differs in manifest.parameters.get("unlike_training", {}).items():
            for each in differs:
                say(Notice(f"{name}: {each}"))
    if as_json:
        show_json({"folder": str(folder), "as_of": manifest.as_of, **manifest.parameters})
        return
    shown = [
        [name, f"{count:,}", manifest.models[name]]
        for name, count in manifest.parameters["rows"].items()
    ]
    scored = "customers" if rows is None else "rows"
    show_table(f"{folder}, as of {manifest.as_of}", ["task", scored, "model"], shown)


def make_list(
    project: ProjectFolder,
    task: TaskName,
    scores: Scores,
    top: Annotated[int | None, typer.Option("--top", help="This many customers.")] = None,
    share: Annotated[
        float | None, typer.Option("--share", help="This part of the customers, 0 to 1.")
    ] = None,
    at_least: Annotated[
        float | None, typer.Option("--at-least", help="Everyone with this score or more.")
    ] = None,
    exclude: Annotated[
        Path | None,
        typer.Option("--exclude", help="File of ids, one a line, who must not be contacted."),
    ] = None,
    language: Annotated[
        str, typer.Option("--language", metavar="en|zh", help="Language of the reasons.")
    ] = "en",
    out: Out = None,
    home: Home = HERE,
    as_json: Json = False,
) -> None:
    """Write a ranked list of customers with reasons.

    It is CSV, with a manifest beside it.
    """
    with told(), steps("list") as say:
        from features.whole import require_free
        from foretell.ranking import rank
        from foretell.workspace import Workspace, load
        from serving.lists import LIST, Selection

        workspace, loaded = Workspace.at(home), load(project)
        selection = Selection(top, share, at_least)
        folder = out or scores.with_name(f"{scores.name}-{task}-list")
        require_free(folder, ANOTHER)
        manifest = rank(workspace, loaded, task, scores, selection, folder, exclude, say, language)
    found = {"path": str(folder / LIST), **manifest.parameters}
    if as_json:
        show_json(found)
        return
    counts = [f"{found[name]:,}" for name in ("scored", "excluded", "listed")]
    show_table(str(found["path"]), ["task", "scored", "excluded", "listed"], [[task, *counts]])


def serve(
    projects: Annotated[
        list[Path], typer.Argument(metavar="PROJECT...", help="Folders with project.py.")
    ],
    host: Annotated[str, typer.Option("--host", help="Address to listen on.")] = "127.0.0.1",
    port: Annotated[int, typer.Option("--port", help="Port to listen on.")] = 3000,
    home: Home = HERE,
) -> None:
    """Answer requests for scores over HTTP.

    The champions answer until it is interrupted. Callers send a bearer token of FORETELL_TOKENS;
    FORETELL_OPEN=1 opens the server to its own machine instead.
    """
    with told(), steps("serve") as say:
        import os

        from foretell.server import prepare_server
        from foretell.workspace import Workspace, load

        say("preparing the tables")
        loaded = [load(each) for each in projects]
        line, environ = prepare_server(
            Workspace.at(home), loaded, dict(os.environ), host=host, port=port
        )
    os.execve(line[0], line, environ)  # noqa: S606 (a shell would only stand between)
