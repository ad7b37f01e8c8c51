"""False alarms of the point-in-time proof, leaks that it finds, and its time on the real projects.

Drawn worlds have ties, late and announced rows, empty cells and new levels on both sides of every
cutoff. Planted leaks are those of ``tests/helpers/leaks.py``; one is named right when its table and
its column are.
"""

from __future__ import annotations

from pathlib import Path

from experiments.bench.record import Figure, write_results
from features.catalogue import Catalogue
from features.prove import prove
from foretell.prove_command import features_of
from foretell.workspace import load
from tests.helpers import leaks, raw, trading

HERE = Path(__file__).parent
EXPERIMENTS = HERE.parents[1]
DRAWN_WORLDS = 2
LEAKY_WORLDS = 12


def main() -> None:
    """Run the benchmark."""
    figures = {**false_alarms(), **planted(), **projects()}
    write_results(HERE, figures, ["foretell", "duckdb", "numpy", "pyarrow"])


def false_alarms() -> dict[str, Figure]:
    """Prove honest features on drawn data, Foretell's own and such as users write."""
    cases, alarms, features = 0, 0, 0
    honest = Catalogue(leaks.HONEST)
    for seed in range(DRAWN_WORLDS):
        sources = raw.as_sources(raw.drawn_records(seed, customers=40))
        drawn = (raw.TABLES, raw.CATALOGUE, sources)
        written = (trading.TABLES, honest, trading.world(seed, customers=40))
        for tables, catalogue, found in (drawn, written):
            proof = prove(
                *("drawn", tables, catalogue, found),
                cutoffs=10,
                customers=40,
                seed=seed,
                now=raw.NOW,
            )
            cases += proof.cases
            alarms += len(proof.culprits)
            features = max(features, len(catalogue))
    return {
        "prove_drawn_cases": Figure(cases, "cases", "at least 10,000"),
        "prove_drawn_features": Figure(features, "features"),
        "prove_false_alarms": Figure(alarms, "features", "0"),
    }


def planted() -> dict[str, Figure]:
    """Prove features that see the future, and count those that are found and named right."""
    found = named = accused = 0
    for seed in range(LEAKY_WORLDS):
        proof = prove(
            "leaky",
            trading.TABLES,
            leaks.LEAKY + leaks.HONEST,
            trading.world(seed),
            cutoffs=4,
            customers=8,
            seed=seed,
            now=raw.NOW,
        )
        culprits = {each.feature: each for each in proof.culprits}
        for leak in leaks.LEAKS:
            culprit = culprits.pop(leak.feature.name, None)
            if culprit is not None:
                found += 1
                named += (culprit.table, culprit.column) == (leak.table, leak.column)
        accused += len(culprits)
    return {
        "prove_leaks_planted": Figure(LEAKY_WORLDS * len(leaks.LEAKS), "leaks"),
        "prove_leaks_found": Figure(found, "leaks", "all"),
        "prove_leaks_named": Figure(named, "leaks", "all"),
        "prove_honest_accused": Figure(accused, "features", "0"),
    }


def projects() -> dict[str, Figure]:
    """Prove the real projects with what the command draws when nothing is said."""
    figures: dict[str, Figure] = {}
    for name in ("retail", "credit"):
        loaded = load(EXPERIMENTS / name)
        project = loaded.project
        proof = prove(project.name, project.tables, features_of(project), loaded.sources())
        figures |= {
            f"prove_seconds.{name}": Figure(proof.seconds, "s"),
            f"prove_cases.{name}": Figure(proof.cases, "cases"),
            f"prove_features.{name}": Figure(len(proof.features), "features"),
            f"prove_culprits.{name}": Figure(len(proof.culprits), "features", "0"),
        }
    return figures


if __name__ == "__main__":
    main()
