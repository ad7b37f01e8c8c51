"""Who must not be contacted: a file of ids, read without leaving out a line."""

from __future__ import annotations

import csv
import hashlib
import re
from pathlib import Path
from typing import Any

import numpy as np

from features.arrays import Bools, Values
from features.errors import DefinitionError, StateError


def read_exclusions(path: Path | None, *, text: bool) -> tuple[set[int | str], dict[str, Any]]:
    """Read a text file with one id a line, quoted or not.

    Parameters
    ----------
    path : Path or None
        The file; None excludes nobody.
    text : bool
        Whether ids are texts; else whole numbers.

    Returns
    -------
    tuple of set and dict
        The ids, and what a manifest tells of the file.

    Raises
    ------
    StateError
        When it cannot be read.
    DefinitionError
        With every line that is no id.
    """
    if path is None:
        return set(), {}
    try:
        content = path.read_bytes()
        lines = content.decode("utf-8-sig").splitlines()
    except OSError as error:
        raise StateError(f"exclusions {path} cannot be read: {error.strerror}") from None
    except UnicodeDecodeError as error:
        raise StateError(f"exclusions {path} are not UTF-8: {error.reason}") from None
    found: set[int | str] = set()
    count, faults = 0, []
    for number, cells in enumerate(csv.reader(lines), start=1):
        cell = cells[0].strip() if cells else ""
        count += bool(cell)
        if len(cells) > 1:
            faults.append(f"line {number}: expected one id, got {len(cells)} cells")
        elif text and cell:
            # A list of ours may come back with ids that were made safe for spreadsheets.
            found.update((cell, cell.removeprefix("'")))
        elif re.fullmatch(r"[+-]?[0-9]{1,19}", cell) and abs(int(cell)) < 2**63:
            found.add(int(cell))
        elif cell:
            faults.append(
                f"line {number}: expected a whole number, as the customers' ids, got {cell!r}"
            )
    if faults:
        # A line that is skipped is a customer who is contacted against his will.
        raise DefinitionError(f"exclusions {path}", faults)
    digest = hashlib.sha256(content).hexdigest()
    return found, {"exclusions": count, "exclusions_sha256": digest}


def allowed(customers: Values, excluded: set[int | str]) -> Bools:
    """Tell which customers are not excluded, (c,) bool."""
    if customers.dtype != object:
        return ~np.isin(customers, np.array(sorted(excluded), dtype=np.int64))
    return np.array([str(each).strip() not in excluded for each in customers], dtype=np.bool_)
