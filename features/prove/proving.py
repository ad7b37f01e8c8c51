"""The proof itself: change everything from a cutoff on, and require the same vectors."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from importlib.metadata import version
from itertools import product
from types import MappingProxyType
from typing import Final

import numpy as np

from features.aside import Aside
from features.catalogue import Catalogue
from features.errors import DefinitionError
from features.instants import iso
from features.needs import naming_people
from features.prove.blame import culprits
from features.prove.changes import Kind, applies
from features.prove.compare import Columns
from features.prove.memory import Anew, recollections, steps_of, walking
from features.prove.proof import LIMITS, REMEMBERED, WITHOUT_MEMORY, Proof
from features.prove.record import contract, engine, fingerprint
from features.prove.sample import Sample, sample
from features.prove.trials import Trial, as_it_is, cases, noticed, run
from features.reading import Source
from features.tables import AttributeTable, Table
from features.zones import clock

CUTOFFS: Final = 8
CUSTOMERS: Final = 64
"""How many are drawn when nothing is said."""

LIBRARIES: Final = ("foretell", "duckdb", "numpy", "pyarrow")


def prove(
    project: str,
    tables: Sequence[Table],
    catalogue: Catalogue,
    sources: Mapping[str, Source],
    *,
    cutoffs: int = CUTOFFS,
    customers: int = CUSTOMERS,
    seed: int = 0,
    memory: str = "2GiB",
    now: int | None = None,
    quarantine: bool = False,
    anew: Anew | None = None,
    code: Mapping[str, str] = MappingProxyType({}),
    say: Callable[[str], None] = lambda text: None,
) -> Proof:
    """Change everything at or after some cutoffs, and require vectors that are the same to the bit.

    Whatever happened at a cutoff or later, or was known at the cutoff at the earliest, is altered,
    deleted, moved on either clock, and joined by more, also of new customers, by events at the very
    cutoff, by levels that were never seen and by extreme measures. Changed tables go the whole way
    through DuckDB and the kernel. When a feature differs, tables and then columns are changed one
    by one until the culprit is known. A fresh process that is given only what was known by each
    cutoff must find the same bits too: so features are found that remember what they read before.

    Parameters
    ----------
    project : str
        Name, for the record.
    tables : sequence of Table
        Contracts.
    catalogue : Catalogue
        Features, also such as users wrote.
    sources : mapping of str to Source
        Where each table lies.
    cutoffs, customers : int
        How many to draw, 1 or more; fewer are taken where there are fewer.
    seed : int
        Of everything that is drawn, 0 or more.
    memory : str
        Memory limit of DuckDB.
    now : int, optional
        Instant after which nothing can have happened; the clock when left out.
    quarantine : bool
        Set aside rows that break a contract by themselves, as training does.
    anew : Anew, optional
        How a fresh process loads the project; none takes part when it is left out, and features
        that remember are not found. `foretell prove` gives it.
    code : mapping of str to str
        Fingerprints of the code that the project brings, see `features.prove.code.project_code`:
        the proof is stale once one changes.
    say : callable
        Told what is being done.

    Returns
    -------
    Proof

    Raises
    ------
    DefinitionError
        When a number is too small, or a table has no source.
    ContractError
        When data break the contract of their table.
    CohortError
        When no table has a time.
    StateError
        When the fresh process cannot load the project.

    Examples
    --------
    >>> import pyarrow as pa
    >>> from features import EventTable, count
    >>> visits = EventTable("visits", customer="id", occurred_at="at", timezone="UTC")
    >>> source = pa.table({"id": [1, 2, 1], "at": ["2020-01-03", "2020-01-02", "2020-01-01"]})
    >>> proof = prove("shop", [visits], Catalogue([count(visits)]), {"visits": source}, cutoffs=2)
    >>> proof.proven, proof.customers
    (True, 2)
    """
    started = time.perf_counter()
    _require(tables, sources, {"cutoffs": cutoffs, "customers": customers, "seed": seed})
    catalogue.check(tables)
    say("checking the tables and drawing customers")
    aside: list[Aside] = []
    drawn = sample(
        tables,
        sources,
        cutoffs=cutoffs,
        customers=customers,
        seed=seed,
        naming=naming_people(catalogue),
        memory=memory,
        now=now,
        quarantine=aside.append if quarantine else None,
    )
    proven, taught = _learnt(drawn, catalogue, memory)
    kinds = [kind for kind in Kind if any(applies(table, kind) for table in tables)]
    trials = [Trial(place, kind) for place, kind in product(range(len(drawn.cutoffs)), kinds)]
    # What is computed twice from the same tables must be the same, or nothing else tells anything.
    trials.insert(0, Trial(len(drawn.cutoffs) - 1))
    with walking(anew, steps_of(drawn), taught, memory) as walk:
        base = as_it_is(drawn, proven, memory)
        say("changing the future")
        found = {
            trial: noticed(drawn, trial, base, columns)
            for trial, columns in zip(trials, run(drawn, proven, trials, memory), strict=True)
        }
        if anew is not None:
            say("living through the cutoffs in a fresh process")
        walked = walk()

    def control(whole: Sample) -> Columns:
        with walking(anew, [whole], taught, memory) as again:
            return again()[0]

    forgetless = recollections(drawn, proven, base, walked, found, control, memory)
    told = {each.feature for each in forgetless}
    others = {
        trial: {name: rows for name, rows in each.items() if name not in told}
        for trial, each in found.items()
    }
    if any(others.values()):
        say("looking for the culprit")
    blamed = [*forgetless, *culprits(drawn, proven, base, others, memory)]
    changes = {
        str(kind): sum(cases(drawn, trial) for trial in trials if trial.kind is kind)
        for kind in kinds
    }
    if walked:
        changes[REMEMBERED] = len(walked) * len(drawn.customers)
    return Proof(
        project=project,
        made_at=iso(clock()),
        cutoffs=tuple(iso(each) for each in drawn.cutoffs.tolist()),
        customers=len(drawn.customers),
        kinds=changes,
        features={each.name: fingerprint(each) for each in catalogue},
        code=dict(code),
        tables={table.name: contract(table) for table in tables},
        rows=drawn.counts,
        set_aside={each.table: each.to_json() for each in aside},
        static=_on_trust(tables, catalogue),
        culprits=tuple(sorted(blamed, key=lambda each: proven.names.index(each.feature))),
        catalogue=catalogue.fingerprint(),
        data=drawn.digest(),
        engine=engine(),
        versions={name: version(name) for name in LIBRARIES},
        seed=seed,
        processes=1 if walked else 0,
        seconds=round(time.perf_counter() - started, 2),
        limits=LIMITS if walked else (*LIMITS, WITHOUT_MEMORY),
    )


def _learnt(drawn: Sample, catalogue: Catalogue, memory: str) -> tuple[Catalogue, Columns]:
    """Fit what learns from data at the first cutoff, and prove what it learns from as well."""
    teachers = catalogue.teachers()
    if not len(teachers):
        return catalogue, {}
    first = np.arange(len(drawn.customers)) * len(drawn.cutoffs)
    known = as_it_is(drawn, teachers, memory)
    taught = {name: values[first] for name, values in known.items()}
    fitted, _ = catalogue.fit(taught)
    return fitted + [each for each in teachers if each.name not in fitted.names], taught


def _require(
    tables: Sequence[Table], sources: Mapping[str, Source], numbers: Mapping[str, int]
) -> None:
    least = {"seed": 0}
    faults = [
        f"{name} must be {least.get(name, 1)} or more, got {number}"
        for name, number in numbers.items()
        if number < least.get(name, 1)
    ]
    faults += [f"table '{each.name}' has no source" for each in tables if each.name not in sources]
    if faults:
        raise DefinitionError("proof", faults)


def _on_trust(tables: Sequence[Table], catalogue: Catalogue) -> dict[str, tuple[str, ...]]:
    static = [each.name for each in tables if isinstance(each, AttributeTable) and each.static]
    return {
        name: tuple(
            feature.name for feature in catalogue if name in Catalogue([feature]).columns_read()
        )
        for name in static
    }
