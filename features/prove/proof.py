"""The result of a proof, as a value that is kept."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, fields
from typing import Any, Final

from features.errors import StateError

LIMITS: Final = (
    "what `prepare` of the project computes is taken as it comes: a column that was made from "
    "later data is past here",
    "so is what modules of the project compute from files while they are loaded",
    "files, databases and caches on disk that a feature opens by itself are not changed",
    "tables without times are taken on trust",
    "features that learn from data are proven with what they learnt at the first cutoff, and by "
    "the features that they learn from",
    "customers and cutoffs that were not drawn are not looked at",
)
"""What the proof cannot see."""


WITHOUT_MEMORY: Final = (
    "no fresh process was asked for, so features that remember what they read before are not found"
)
"""And what it cannot see beside that when only one process took part."""

NOTHING: Final = "nothing"
"""The kind of change that changes nothing."""

REMEMBERED: Final = "a fresh process"
"""It was given only what was known by each cutoff, and remembered nothing else."""

ELSEWHERE: Final = "another process"
TOGETHER: Final = "one cutoff alone"

_PLACES: Final[dict[tuple[str, ...], str]] = {
    (NOTHING,): "nobody: computed twice, it differs",
    (ELSEWHERE,): "nobody: computed in another process, it differs",
    (TOGETHER,): "nobody: computed for one cutoff alone, it differs",
    (REMEMBERED,): "some table: it remembers what it read before",
    ("new customers",): "who the customers are",
}

_AFTER: Final[dict[tuple[str, ...], str]] = {
    (ELSEWHERE,): "in another process",
    (TOGETHER,): "when that cutoff is computed alone",
    (REMEMBERED,): "in a fresh process that was given only what was known by then",
}


@dataclass(frozen=True)
class Culprit:
    """A feature that sees the future, and by what.

    Parameters
    ----------
    feature : str
        Name of the feature.
    table, column : str
        What it reads of the future. No column: that rows are there, whatever they hold. No table:
        only tables that change together show it, or new customers in any, or nothing at all: it
        gives two values when it is computed twice.
    also : tuple of str
        Other columns that change it, those that change less of it last.
    kinds : tuple of str
        Kinds of change that show it.
    cases : int
        Cases in which it differed.
    customer, cutoff : str
        One of them.
    before, after : str
        The value there when nothing is changed, and one that a change made of it.
    """

    feature: str
    table: str
    column: str
    also: tuple[str, ...]
    kinds: tuple[str, ...]
    cases: int
    customer: str
    cutoff: str
    before: str
    after: str

    @property
    def place(self) -> str:
        """Table and column in words."""
        if not self.table:
            return _PLACES.get(self.kinds, "several tables together")
        if self.kinds == (REMEMBERED,):
            return f"{self.table}: it remembers what it read before"
        return f"{self.table}.{self.column}" if self.column else f"rows of {self.table}"

    def __str__(self) -> str:
        after = _AFTER.get(self.kinds, "after a change at or after that cutoff")
        return (
            f"'{self.feature}' sees the future of {self.place}: at {self.cutoff} the value of "
            f"customer {self.customer} is {self.before}, and {self.after} {after}; "
            f"{self.cases:,} cases, shown by: {', '.join(self.kinds)}"
        )


@dataclass(frozen=True)
class Proof:
    """That no feature of a project sees the future, or which ones do.

    Parameters
    ----------
    project : str
        Name of the project.
    made_at : str
        When the proof was made, ISO 8601 in UTC.
    cutoffs : tuple of str
        Cutoffs that were looked at.
    customers : int
        Customers that were looked at.
    kinds : mapping of str to int
        Cases by kind of change: customers and cutoffs for which something was changed.
    features : mapping of str to str
        By feature a fingerprint of its definition and of the code that is not Foretell's own.
    code : mapping of str to str
        By file a fingerprint of the code that the project brings, see
        `features.prove.code.project_code`.
    tables : mapping of str to str
        By table a fingerprint of its contract.
    rows : mapping of str to int
        Rows of each table when the proof was made, without those set aside.
    set_aside : mapping of str to mapping
        By table what was set aside, see `features.aside.Aside.to_json`; empty when nothing may be.
    static : mapping of str to tuple of str
        Tables without times, and the features that read them.
    culprits : tuple of Culprit
        Features that see the future.
    catalogue, data, engine : str
        Fingerprints of the catalogue, of the rows that were looked at, and of Foretell's own code.
    versions : mapping of str to str
        Of the libraries that vectors depend on.
    seed : int
        Of everything that was drawn.
    processes : int
        Fresh processes that walked through the cutoffs in their order, and were given at each only
        what was known by then.
    seconds : float
        How long it took.
    limits : tuple of str
        What a proof cannot see.
    stale : tuple of str
        Why the proof no longer holds; see `proof_of`. Not kept.
    """

    project: str
    made_at: str
    cutoffs: tuple[str, ...]
    customers: int
    kinds: Mapping[str, int]
    features: Mapping[str, str]
    code: Mapping[str, str]
    tables: Mapping[str, str]
    rows: Mapping[str, int]
    set_aside: Mapping[str, Mapping[str, Any]]
    static: Mapping[str, tuple[str, ...]]
    culprits: tuple[Culprit, ...]
    catalogue: str
    data: str
    engine: str
    versions: Mapping[str, str]
    seed: int
    processes: int
    seconds: float
    limits: tuple[str, ...] = LIMITS
    stale: tuple[str, ...] = ()

    @property
    def proven(self) -> bool:
        """Whether no feature saw the future."""
        return not self.culprits

    @property
    def holds(self) -> bool:
        """Whether the features are proven as they are now."""
        return self.proven and not self.stale

    @property
    def cases(self) -> int:
        """Customers and cutoffs under each kind of change."""
        return sum(self.kinds.values())

    def to_json(self) -> dict[str, Any]:
        """Return the proof as plain JSON values."""
        value = asdict(self)
        del value["stale"]
        verdict = "proven" if self.proven else "leak"
        return {"project": value.pop("project"), "verdict": verdict, "cases": self.cases, **value}


def proof_from_json(value: Mapping[str, Any], place: str) -> Proof:
    """Read back what ``to_json`` wrote.

    Raises
    ------
    StateError
        When it is not a whole proof; ``place`` says where it was read.
    """
    needed = {each.name for each in fields(Proof)} - {"stale"}
    try:
        missing = sorted(needed - value.keys())
        if missing:
            raise StateError(_damaged(place, f"no {', '.join(missing)}"))
        kept = {name: value[name] for name in needed}
        kept["culprits"] = tuple(_culprit(each) for each in value["culprits"])
        kept["static"] = {name: tuple(read) for name, read in value["static"].items()}
        kept |= {name: tuple(value[name]) for name in ("cutoffs", "limits")}
        return Proof(**kept)
    except (AttributeError, TypeError) as error:
        raise StateError(_damaged(place, str(error))) from None


def _culprit(value: Mapping[str, Any]) -> Culprit:
    lists: dict[str, Sequence[str]] = {name: tuple(value[name]) for name in ("also", "kinds")}
    return Culprit(**{**value, **lists})


def _damaged(place: str, came: str) -> str:
    return f"{place} should hold a proof, came {came}; run `foretell prove` again"
