"""The contract of a ready-made table: which column is the outcome, and what the others are."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, fields
from typing import Any, ClassVar, Final

from features.errors import DefinitionError
from features.instants import instant
from features.names import name_faults

_LISTS: Final = ("numbers", "categories", "since", "leave_out")


@dataclass(frozen=True)
class LabelledTable:
    """A table that has the vectors already: features and outcome stand in its columns.

    Nobody can prove that its columns were known before the outcome; only who made it knows.

    Parameters
    ----------
    name : str
        Lower-case name.
    label : str
        Column of the outcome, with two values and none absent.
    positive : str, int or bool, optional
        The value that is a yes. Left out, the label must be true and false, or 1 and 0.
    customer : str
        Column of customer ids. Left out, every row is somebody else, and copies of a row are one.
    time : str
        Column of the time as of which a row stands: a date, a time (without a zone it is UTC) or a
        month as ``2009-05`` or 200905. Later rows judge what earlier ones taught.
    order : bool
        The rows stand in the order of their dates, and no column says which these are.
    as_of : str, optional
        ISO 8601: when the rows stand, for a table without ``time``; the last of them if in order.
    numbers, categories : sequence of str
        Columns to be read as numbers (true and false are 1 and 0) and as names. What is not listed
        is read as its type says; texts of a CSV file as numbers if all of them are.
    since : sequence of str
        Columns of dates, read as the days from them to the row's ``time``.
    leave_out : sequence of str
        Columns that no model may read, such as those that are known only with the outcome; a
        model may be judged by them, see `training.judge.settings.Judging`.
    texts : mapping of str to str
        What columns say, in plain words, for reasons and the dictionary.
    described : bool
        Every column that a model reads is listed; set when a table has been read.

    Raises
    ------
    DefinitionError
        With every fault of the definition.

    Examples
    --------
    >>> from features.tables import table_from_json
    >>> calls = LabelledTable("calls", label="y", positive="yes", time="date")
    >>> table_from_json(calls.to_json()) == calls
    True
    """

    name: str
    label: str
    positive: str | int | bool | None = None
    customer: str = ""
    time: str = ""
    order: bool = False
    as_of: str | None = None
    numbers: Sequence[str] = ()
    categories: Sequence[str] = ()
    since: Sequence[str] = ()
    leave_out: Sequence[str] = ()
    texts: Mapping[str, str] = field(default_factory=dict)
    described: bool = False
    description: str = field(default="", compare=False)
    owner: str = field(default="", compare=False)

    kind: ClassVar[str] = "labelled"
    known_at: ClassVar[str | None] = None
    timezone: ClassVar[str | None] = None
    event_id: ClassVar[str | None] = None
    withdrawn: ClassVar[str | None] = None
    complete_until: ClassVar[str | None] = None
    fresh_within: ClassVar[float | None] = None
    versions: ClassVar[bool] = False
    lag: ClassVar[float] = 0

    def __post_init__(self) -> None:
        faults = [*name_faults(self.name), *self._freeze()]
        faults += self._faults()
        if faults:
            raise DefinitionError(f"table '{self.name}'", faults)

    def __hash__(self) -> int:
        return hash((type(self).__name__, self.name))

    @property
    def occurred_at(self) -> str | None:
        """Column of the time of a row."""
        return self.time or None

    @property
    def measures(self) -> Mapping[str, str]:
        """Columns that become numbers, and what they are in the dictionary."""
        return dict.fromkeys(self.numbers, "number") | dict.fromkeys(self.since, "days")

    @property
    def inputs(self) -> tuple[str, ...]:
        """Columns that a model may read, by name: their order in the file says nothing."""
        return tuple(sorted((*self.numbers, *self.categories, *self.since)))

    def to_json(self) -> dict[str, Any]:
        """Return the definition as plain JSON values."""
        plain = {each.name: getattr(self, each.name) for each in fields(self)}
        plain |= {name: list(plain[name]) for name in _LISTS} | {"texts": dict(self.texts)}
        kept = {
            key: value
            for key, value in plain.items()
            # A 0 or a False may be what the label calls a yes.
            if (key == "positive" and value is not None) or value not in (None, {}, [], False, "")
        }
        return {"kind": self.kind, **kept}

    def _freeze(self) -> Iterator[str]:
        for name in _LISTS:
            held = getattr(self, name)
            sound = isinstance(held, Iterable) and not isinstance(held, str)
            if not sound:
                yield f"{name} must be a list of columns, got {held!r}"
            object.__setattr__(self, name, tuple(held) if sound else ())
        sound = isinstance(self.texts, Mapping)
        if not sound:
            yield f"texts must be a mapping such as {{'age': 'Age in years'}}, got {self.texts!r}"
        object.__setattr__(self, "texts", dict(self.texts) if sound else {})

    def _faults(self) -> Iterator[str]:
        if not isinstance(self.label, str) or not self.label:
            yield f"label must be the name of a column, got {self.label!r}"
        roles = {name: getattr(self, name) for name in ("customer", "time")}
        yield from (
            f"{name} must be the name of a column, got {given!r}"
            for name, given in roles.items()
            if not isinstance(given, str)
        )
        lists = [each for name in _LISTS for each in getattr(self, name)]
        odd = [each for each in lists if not isinstance(each, str)]
        yield from (f"expected names of columns, got {each!r}" for each in odd)
        used = [self.label, *filter(None, roles.values()), *lists]
        for column in sorted({str(each) for each in used if used.count(each) > 1}):
            yield f"column '{column}' has two roles; give each column one"
        if self.since and not self.time:
            yield "since asks for the days to the time of a row: name its column as time"
        yield from self._time_faults()

    def _time_faults(self) -> Iterator[str]:
        if self.time and (self.order or self.as_of):
            yield "the column of time says when a row stands: drop order and as_of"
        if not self.time and not self.as_of:
            yield (
                "say when the rows stand: name the column as time='date', or the day of all of "
                "them as as_of='2005-10-01', with order=True if they stand in the order of dates"
            )
        if self.as_of is not None:
            try:
                instant(self.as_of)
            except (DefinitionError, AttributeError, TypeError) as error:
                yield f"as_of must be an instant such as '2005-10-01', got {self.as_of!r} ({error})"
