"""The files of a source: which they are, and how messages call them."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from features.errors import DefinitionError, StateError

PARQUET: Final = (".parquet", ".pq")
CSV: Final = (".csv", ".tsv", ".txt", ".csv.gz", ".tsv.gz")
_GLOB: Final = "*?["
_SHOWN: Final = 5


@dataclass(frozen=True)
class Files:
    """The files of one source, all of one format.

    Parameters
    ----------
    paths : tuple of Path
        Sorted, each once; in the order given when they were listed.
    root : Path
        Folder that all of them lie below: the folder of the source, what stands before the first
        mark of a glob, or the common folder of a list.
    label : str
        The source in words.
    """

    paths: tuple[Path, ...]
    root: Path
    label: str

    @property
    def texts(self) -> bool:
        """Whether they are CSV, where every cell is text."""
        return self.paths[0].name.lower().endswith(CSV)

    @property
    def prefix(self) -> str:
        """What every path begins with, before its name below the root."""
        return "" if str(self.root) == "." else f"{str(self.root).rstrip('/')}/"

    def name(self, path: Path) -> str:
        """Return a file's name below the root, as messages show it."""
        return str(path).removeprefix(self.prefix)


def files_of(source: str | os.PathLike[str] | Sequence[str | os.PathLike[str]]) -> Files:
    """Return the files of a source.

    Parameters
    ----------
    source : path, or sequence of paths
        Files, folders or globs. Below a folder Parquet goes before CSV. What lies in or below a
        name that begins with ``_`` or ``.`` is left out, as in other readers of such folders: so
        begin the names of unfinished work.

    Raises
    ------
    StateError
        With everything that is not there, and what is there instead.
    DefinitionError
        When a file is neither Parquet nor CSV by its name, files are of both formats, or a file is
        named twice.
    """
    if isinstance(source, str | os.PathLike):
        root, found = _found(os.fspath(source))
        label = os.fspath(source)
    else:
        root, found = _listed([os.fspath(each) for each in source])
        label = f"{len(found)} files in {root}" if len(found) > 1 else str(found[0])
    odd = [each for each in found if not each.name.lower().endswith(PARQUET + CSV)]
    if odd:
        ends = ", ".join(PARQUET + CSV)
        raise DefinitionError("source", [f"{odd[0]}: expected a file that ends in {ends}"])
    texts = [each for each in found if each.name.lower().endswith(CSV)]
    if texts and len(texts) < len(found):
        other = next(each for each in found if each not in texts)
        fault = f"expected files of one format, got {texts[0]} and {other}; give each a table"
        raise DefinitionError("source", [fault])
    return Files(tuple(found), root, label)


def unmarked(path: Path) -> str:
    """Return a path that DuckDB takes for itself, and not for a glob.

    Examples
    --------
    >>> unmarked(Path("sales [old].parquet"))
    'sales [[]old].parquet'
    """
    return "".join(f"[{mark}]" if mark in "*?[" else mark for mark in str(path))


def _listed(sources: Sequence[str]) -> tuple[Path, list[Path]]:
    if not sources:
        raise DefinitionError("source", ["expected at least one file, got an empty list"])
    found, absent = [], []
    for each in sources:
        try:
            found += _found(each)[1]
        except StateError as error:
            absent.append(str(error))
    if absent:
        raise StateError("\n".join(absent))
    twice = [str(each) for place, each in enumerate(found) if each in found[:place]]
    if twice:
        fault = f"{twice[0]} is named twice, and its rows would count twice; name it once"
        raise DefinitionError("source", [fault])
    return Path(os.path.commonpath([each.parent for each in found])), found


def _found(source: str) -> tuple[Path, list[Path]]:
    path = Path(source)
    if path.is_file():
        return path.parent, [path]
    if path.is_dir():
        below = _visible(path, path.rglob("*"))
        tables = [each for each in below if each.name.lower().endswith(PARQUET)]
        tables = tables or [each for each in below if each.name.lower().endswith(CSV)]
        if not tables:
            raise StateError(
                f"no table is there: expected Parquet or CSV files below the folder {source}, "
                f"which holds {_held(path)}"
            )
        return path, tables
    if any(mark in source for mark in _GLOB):
        fixed = [part for part in path.parts if not any(mark in part for mark in _GLOB)]
        root = Path(*path.parts[: _leading(path, fixed)])
        matched = _visible(root, root.glob(str(path.relative_to(root))))
        if not matched:
            raise StateError(
                f"no table is there: no file matches {source}; "
                + (f"{root} holds {_held(root)}" if root.is_dir() else f"there is no folder {root}")
            )
        return root, matched
    raise StateError(
        f"no table is there: expected a Parquet or CSV file, folder or glob at {source}"
    )


def _leading(path: Path, fixed: Sequence[str]) -> int:
    places = (place for place, part in enumerate(path.parts) if part not in fixed)
    return next(places, len(path.parts))


def _visible(root: Path, found: Any) -> list[Path]:
    return sorted(
        each
        for each in found
        if each.is_file()
        and not any(part.startswith(("_", ".")) for part in each.relative_to(root).parts)
    )


def _held(folder: Path) -> str:
    names = sorted(f"{each.name}/" if each.is_dir() else each.name for each in folder.iterdir())
    more = len(names) - _SHOWN
    return ", ".join(names[:_SHOWN]) + (f" and {more} more" if more > 0 else "") or "nothing"
