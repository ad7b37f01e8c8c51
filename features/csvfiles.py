"""CSV files as one relation of texts, when they have one header."""

from __future__ import annotations

import csv
import gzip
from pathlib import Path
from typing import Any

from features.connection import literal
from features.errors import Violation
from features.files import Files, unmarked


class HeaderFault(Exception):  # noqa: N818
    """Files of one source have no header, or different ones; holds the violation."""

    def __init__(self, violation: Violation) -> None:
        self.violation = violation
        super().__init__(str(violation))


def csv_scan(files: Files, named: str) -> tuple[list[str], str]:
    """Put files together.

    Parameters
    ----------
    files : Files
        The source.
    named : str
        Column that is to hold the name of each row's file.

    Returns
    -------
    list of str
        The names in the header.
    str
        SQL of a scan with the columns ``f0``, ``f1`` and so on: DuckDB would take A and a for one.

    Raises
    ------
    HeaderFault
        When a file has no header, or the files differ in them.
    OSError, UnicodeDecodeError, csv.Error
        When a header cannot be read.
    """
    names, mark = header(files.paths[0])
    if not names:
        raise HeaderFault(_none(files, files.paths[0]))
    for each in files.paths[1:]:
        head = header(each)
        if not head[0]:
            raise HeaderFault(_none(files, each))
        if head != (names, mark):
            raise HeaderFault(_other(files, each, names, head[0]))
    fields = ", ".join(f"'f{place}': 'VARCHAR'" for place in range(len(names)))
    listed = ", ".join(literal(unmarked(each)) for each in files.paths)
    return names, (
        f"read_csv([{listed}], auto_detect = false, header = true, delim = {literal(mark)}, "
        f"quote = '\"', escape = '\"', columns = {{{fields}}}, hive_partitioning = false, "
        f"filename = {literal(named)})"
    )


def header(path: Path) -> tuple[list[str], str]:
    """Return the names in the first line of a CSV file, and the mark between them."""
    opened: Any = gzip.open if path.name.lower().endswith(".gz") else open
    with opened(path, "rt", encoding="utf-8-sig", newline="") as lines:
        first = lines.readline()
    mark = max(",;\t|", key=first.count)
    return next(csv.reader([first], delimiter=mark), []), mark


def _none(files: Files, path: Path) -> Violation:
    is_empty = not path.stat().st_size
    return Violation(
        "(all)",
        "the names of the columns in the first line",
        f"{'an empty file' if is_empty else 'an empty first line'}, {files.name(path)}",
        "export it again, or take it out",
    )


def _other(files: Files, path: Path, names: list[str], came: list[str]) -> Violation:
    lacks = ", ".join(name for name in names if name not in came)
    brings = ", ".join(name for name in came if name not in names)
    parts = [f"lacks {lacks}"] if lacks else []
    parts += [f"brings {brings}"] if brings else []
    told = f"{', '.join(came)} in {files.name(path)}"
    told += f" (it {' and '.join(parts)})" if parts else ""
    return Violation(
        "(all)",
        f"in every file the columns {', '.join(names)}",
        told,
        "give the files one header, in one order and with one mark between the names",
    )
