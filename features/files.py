"""The files of a source: which they are, and what the head of a CSV file says."""

from __future__ import annotations

import csv
import gzip
from pathlib import Path
from typing import Any, Final

from features.errors import DefinitionError, StateError

PARQUET: Final = (".parquet", ".pq")
CSV: Final = (".csv", ".tsv", ".txt", ".csv.gz", ".tsv.gz")


def files_of(source: str) -> list[Path]:
    """Return the files of a source, sorted; below a folder Parquet goes before CSV.

    Raises
    ------
    StateError
        When there is no such file.
    DefinitionError
        When a file is neither Parquet nor CSV by its name.
    """
    path = Path(source)
    if path.is_file():
        found = [path]
    elif path.is_dir():
        below = sorted(each for each in path.rglob("*") if each.is_file())
        found = [each for each in below if each.name.lower().endswith(PARQUET)]
        found = found or [each for each in below if each.name.lower().endswith(CSV)]
    else:
        anchor = Path(path.anchor)
        found = (
            sorted(anchor.glob(str(path.relative_to(anchor))))
            if any(map(source.__contains__, "*?["))
            else []
        )
    if not found:
        raise StateError(
            f"no table is there: expected a Parquet or CSV file, folder or glob at {source}"
        )
    odd = [each for each in found if not each.name.lower().endswith(PARQUET + CSV)]
    if odd:
        ends = ", ".join(PARQUET + CSV)
        raise DefinitionError("source", [f"{odd[0]}: expected a file that ends in {ends}"])
    return found


def header(path: Path) -> tuple[list[str], str]:
    """Return the names in the first line of a CSV file, and the mark between them."""
    opened: Any = gzip.open if path.name.lower().endswith(".gz") else open
    with opened(path, "rt", encoding="utf-8-sig", newline="") as lines:
        first = lines.readline()
    mark = max(",;\t|", key=first.count)
    return next(csv.reader([first], delimiter=mark), []), mark
