"""The command that proves that no feature of a project sees the future."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Annotated

import typer

from foretell.arguments import HERE, Home, Json, ProjectFolder
from foretell.console import FAULT, show_json, show_table, steps, told

if TYPE_CHECKING:
    from features.catalogue import Catalogue
    from features.prove import Proof
    from foretell.workspace import Loaded, Workspace
    from training.project import Project

Cutoffs = Annotated[int, typer.Option("--cutoffs", min=1, help="Cutoffs to draw.")]
Customers = Annotated[int, typer.Option("--customers", min=1, help="Customers to draw.")]
Seed = Annotated[int, typer.Option("--seed", min=0, help="Another seed draws others.")]
Stored = Annotated[
    bool, typer.Option("--stored", help="Only tell whether the last proof still holds.")
]


def register(app: typer.Typer) -> None:
    """Add the command to the command line."""
    app.command(epilog="Example: foretell prove experiments/retail --cutoffs 12 --customers 100")(
        prove
    )


def prove(
    project: ProjectFolder,
    cutoffs: Cutoffs = 8,
    customers: Customers = 64,
    seed: Seed = 0,
    stored: Stored = False,
    home: Home = HERE,
    as_json: Json = False,
) -> None:
    """Prove that no feature sees the future.

    Everything that happened, or became known, at or after some cutoffs is altered, added to,
    deleted and moved; every vector must stay the same to the last bit. A feature that changes is
    named with the table and column it sees. A fresh process that loads the project anew, and is
    given only what was known by each cutoff, must find the same bits. Exit code 0: proven; 1: a
    feature sees the future.
    """
    with told(), steps("prove") as say:
        from features.errors import StateError
        from features.prove import proof_of
        from foretell.workspace import Workspace, load

        loaded, workspace = load(project), Workspace.at(home)
        code, folder = loaded.code, workspace.proof(loaded.project.name)
        catalogue = features_of(loaded.project)
        if not stored:
            found = prove_and_keep(workspace, loaded, cutoffs, customers, seed, say)
        proof = proof_of(folder, catalogue, loaded.project.tables, code)
        if not stored and proof is not None:
            # Whoever asks sees the customers of the examples; the file names none.
            proof = replace(proof, culprits=found.culprits)
        if proof is None:
            raise StateError(f"no proof is in {folder}; run `foretell prove {project}`")
    if as_json:
        show_json({**proof.to_json(), "stale": proof.stale, "holds": proof.holds})
    else:
        show(proof, str(folder))
    if not proof.holds:
        raise typer.Exit(FAULT)


def prove_and_keep(
    workspace: Workspace,
    loaded: Loaded,
    cutoffs: int,
    customers: int,
    seed: int,
    say: Callable[[str], None],
) -> Proof:
    """Prove a project, keep the proof, and return it with the customers of its examples."""
    from features.prove import Anew, keep
    from features.prove import prove as prove_features
    from foretell.anew import command

    found = prove_features(
        loaded.project.name,
        loaded.project.tables,
        features_of(loaded.project),
        loaded.sources(),
        cutoffs=cutoffs,
        customers=customers,
        seed=seed,
        quarantine=loaded.project.quarantine,
        anew=Anew(command(loaded.file)),
        code=loaded.code,
        say=say,
    )
    keep(workspace.proof(loaded.project.name), found)
    return found


def features_of(project: Project) -> Catalogue:
    """Return every feature of a project: of the catalogue, of its tasks and of their cohorts."""
    from training.cohort import tallies

    every = project.catalogue
    for task in project.tasks:
        every = every + project.computed_for(task)
        every = every + [each for each in tallies(task) if each.name not in every.names]
    return every


def show(proof: Proof, folder: str) -> None:
    """Print a proof for a person."""
    from features.aside import in_words

    drawn = f"{proof.customers:,} customers at {len(proof.cutoffs)} cutoffs"
    typer.echo(
        f"{proof.project}: {len(proof.features)} features, {proof.cases:,} cases ({drawn}, "
        f"{len(proof.kinds)} kinds of change), {proof.seconds:.1f} s, made {proof.made_at[:19]}"
    )
    if proof.processes:
        typer.echo(
            f"Fresh processes: {proof.processes}, loaded anew and led through {len(proof.cutoffs)} "
            "cutoffs in their order, with nothing but what was known by each."
        )
    if proof.culprits:
        rows = [
            [
                each.feature,
                each.place,
                ", ".join(each.kinds),
                each.customer,
                each.cutoff,
                f"{each.before} -> {each.after}",
            ]
            for each in proof.culprits
        ]
        head = ["feature", "sees the future of", "shown by", "customer", "cutoff", "value"]
        show_table("LEAK: these features see the future", head, rows)
    else:
        typer.echo("Proven: no bit of any feature changed with what came at or after the cutoff.")
    for name, counts in proof.set_aside.items():
        typer.echo(f"{name}: {in_words(counts)}")
    for name, read in proof.static.items():
        typer.echo(f"On trust: {name} has no times; {_listed(read)} it.")
    typer.echo(
        "Not seen: what prepare() of the project computes from later rows, what its modules "
        "compute from files while they are loaded, and files that a feature opens by itself."
    )
    for reason in proof.stale:
        typer.echo(f"Stale: {reason}; prove again.")
    typer.echo(f"Kept in {folder}")


def _listed(read: Sequence[str]) -> str:
    if not read:
        return "no feature reads"
    return f"{', '.join(read)} {'reads' if len(read) == 1 else 'read'}"
