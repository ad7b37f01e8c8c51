"""The words for a source that cannot be read at all."""

from __future__ import annotations

import re

from features.duckfile import SCHEME
from features.errors import ContractError, Violation
from features.tables import Table


def unreadable(table: Table, label: str, error: Exception) -> ContractError:
    """Return the error of a source that cannot be read at all."""
    # Behind these words DuckDB shows its options, or a query that nobody here wrote.
    told = re.split(r"Possible|\n\s*LINE \d+:", str(error))[0]
    said = " ".join(line.strip() for line in told.splitlines() if line)
    if label.startswith(SCHEME):
        expected, came = "a table or view whose rows can be read", f"one that fails: {said}"
        fault = Violation("(all)", expected, came, "mend the view, or the tables that it reads")
    else:
        came = f"a file that cannot be read: {said}"
        remedy = "repair or export it again"
        fault = Violation("(all)", "rows of equal length in UTF-8", came, remedy)
    return ContractError(table.name, label, [fault])
