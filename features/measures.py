"""Columns of exact numbers."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

from features.errors import DefinitionError

_MEASURE: Final = re.compile(r"^(?:int|money\((\d)\)|decimal\((\d)\))$")


@dataclass(frozen=True)
class Measure:
    """A column of exact numbers, held as integers of ``10 ** -scale`` units.

    Parameters
    ----------
    column : str
        Column of the table.
    kind : str
        ``"int"``, ``"money(s)"`` or ``"decimal(s)"`` with ``s`` decimals, 0 to 9. Binary fractions
        have no exact sum, so a float column declares how many decimals it carries.

    Examples
    --------
    >>> Measure("sales_value", "money(2)").scale
    2
    """

    column: str
    kind: str

    @property
    def scale(self) -> int:
        """Decimals kept."""
        match = _MEASURE.match(self.kind)
        if match is None:
            raise DefinitionError(
                f"measure '{self.column}'", measure_faults(self.column, self.kind)
            )
        return int(match[1] or match[2] or 0)

    @property
    def unit(self) -> str:
        """Unit of the values for the dictionary."""
        return "money" if self.kind.startswith("money") else "number"


def measure_faults(column: str, kind: str) -> list[str]:
    """Return what is wrong with the kind of a measure: nothing, or one sentence.

    Examples
    --------
    >>> measure_faults("spend", "money(2)")
    []
    """
    if _MEASURE.match(str(kind)):
        return []
    wanted = "int, money(decimals) or decimal(decimals)"
    return [f"measure '{column}' must be {wanted}, got {kind!r}"]
