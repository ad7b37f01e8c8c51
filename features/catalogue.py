"""The features of a project, as one value."""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import count as count_from
from typing import Any

from features.arguments import FEATURE, WINDOW, listed
from features.arrays import Values
from features.builders import Tabled
from features.conditions import Where
from features.errors import DefinitionError
from features.feature import Derived, Feature, Tally, feature_from_json
from features.fitting import fit_features
from features.links import Link
from features.misfits import misfits, misread
from features.needs import columns_needed, tallies_of, walk
from features.relations import related
from features.suggest import suggested
from features.tables import Table
from features.wording import described, holds_text


@dataclass(frozen=True)
class Catalogue:
    """An ordered set of features with distinct names.

    Parameters
    ----------
    features : sequence of Feature
        In the order of the columns.

    Raises
    ------
    DefinitionError
        When two features have one name, or one is called as the head of a row is.

    Examples
    --------
    >>> from features.builders import count
    >>> from features.rhythms import days_since
    >>> catalogue = Catalogue([count("visits", 28)]) + [days_since("visits")]
    >>> catalogue.names
    ('visits_count_28d', 'visits_days_since_ever')
    >>> Catalogue.from_json(catalogue.to_json()) == catalogue
    True
    """

    features: tuple[Feature, ...]

    def __init__(self, features: Iterable[Feature]) -> None:
        object.__setattr__(self, "features", listed("catalogue", features, FEATURE))
        twice = [name for name, times in Counter(self.names).items() if times > 1]
        faults = [f"two features are called '{name}'; rename one with .named()" for name in twice]
        faults += [
            f"'{name}' is a column of every row of vectors; name the feature otherwise"
            for name in ("customer", "cutoff")
            if name in self.names
        ]
        faults += _rivals((each.table, link) for each in self.tallies() for link in each.links)
        if faults:
            raise DefinitionError("catalogue", faults)

    @cached_property
    def _taught(self) -> dict[Feature, str]:
        # Inputs have no place in the catalogue, and two of them may be called alike.
        found: dict[Feature, str] = {}
        taken: set[str] = set()
        for one in dict.fromkeys(one for each in self.unfitted() for one in each.inputs):
            names = (one.name if n == 1 else f"{one.name}_{n}" for n in count_from(1))
            found[one] = next(name for name in names if name not in taken)
            taken.add(found[one])
        return found

    @cached_property
    def _hash(self) -> int:
        return hash(self.features)

    def __hash__(self) -> int:
        # The kernel looks up its plan with every request.
        return self._hash

    def __add__(self, more: Catalogue | Iterable[Feature]) -> Catalogue:
        """Append features; one that stands there already is not repeated."""
        return Catalogue(dict.fromkeys([*self.features, *listed("catalogue", more, FEATURE)]))

    def __iter__(self) -> Iterator[Feature]:
        return iter(self.features)

    def __len__(self) -> int:
        return len(self.features)

    @property
    def names(self) -> tuple[str, ...]:
        """Column names, in order."""
        return tuple(each.name for each in self.features)

    @classmethod
    def suggest(
        cls,
        tables: Sequence[Table],
        windows: Sequence[float] = (7, 28, 91, 182, 364),
        *,
        focus: Sequence[tuple[Tabled, Where]] = (),
        others: bool = False,
        contacts: Sequence[tuple[Tabled, str]] = (),
    ) -> Catalogue:
        """Write a catalogue from the contracts of tables: what their names and types suffice for.

        Event tables get recency, tenure, cadence, lateness and streaks; counts, active days, lags,
        trend, acceleration and the comparison with their own past; the usual weekday and hour;
        P(alive) and expected purchases. Measures get sums, means, extremes, spread, slope and last
        values; the first one is taken for spend, and scored with recency and frequency. Categories
        get distinct and new levels, entropy and concentration. Attribute tables get the last known
        value of every column, those with times the first values of measures too. Pairs of event
        tables get the ratio of their counts.

        What needs the meaning of a column, or a choice, is added by hand: levels (`usual`,
        `shares`, `multi_hot`), months, balances below 0, limits and latenesses (`utilisation`,
        `delinquency`), conditions, the comparison with everyone (`features.boards.groups`), and
        `median`. `features.prune` finds what says nothing in given data.

        Parameters
        ----------
        tables : sequence of Table
            Contracts.
        windows : sequence of float
            Days.
        focus : sequence of (table, where)
            Events of special interest, as those that a task asks about: they get rhythm, amounts
            and shares of their own.
        others : bool
            Add what is known of others: how popular and how sticky the things are that a customer
            has, and how he compares with those who share an attribute. It takes all customers at
            once, see `features.boards`.
        contacts : sequence of (table, column)
            Categories that name other customers, as whom somebody called; they are asked who
            turns to the customer too, who shares an attribute, and who has gone silent.

        Returns
        -------
        Catalogue
            Some of its features learn from data; see `fit`.

        Raises
        ------
        DefinitionError
            When there is no window, or an argument is none of what it must be.

        Examples
        --------
        >>> from features.tables import EventTable
        >>> visits = EventTable("visits", customer="id", occurred_at="at")
        >>> len(Catalogue.suggest([visits]))
        42
        """
        stretches = sorted({*listed("catalogue", windows, WINDOW)})
        if not stretches:
            raise DefinitionError("catalogue", ["expected at least one window, got none"])
        made = suggested(tables, stretches, focus)
        if others or contacts:
            made += related(tables, stretches, contacts)
        named: dict[str, Feature] = {}
        for feature in dict.fromkeys(made):
            # Columns such as "Net Sales" and "net_sales" make the same name.
            names = (feature.name if n == 1 else f"{feature.name}_{n}" for n in count_from(1))
            name = next(each for each in names if each not in named)
            named[name] = feature if name == feature.name else feature.named(name)
        return cls(named.values())

    def check(self, tables: Iterable[Table]) -> None:
        """Hold the features against the tables they read.

        Raises
        ------
        DefinitionError
            With every unknown table, unknown column and column of the wrong kind.
        """
        known = {table.name: table for table in tables}
        faults = [fault for tally in self.tallies() for fault in misfits(tally, known)]
        if not faults:
            faults = [fault for each in self.derived() for fault in misread(each, known)]
        if faults:
            raise DefinitionError("catalogue", dict.fromkeys(faults))

    def tallies(self) -> tuple[Tally, ...]:
        """Return every tally that the features need, each once, in order."""
        return tallies_of(self.features)

    def derived(self) -> tuple[Derived, ...]:
        """Return every derived feature that the features need, each once."""
        found = (each for each in walk(self.features) if isinstance(each, Derived))
        return tuple(dict.fromkeys(found))

    def unfitted(self) -> tuple[Derived, ...]:
        """Return the features that learn from data and have not done so."""
        return tuple(each for each in self.derived() if each.waits)

    def teachers(self) -> Catalogue:
        """Return what the features that are not fitted yet learn from."""
        taught = self._taught.items()
        return Catalogue(each if each.name == name else each.named(name) for each, name in taught)

    def fit(self, columns: Mapping[str, Values]) -> tuple[Catalogue, dict[str, str]]:
        """Fit every feature that learns from data.

        Parameters
        ----------
        columns : mapping of str to (n,) array
            Values of the `teachers`, of rows whose cutoff is not after that of any row the
            features are made for: what a feature learnt must have been known.

        Returns
        -------
        Catalogue
            The same features with their parameters, several in the place of a `multi_hot`, and
            none in that of those that could not be fitted.
        dict of str to str
            Why not, by the name of the feature.

        Examples
        --------
        >>> import numpy as np
        >>> from features.builders import count
        >>> from features.recipes import band
        >>> catalogue = Catalogue([band(count("visits", 28), (0.5,))])
        >>> fitted, refused = catalogue.fit({"visits_count_28d": np.array([1.0, 2.0, 9.0])})
        >>> fitted.features[0].parameters, refused
        ((2.0,), {})
        """
        made, refused = fit_features(self.features, columns, self._taught)
        return Catalogue(made), refused

    def texts(self, tables: Iterable[Table]) -> tuple[str, ...]:
        """Return the names of the features whose values are texts."""
        known = {table.name: table for table in tables}
        return tuple(each.name for each in self.features if holds_text(each, known))

    def columns_read(self) -> dict[str, set[str]]:
        """Return, for each table that is read, the columns that are needed."""
        return columns_needed(self.features)

    def dictionary(self, tables: Iterable[Table]) -> list[dict[str, str]]:
        """Describe every feature: name, description, unit, meaning of null, type, table.

        Parameters
        ----------
        tables : iterable of Table
            The tables that the features read.
        """
        known = {table.name: table for table in tables}
        return [described(each, known) for each in self.features]

    def to_json(self) -> list[dict[str, Any]]:
        """Return the definitions as plain JSON values."""
        return [each.to_json() for each in self.features]

    @classmethod
    def from_json(cls, value: Iterable[Mapping[str, Any]]) -> Catalogue:
        """Read back what ``to_json`` wrote."""
        return cls([feature_from_json(each) for each in value])

    def fingerprint(self) -> str:
        """Return a SHA-256 that changes with any definition, its order included."""
        return hashlib.sha256(json.dumps(self.to_json(), sort_keys=True).encode()).hexdigest()


def _rivals(links: Iterable[tuple[str, Link]]) -> list[str]:
    """Refuse two columns of one name: a name must say which board it is read of."""
    names = Counter((table, link.name) for table, link in dict.fromkeys(links))
    return [
        f"two boards add a column called '{name}' to '{table}'; rename a field of one with .named()"
        for (table, name), times in names.items()
        if times > 1
    ]
