"""Features that remember: a fresh process, given only what was known, finds other values.

Whatever is changed in tables, a function that kept what it read before answers from that. So the
same customers are looked at once more by a process that loads the project anew, and lives through
the cutoffs in their order: at each it is given what was known by then, and nothing later was ever
there to be remembered.
"""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

from features.arrays import Bools
from features.catalogue import Catalogue
from features.errors import StateError
from features.feature import Feature
from features.instants import iso
from features.prove.blame import shown
from features.prove.changes import Kind
from features.prove.compare import Columns, columns_of, differs
from features.prove.copies import partitions_of
from features.prove.forward import read_walk, write_walk
from features.prove.proof import ELSEWHERE, REMEMBERED, TOGETHER, Culprit
from features.prove.sample import Sample
from features.prove.trials import Trial, spine_of, version_of

Walked = Callable[[], list[Columns]]
"""Waits for a walk, and returns the vectors of each of its cutoffs."""

_LOG: Final = "log.txt"


@dataclass(frozen=True)
class Anew:
    """How a fresh process computes what a proof asks again.

    Parameters
    ----------
    command : tuple of str
        What starts a Python process that loads the project and hands its tables and features, with
        the folder that is appended to the command, to `features.prove.forward.walk`.
    """

    command: tuple[str, ...]


def steps_of(drawn: Sample, kind: Kind | None = Kind.DELETE) -> list[Sample]:
    """Return the sample once for each cutoff, with the rows that were known by then."""
    return [
        replace(drawn, rows=version_of(drawn, Trial(place, kind)), cutoffs=drawn.cutoffs[[place]])
        for place in range(len(drawn.cutoffs))
    ]


@contextmanager
def walking(
    anew: Anew | None, steps: Sequence[Sample], taught: Columns, memory: str
) -> Iterator[Walked]:
    """Let a fresh process walk through some cutoffs while other things are done here.

    Parameters
    ----------
    anew : Anew or None
        How it is started; None walks through nothing.
    steps : sequence of Sample
        From `steps_of`.
    taught : mapping of str to array
        What features learn from.
    memory : str
        Memory limit of DuckDB.

    Yields
    ------
    callable
        Raises StateError when the process fails.
    """
    if anew is None:
        yield list
        return
    with TemporaryDirectory(prefix="foretell-prove-") as room:
        folder = Path(room)
        write_walk(folder, steps, taught, memory)
        # What can be imported here can be imported there.
        paths = os.pathsep.join(each or str(Path.cwd()) for each in sys.path)
        with (folder / _LOG).open("wb") as log:
            process = subprocess.Popen(
                [*anew.command, room],
                env={**os.environ, "PYTHONPATH": paths},
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
            )
        try:
            yield lambda: _walked(process, folder, len(steps))
        finally:
            if process.poll() is None:
                process.kill()
            process.wait()


def _walked(process: subprocess.Popen[bytes], folder: Path, steps: int) -> list[Columns]:
    if code := process.wait():
        lines = (folder / _LOG).read_text(encoding="utf-8", errors="replace").split("\n")
        said = next((line.strip() for line in reversed(lines) if line.strip()), "nothing")
        raise StateError(
            "a fresh process was to load the project and compute its features again, and ended "
            f"with exit code {code}: {said}; mend what it says, then prove again"
        )
    return read_walk(folder, steps)


