"""Errors that a user can mend: each says what was expected, what came, and what to do."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field


class ForetellError(Exception):
    """Base of every error that Foretell raises on purpose."""


class DefinitionError(ForetellError):
    """A table, feature, task or project is not well defined.

    Parameters
    ----------
    subject : str
        What was being defined, for example ``"table 'purchases'"``.
    faults : iterable of str
        Every fault that was found; a definition is judged whole.

    Examples
    --------
    >>> print(DefinitionError("feature", ["days must be above 0, got -7"]))
    feature is not well defined:
      - days must be above 0, got -7
    """

    def __init__(self, subject: str, faults: Iterable[str]) -> None:
        self.subject = subject
        self.faults = tuple(faults)
        super().__init__(_listed(f"{subject} is not well defined:", self.faults))


@dataclass(frozen=True)
class Violation:
    """One way in which data break the contract of a table.

    Parameters
    ----------
    column : str
        Column at fault.
    expected, came, remedy : str
        What the contract asks, what the data hold, what to do about it.
    count : int
        Rows at fault; 0 when the whole column is at fault.
    examples : tuple of (int, str)
        A few (row number from 1, value) pairs.
    """

    column: str
    expected: str
    came: str
    remedy: str
    count: int = 0
    examples: tuple[tuple[int, str], ...] = field(default=())

    def __str__(self) -> str:
        rows = f" in {self.count:,} row{'' if self.count == 1 else 's'}" if self.count else ""
        shown = ", ".join(f"row {row}: {value}" for row, value in self.examples)
        return (
            f"column '{self.column}': expected {self.expected}, came {self.came}{rows}"
            + (f" ({shown})" if shown else "")
            + f"; {self.remedy}"
        )


class ContractError(ForetellError):
    """Data break the contract of their table; nothing was read from them.

    Parameters
    ----------
    table : str
        Name of the table.
    source : str
        File, or kind of frame, that was read.
    violations : iterable of Violation
        Every violation that was found.

    Examples
    --------
    >>> late = Violation("paid_at", "a time with a zone", "a naive time", "declare timezone=", 1)
    >>> print(ContractError("payments", "payments.csv", [late]))
    table 'payments', read from payments.csv, breaks its contract:
      - column 'paid_at': expected a time with a zone, came a naive time in 1 row; declare timezone=
    """

    def __init__(self, table: str, source: str, violations: Iterable[Violation]) -> None:
        self.table = table
        self.source = source
        self.violations = tuple(violations)
        head = f"table '{table}', read from {source}, breaks its contract:"
        super().__init__(_listed(head, map(str, self.violations)))


class MaturityError(ForetellError):
    """A label is asked for whose window is not over yet."""


class CohortError(ForetellError):
    """A task finds no customers, or no outcome, to learn from."""


class SchemaError(ForetellError):
    """Columns differ from those that a model was trained on."""


class UnknownCustomerError(ForetellError):
    """A customer of whom no event and no attribute is stored."""


class UnknownTaskError(ForetellError):
    """A task that the project or the service does not have."""


class BundleError(ForetellError):
    """A bundle is damaged, foreign, or does not reproduce its golden rows."""


class ProjectError(ForetellError):
    """Code of a project's own fails: its definitions, its ``prepare`` or a feature of its own."""


class StateError(ForetellError):
    """Something that must exist first does not: a model, an alias, a file."""


def _listed(head: str, lines: Iterable[str]) -> str:
    return "\n".join([head, *(f"  - {line}" for line in lines)])
