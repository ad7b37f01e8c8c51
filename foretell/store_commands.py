"""Commands about vectors that are kept: keep, append."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from features.notice import Notice
from foretell.arguments import Json, ProjectFolder
from foretell.console import show_json, show_made, steps, told

if TYPE_CHECKING:
    from features.aside import Aside

Kept = Annotated[Path, typer.Argument(metavar="STORE", help="Folder of the kept vectors.")]


def register(app: typer.Typer) -> None:
    """Add the commands to the command line."""
    app.command(
        epilog="Example: foretell keep experiments/retail out/kept --at 2017-11-06 --at 2017-12-04"
    )(keep)
    app.command(
        epilog="Example: foretell append experiments/retail out/kept --new visits=week.parquet"
    )(append)


def keep(
    project: ProjectFolder,
    store: Kept,
    at: Annotated[
        list[str],
        typer.Option("--at", metavar="INSTANT", help="Cutoff, as 2017-11-06; may be repeated."),
    ],
    as_json: Json = False,
) -> None:
    """Keep vectors as of some cutoffs, ready for `append`.

    Features that learn from data learn from what was known at the earliest of them.
    """
    with told(), steps("keep") as say:
        from features.append import build
        from features.instants import instant, iso
        from features.needs import refuse_own_code
        from foretell.scoring import require_events
        from foretell.workspace import load

        loaded = load(project)
        require_events(loaded.project, "no vectors to keep up to date")
        refuse_own_code(loaded.project.catalogue, "vectors that are kept", "a store")
        cutoffs = [instant(each) for each in at]
        say("checking the tables and building behaviour vectors")
        aside: list[Aside] = []
        made = build(
            loaded.project.catalogue,
            loaded.project.tables,
            loaded.sources(),
            cutoffs,
            store,
            quarantine=aside.append if loaded.project.quarantine else None,
        )
        found = {
            "store": str(store),
            "cutoffs": len(made.kept),
            "rows": sum(each.rows for each in made.kept.values()),
            "features": len(made.catalogue),
            **_left_out(aside),
        }
        if made.taught is not None:
            found["learnt_at"] = iso(made.taught.at)
            for name, reason in made.taught.refused.items():
                say(Notice(f"{name} left out: {reason}"))
    if as_json:
        show_json(found)
        return
    show_made("Kept vectors", found)


def append(
    project: ProjectFolder,
    store: Kept,
    new: Annotated[
        list[str] | None,
        typer.Option("--new", metavar="TABLE=SOURCE", help="New rows; may be repeated."),
    ] = None,
    at: Annotated[
        list[str] | None,
        typer.Option("--at", metavar="INSTANT", help="Cutoff to add; may be repeated."),
    ] = None,
    as_json: Json = False,
) -> None:
    """Bring kept vectors up to date with new rows.

    Only what these touch is computed. The project's own tables must hold what the vectors were made
    from. Put the new rows into them afterwards, so that the next append starts from both.
    """
    with told(), steps("append") as say:
        from features.append import append as add
        from features.errors import DefinitionError
        from features.instants import instant
        from features.sources import Source
        from foretell.scoring import require_events
        from foretell.workspace import load

        pairs = [each.partition("=") for each in new or []]
        faults = [f"expected TABLE=SOURCE, got '{a}{b}{c}'" for a, b, c in pairs if not (a and c)]
        named = [name for name, _, _ in pairs]
        faults += [
            f"table '{name}' is given twice; put its rows together"
            for name in dict.fromkeys(named)
            if named.count(name) > 1
        ]
        faults += [] if new or at else ["expected new rows (--new) or cutoffs (--at), got neither"]
        if faults:
            raise DefinitionError("append", faults)
        sources: dict[str, Source] = {name: source for name, _, source in pairs}
        loaded = load(project)
        require_events(loaded.project, "no vectors to keep up to date")
        say("reading the tables and computing what the new rows touch")
        aside: list[Aside] = []
        done = add(
            loaded.project.catalogue,
            loaded.project.tables,
            loaded.sources(),
            sources,
            store,
            cutoffs=[instant(each) for each in at or []],
            quarantine=aside.append if loaded.project.quarantine else None,
        )
        found = {
            "store": str(store),
            "events": done.events,
            "newcomers": done.newcomers,
            "recomputed": done.recomputed,
            "kept": done.kept,
            **({"erased": done.erased} if done.erased else {}),
            **_left_out(aside),
        }
    if as_json:
        show_json(found)
        return
    show_made("Appended", found)


def _left_out(aside: Sequence[Aside]) -> dict[str, Any]:
    return {"set_aside": {each.table: each.to_json() for each in aside}} if aside else {}