def recollections(
    drawn: Sample,
    catalogue: Catalogue,
    base: Columns,
    walked: Sequence[Columns],
    noted: Mapping[Trial, Mapping[str, Bools]],
    control: Callable[[Sample], Columns],
    memory: str,
) -> list[Culprit]:
    """Accuse features of which a fresh process finds other values.

    Parameters
    ----------
    drawn : Sample
        Customers and cutoffs.
    catalogue : Catalogue
        All features.
    base : mapping of str to array
        Their values here, when nothing is changed.
    walked : sequence of mapping of str to array
        By cutoff, what the fresh process found.
    noted : mapping of Trial to mapping of str to (r,) bool
        What was noticed in this process.
    control : callable
        Lets another process compute the tables as they are, at one cutoff.
    memory : str
        Memory limit of DuckDB.

    Returns
    -------
    list of Culprit
        Without those whose values change here as well, and to the same: they do not remember, and
        who is to blame is looked for in this process.
    """
    if not walked:
        return []
    _require_same(catalogue, walked[0])
    here = {name for rows in noted.values() for name in rows}
    fickle = {name for trial, rows in noted.items() if trial.kind is None for name in rows}
    unlike = {name: rows for name, rows in _unlike(walked, _cut(drawn, base)) if name not in fickle}
    if not unlike:
        return []
    some = Catalogue(each for each in catalogue if each.name in unlike)
    again = list(_deleted(drawn, some, memory))
    remembered = dict(_unlike(walked, again))
    strange: set[str] = set()
    if remembered:
        place = max(range(len(walked)), key=lambda k: sum(r[k].sum() for r in remembered.values()))
        whole = replace(drawn, cutoffs=drawn.cutoffs[[place]])
        strange = {name for name, _ in _unlike([control(whole)], [_cut(drawn, base)[place]])}
    found = []
    for feature in some:
        name = feature.name
        if name in remembered:
            kind = ELSEWHERE if name in strange else REMEMBERED
        elif name not in here:
            kind = TOGETHER
        else:
            continue
        rows = remembered.get(name, unlike[name])
        against = again if name in remembered else _cut(drawn, base)
        found.append(_culprit(drawn, feature, kind, rows, walked, against))
    return found


def _require_same(catalogue: Catalogue, columns: Columns) -> None:
    other = sorted(set(catalogue.names) ^ columns.keys())
    if other:
        raise StateError(
            f"the project defines other features when it is loaded again: {', '.join(other)} came "
            "only once; define features by what does not change, such as the contracts"
        )


def _cut(drawn: Sample, columns: Columns) -> list[Columns]:
    """Return columns of all cutoffs by cutoff."""
    many = len(drawn.cutoffs)
    return [
        {name: values[place::many] for name, values in columns.items()} for place in range(many)
    ]


def _deleted(drawn: Sample, catalogue: Catalogue, memory: str) -> Iterator[Columns]:
    """Compute here what the fresh process was given, by cutoff."""
    steps = steps_of(drawn)
    trials = [Trial(place, Kind.DELETE) for place in range(len(steps))]
    versions = [partial(version_of, drawn, trial) for trial in trials]
    for step, part in zip(steps, partitions_of(drawn, versions, memory), strict=True):
        yield columns_of(catalogue, part, spine_of(step, part))


def _unlike(
    walked: Sequence[Columns], others: Sequence[Columns]
) -> Iterator[tuple[str, list[Bools]]]:
    """Yield the features that differ, with the customers for whom they do, by cutoff."""
    for name in others[0]:
        rows = [differs(one[name], other[name]) for one, other in zip(walked, others, strict=True)]
        if any(each.any() for each in rows):
            yield name, rows


def _culprit(
    drawn: Sample,
    feature: Feature,
    kind: str,
    rows: Sequence[Bools],
    walked: Sequence[Columns],
    others: Sequence[Columns],
) -> Culprit:
    place = next(place for place, each in enumerate(rows) if each.any())
    row = int(rows[place].argmax())
    tables = sorted(Catalogue([feature]).columns_read())
    return Culprit(
        feature=feature.name,
        table=tables[0] if len(tables) == 1 and kind == REMEMBERED else "",
        column="",
        also=(),
        kinds=(kind,),
        cases=int(sum(each.sum() for each in rows)),
        customer=drawn.customers[row],
        cutoff=iso(int(drawn.cutoffs[place])),
        before=shown(others[place][feature.name][row]),
        after=shown(walked[place][feature.name][row]),
    )
