"""Who told: the table and the column by which a feature sees the future, found one at a time."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import product
from typing import Final

from features.arrays import Bools
from features.catalogue import Catalogue
from features.instants import iso
from features.prove.changes import Kind, applies
from features.prove.compare import Columns
from features.prove.proof import NOTHING, Culprit
from features.prove.sample import Sample
from features.prove.trials import Trial, noticed, run
from features.registers import Identities
from features.tables import Table

WITNESSES: Final = 2
"""Cutoffs at which the culprits of a feature are looked for, those with most differences."""

_COMING: Final = {Kind.NEWCOMERS, Kind.ALL}

Noticed = Mapping[Trial, Mapping[str, Bools]]
"""By trial and feature: rows that differ."""


@dataclass
class Suspect:
    """A table that changes a feature, and how.

    Parameters
    ----------
    kinds : Counter of Kind
        Rows that differ by kind of change.
    cells : Counter of str
        The same by measure or category.
    kept, freed : Counter of str
        The same by time: where rows keep their order, and where times move freely.
    example : tuple
        A trial, a row, and the value before and after.
    """

    kinds: Counter[Kind] = field(default_factory=Counter)
    cells: Counter[str] = field(default_factory=Counter)
    kept: Counter[str] = field(default_factory=Counter)
    freed: Counter[str] = field(default_factory=Counter)
    example: tuple[Trial, int, object, object] | None = None

    @property
    def ranked(self) -> tuple[str, ...]:
        """Columns that change the feature, the one that tells most first.

        Whoever reads a cell also needs to know when; so times come after cells, and what shows only
        when rows change places counts when nothing else does.
        """
        times = self.kept or (Counter() if self.cells else self.freed)
        ranked = [*self.cells.most_common(), *times.most_common()]
        return tuple(column for column, _ in ranked)


def culprits(
    sample: Sample, catalogue: Catalogue, base: Columns, found: Noticed, memory: str = "2GiB"
) -> list[Culprit]:
    """Name the tables and columns by which features see the future.

    Parameters
    ----------
    sample : Sample
        Customers and cutoffs.
    catalogue : Catalogue
        All features.
    base : mapping of str to array
        Their values when nothing is changed.
    found : mapping of Trial to mapping of str to (r,) bool
        What was noticed when all tables changed together.
    memory : str
        Memory limit of DuckDB.

    Returns
    -------
    list of Culprit
        In the order of the catalogue.
    """
    # What differs without a change would be blamed on every table.
    fickle = {name for trial, rows in found.items() if trial.kind is None for name in rows}
    noted = {name for rows in found.values() for name in rows}
    leaking = Catalogue(each for each in catalogue if each.name in noted)
    steady = Catalogue(each for each in leaking if each.name not in fickle)
    if not len(leaking):
        return []
    known = {name: base[name] for name in leaking.names}
    witnesses = {name: _witnesses(name, found) for name in steady.names}
    suspects: dict[str, dict[str, Suspect]] = {name: defaultdict(Suspect) for name in known}
    if len(steady):
        places = sorted({place for chosen in witnesses.values() for place in chosen})
        _by_table(sample, steady, known, suspects, places, memory)
        _by_column(sample, steady, known, suspects, witnesses, memory)

    def again(trial: Trial) -> Columns:
        return next(run(sample, leaking, [trial], memory))

    return [
        culprit
        for name in leaking.names
        for culprit in _named(sample, name, suspects[name], found, again, known)
    ]


def _witnesses(name: str, found: Noticed) -> list[int]:
    counts: Counter[int] = Counter()
    for trial, rows in found.items():
        if name in rows:
            counts[trial.place] += int(rows[name].sum())
    return [place for place, _ in counts.most_common(WITNESSES)]


def _by_table(
    sample: Sample,
    steady: Catalogue,
    base: Columns,
    suspects: Mapping[str, dict[str, Suspect]],
    places: Sequence[int],
    memory: str,
) -> None:
    trials = [
        Trial(place, kind, table.name)
        for place, kind, table in product(places, Kind, sample.tables)
        if applies(table, kind)
    ]
    before = {name: base[name] for name in steady.names}
    for trial, columns in zip(trials, run(sample, steady, trials, memory), strict=True):
        for name, rows in noticed(sample, trial, before, columns).items():
            suspect, row = suspects[name][trial.table], int(rows.argmax())
            suspect.kinds[trial.kind or Kind.ALL] += int(rows.sum())
            suspect.example = suspect.example or (trial, row, base[name][row], columns[name][row])


def _by_column(
    sample: Sample,
    steady: Catalogue,
    base: Columns,
    suspects: Mapping[str, Mapping[str, Suspect]],
    witnesses: Mapping[str, Sequence[int]],
    memory: str,
) -> None:
    scenes = {
        (place, table)
        for name, places in witnesses.items()
        for place, table in product(places, suspects[name])
    }
    tables = {table.name: table for table in sample.tables}
    trials = [
        trial for place, table in sorted(scenes) for trial in _column_trials(place, tables[table])
    ]
    unchanged = {name: base[name] for name in steady.names}
    before: Columns = unchanged
    for trial, columns in zip(trials, run(sample, steady, trials, memory), strict=True):
        if not trial.column:
            before = columns
            continue
        against = before if trial.grown else unchanged
        for name, rows in noticed(sample, trial, against, columns).items():
            if trial.table in suspects[name]:
                suspect, table = suspects[name][trial.table], tables[trial.table]
                times = suspect.kept if trial.gently else suspect.freed
                is_time = trial.column in (table.occurred_at, table.known_at)
                (times if is_time else suspect.cells)[trial.column] += int(rows.sum())


def _column_trials(place: int, table: Table) -> Iterator[Trial]:
    if isinstance(table, Identities):
        # A link that is there or not is all that it says.
        return
    times = [each for each in (table.known_at, table.occurred_at) if each is not None]
    cells = [*table.measures, *table.categories]
    for grown in (False, True):
        if grown:
            # What the columns of added rows are held against.
            yield Trial(place, None, table.name, grown=True)
        for column in (*cells, *times):
            yield Trial(place, None, table.name, column, grown, gently=True)
        for column in times:
            yield Trial(place, None, table.name, column, grown)


def _named(
    sample: Sample,
    name: str,
    accused: Mapping[str, Suspect],
    found: Noticed,
    again: Callable[[Trial], Columns],
    base: Columns,
) -> Iterator[Culprit]:
    # Who reads a neighbour sees newcomers in any table; where a column is known, that says it all.
    certain = any(suspect.ranked for suspect in accused.values())
    if len(accused) > 1 and all(set(each.kinds) <= _COMING for each in accused.values()):
        accused = {"": next(iter(accused.values()))}
    for table, suspect in accused.items():
        shown = [kind for kind in Kind if suspect.kinds[kind]]
        single = [kind for kind in shown if kind is not Kind.ALL] or shown
        if suspect.example and (suspect.ranked or not certain or single != [Kind.NEWCOMERS]):
            yield _culprit(sample, name, table, suspect.ranked, single, suspect.example, found)
    if not accused:
        # Tables that tell nothing alone may still tell something together.
        trials = [trial for trial, rows in found.items() if name in rows]
        row = int(found[trials[0]][name].argmax())
        example = (trials[0], row, base[name][row], again(trials[0])[name][row])
        kinds: Sequence[str] = list(dict.fromkeys(trial.kind or NOTHING for trial in trials))
        kinds = [NOTHING] if NOTHING in kinds else kinds
        yield _culprit(sample, name, "", (), kinds, example, found)


def _culprit(
    sample: Sample,
    name: str,
    table: str,
    columns: Sequence[str],
    kinds: Sequence[str],
    example: tuple[Trial, int, object, object],
    found: Noticed,
) -> Culprit:
    _, row, before, after = example
    customer, place = divmod(row, len(sample.cutoffs))
    return Culprit(
        feature=name,
        table=table,
        column=columns[0] if columns else "",
        also=tuple(columns[1:]),
        kinds=tuple(map(str, kinds)),
        cases=_rows(found[name] for found in found.values() if name in found),
        customer=sample.customers[customer],
        cutoff=iso(int(sample.cutoffs[place])),
        before=shown(before),
        after=shown(after),
    )


def _rows(masks: Iterable[Bools]) -> int:
    return sum(int(mask.sum()) for mask in masks)


def shown(value: object) -> str:
    """Return a value of a feature in words."""
    if value is None or value != value:
        return "null"
    return value if isinstance(value, str) else repr(getattr(value, "item", lambda: value)())
