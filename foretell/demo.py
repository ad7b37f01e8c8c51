"""The demonstration: everything once, on real tables, from nothing."""

from __future__ import annotations

import json
import shutil
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated, Any, Final

import typer

from foretell.arguments import Json
from foretell.console import progress, show_json, steps, told

PROJECTS: Final = ("retail", "credit")
LISTED: Final = 100
SUMMARY: Final = "summary.json"
OUT: Final = Path("demo")
MLRUNS: Final = Path("mlruns")
PROVEN_CUTOFFS: Final = 2
PROVEN_CUSTOMERS: Final = 24
"""Of the point-in-time proof, without which nothing is promoted."""


def register(app: typer.Typer) -> None:
    """Add the command to the command line."""
    app.command(epilog="Example: foretell demo")(demo)


@dataclass
class Clock:
    """Seconds of each step."""

    seconds: dict[str, float] = field(default_factory=dict)

    @contextmanager
    def step(self, name: str) -> Iterator[None]:
        """Time a block under a name; times of one name add up."""
        started = time.perf_counter()
        yield
        taken = time.perf_counter() - started
        self.seconds[name] = round(self.seconds.get(name, 0) + taken, 2)


def demo(
    experiments: Annotated[
        Path, typer.Option("--experiments", help="Folder of the example projects.")
    ] = Path("experiments"),
    out: Annotated[Path, typer.Option("--out", help="Folder for results, made anew.")] = OUT,
    mlruns: Annotated[Path, typer.Option("--mlruns", help="MLflow's folder.")] = MLRUNS,
    as_json: Json = False,
) -> None:
    """Train on real tables, serve, score, and write a list.

    The tables are fetched, and checked, first.
    """
    with told():
        summary = run(experiments, out, mlruns)
    if as_json:
        show_json(summary)
        return
    _show(summary, out)


def run(experiments: Path, out: Path, mlruns: Path) -> dict[str, Any]:
    """Run the demonstration and return what ``summary.json`` holds.

    Parameters
    ----------
    experiments : Path
        Folder of the example projects.
    out : Path
        Folder for reports, scores and the list; what a run before left there is removed.
    mlruns : Path
        MLflow's folder; versions add up there.
    """
    from features.instants import iso
    from foretell.model_commands import summary as summary_of
    from foretell.prove_command import prove_and_keep
    from foretell.ranking import rank
    from foretell.scoring import cutoff_of, score
    from foretell.server import post, running
    from foretell.workspace import Workspace, load
    from serving.lists import LIST, Selection
    from serving.told import NOTHING
    from training.data import open_data
    from training.production.admit import gatekeeper
    from training.production.promote import promote
    from training.train import train

    _clear(out)
    clock, workspace = Clock(), Workspace(mlruns, out)
    loaded = [load(experiments / name) for name in PROJECTS]
    tasks, vectors, gates = {}, {}, {}
    for each in loaded:
        with steps(each.project.name) as say:
            with clock.step("fetch and prepare"):
                say("fetching and preparing the tables")
                sources = each.sources()
            with clock.step("check and read"):
                data = open_data(each.project, sources, say)
            with clock.step("prove"):
                prove_and_keep(workspace, each, PROVEN_CUTOFFS, PROVEN_CUSTOMERS, 0, say)
        for task in each.project.tasks:
            with steps(task.name) as say, clock.step(f"train {task.name}"):
                trained = train(
                    each.project,
                    task,
                    data,
                    each.config(task.name),
                    workspace.registry(),
                    workspace.out / "reports",
                    say,
                )
            tasks[task.name] = summary_of(trained)
            vectors[task.name] = {"rows": trained.rows, "seconds": round(trained.vector_seconds, 2)}
            with clock.step("promote"):
                judge = gatekeeper(
                    workspace.registry(),
                    each.config(task.name).gates,
                    workspace.proof(each.project.name),
                    each.code,
                    str(each.folder),
                )
                found = promote(
                    workspace.registry(),
                    each.project.name,
                    task.name,
                    workspace.champions(each.project.name),
                    judge=judge,
                )
            gates[task.name] = {each.gate: each.state for each in found.gates}
    retail = loaded[0]
    cutoff = cutoff_of(retail, None)
    scores = workspace.out / f"retail-{iso(cutoff)[:10]}"
    folder = workspace.out / f"{scores.name}-coffee-list"
    with steps("score") as say, clock.step("score everyone"):
        score(workspace, retail, [], cutoff, scores, say, NOTHING)
    with steps("list") as say, clock.step("list"):
        manifest = rank(
            workspace, retail, "coffee", scores, Selection(top=LISTED), folder, None, say
        )
    listed = folder / LIST
    first = listed.read_text().splitlines()[1].split(",")[1]
    with steps("serve") as say, clock.step("serve and ask"):
        say("starting the service on a free port of this machine")
        with running(workspace, loaded, workspace.out / "serving" / "server.log") as address:
            say("asking for one customer")
            body = {"customers": [int(first)], "tasks": ["churn", "coffee"], "reasons": 3}
            answer = post(f"{address}/v1/score", body)
    summary = {
        "tasks": tasks,
        "served": {"request": body, "answer": answer},
        "list": {"path": str(listed), "rows": manifest.parameters["listed"]},
        "seconds": clock.seconds,
        "vectors": vectors,
    }
    (out / SUMMARY).write_text(json.dumps(summary, indent=1, allow_nan=False) + "\n")
    return summary


def _clear(out: Path) -> None:
    from features.errors import StateError

    if out.exists() and any(out.iterdir()) and not (out / SUMMARY).exists():
        raise StateError(
            f"{out} holds something else than a demonstration; choose another --out or empty it"
        )
    shutil.rmtree(out, ignore_errors=True)
    out.mkdir(parents=True)
    # Written at once, so that a run that was cut off can be cleared by the next.
    (out / SUMMARY).write_text("{}\n")


def _show(summary: dict[str, Any], out: Path) -> None:
    from foretell.model_commands import show_summaries

    show_summaries(summary["tasks"])
    typer.echo("POST /v1/score " + json.dumps(summary["served"]["request"]))
    typer.echo(json.dumps(summary["served"]["answer"], indent=1))
    typer.echo(f"{summary['list']['rows']} customers to offer coffee: {summary['list']['path']}")
    typer.echo(f"reports: {out / 'reports'}; summary: {out / SUMMARY}")
    took = ", ".join(f"{name} {value:.1f} s" for name, value in summary["seconds"].items())
    progress().print(f"took: {took}", soft_wrap=True)
