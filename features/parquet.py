"""Parquet files as one relation, when they hold the wanted columns in one type."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from pathlib import Path
from typing import Final, NamedTuple, TypeAlias

import duckdb

from features.columns import WHOLE
from features.connection import literal
from features.errors import Violation
from features.files import Files, unmarked

ROW: Final = "file_row_number"
"""What DuckDB calls the number of a row in its file, unless the file has a column of this name."""

_SHOWN: Final = 3
_Kinds: TypeAlias = Mapping[str, str]


class Scan(NamedTuple):
    """Files as one relation.

    Parameters
    ----------
    relation : str
        SQL of the scan.
    kinds : mapping of str to str
        DuckDB type by column. Whole numbers of several widths have the widest.
    """

    relation: str
    kinds: _Kinds


def parquet_scan(
    connection: duckdb.DuckDBPyConnection, files: Files, wanted: Collection[str], named: str
) -> tuple[Scan, list[Violation]]:
    """Put files together, and tell every disagreement of theirs.

    Parameters
    ----------
    connection : duckdb.DuckDBPyConnection
        Reads the heads of the files.
    files : Files
        The source.
    wanted : collection of str
        Columns that the files must agree on; in others they may differ.
    named : str
        Column that is to hold the name of each row's file.

    Returns
    -------
    Scan
        Of use only when nothing is told.
    list of Violation
        Files that cannot be read, lack a column that others have, or hold it in another type.
    """
    heads: dict[Path, _Kinds] = {}
    broken: dict[Path, str] = {}
    for path in files.paths:
        try:
            heads[path] = _kinds(connection, _scan([path], named))
        except duckdb.Error as error:
            broken[path] = " ".join(str(error).splitlines()[0].split())
    faults = [_unreadable(files, broken)] if broken else []
    there = dict.fromkeys(name for head in heads.values() for name in head)
    for column in there:
        if column in wanted:
            faults += _disagreement(files, heads, column)
    if faults:
        return Scan("", {}), faults
    shared = [name for name in there if name in wanted]
    wide = any(len({head[name] for head in heads.values()}) > 1 for name in shared)
    # The first file would cut the whole numbers of the others to its width.
    relation = _scan(files.paths, named, ", union_by_name = true" if wide else "")
    kinds = _kinds(connection, relation)
    if files.rows is not None:
        first, end = files.rows
        relation = f"(FROM {relation} WHERE {ROW} >= {first} AND {ROW} < {end})"
    return Scan(relation, kinds), []


def _scan(paths: Sequence[Path], named: str, option: str = "") -> str:
    listed = ", ".join(literal(unmarked(path)) for path in paths)
    return (
        f"read_parquet([{listed}], hive_partitioning = false, filename = {literal(named)}{option})"
    )


def _kinds(connection: duckdb.DuckDBPyConnection, scan: str) -> dict[str, str]:
    rows = connection.execute(f"DESCRIBE SELECT * FROM {scan}").fetchall()
    return {str(row[0]): str(row[1]) for row in rows}


def _unreadable(files: Files, broken: Mapping[Path, str]) -> Violation:
    told = "; ".join(f"{files.name(path)}: {said}" for path, said in [*broken.items()][:_SHOWN])
    many = f"{len(broken)} files" if len(broken) > 1 else "a file"
    return Violation(
        "(all)",
        "Parquet files",
        f"{many} that cannot be read ({told})",
        "export them again, or take them out",
    )


def _disagreement(files: Files, heads: Mapping[Path, _Kinds], column: str) -> list[Violation]:
    families = {path: _family(head.get(column)) for path, head in heads.items()}
    counts = Counter(families.values())
    if len(counts) == 1:
        return []
    usual = counts.most_common(1)[0][0] or next(each for each in counts if each)
    like = [path for path in heads if families[path] == usual]
    shown = f"{heads[like[0]][column]} in {_named(files, like)}"
    without = [path for path in heads if families[path] is None]
    other = [path for path in heads if families[path] not in (None, usual)]
    faults = []
    if without:
        faults.append(
            Violation(
                column,
                "this column in every file",
                f"no such column in {_named(files, without)}, and {shown}",
                "write the column to every file, or name the files to read",
            )
        )
    if other:
        told = ", ".join(f"{heads[path][column]} in {files.name(path)}" for path in other[:_SHOWN])
        faults.append(
            Violation(
                column,
                "one type in every file",
                f"{told}, and {shown}",
                "cast the column and write the file again",
            )
        )
    return faults


def _family(kind: str | None) -> str | None:
    return "whole numbers" if kind in WHOLE else kind


def _named(files: Files, paths: Sequence[Path]) -> str:
    more = len(paths) - _SHOWN
    names = ", ".join(files.name(path) for path in paths[:_SHOWN])
    return names + (f" and {more} more" if more > 0 else "")
