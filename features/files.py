"""The files of a source: which they are, and how messages call them."""

from __future__ import annotations

import os
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import takewhile
from pathlib import Path
from typing import Final

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
        mark of a glob, or the common folder of a list. While its own name is that of a column, as
        ``month=2020-01``, the folder above it.
    label : str
        The source in words.
    rows : (int, int) or None
        Of a single Parquet file, the first row to read, from 0, and the one after the last; None
        for all.
    """

    paths: tuple[Path, ...]
    root: Path
    label: str
    rows: tuple[int, int] | None = None

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
        Files, folders or globs. A folder is read whole. Only what lies in or below a name that
        begins with ``_`` or ``.`` is left out, as in other readers of such folders: so begin the
        names of unfinished work.

    Raises
    ------
    StateError
        With everything that is not there, and what is there instead.
    DefinitionError
        When a file is neither Parquet nor CSV by its name, files are of both formats, a file is
        named twice, or something that is there would not be read: a link to a folder, or a folder
        that a glob matches without the files in it.
    """
    if isinstance(source, str | os.PathLike):
        root, found = _found(os.fspath(source))
        label = os.fspath(source)
    else:
        root, found = _listed([os.fspath(each) for each in source])
        label = f"{len(found)} files in {root}" if len(found) > 1 else str(found[0])
    _refuse_mixed(label, found)
    _refuse_twins(found)
    while "=" in root.name:
        root = root.parent
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
    return Path(os.path.commonpath([each.parent for each in found])), found


def _found(source: str) -> tuple[Path, list[Path]]:
    path = Path(source)
    if path.is_file():
        return path.parent, [path]
    if path.is_dir():
        below = _visible(path, path.rglob("*"))
        _refuse_unread(source, _links_outward(path, below))
        found = [each for each in below if not each.is_dir()]
        if not any(_is_table(each) for each in found):
            raise StateError(
                f"no table is there: expected Parquet or CSV files below the folder {source}, "
                f"which holds {_held(path)}"
            )
        return path, found
    if any(mark in source for mark in _GLOB):
        return _matched(source, path)
    begins = "" if path.is_absolute() else f" (a relative path begins where you are: {Path.cwd()})"
    raise StateError(
        f"no table is there: expected a Parquet or CSV file, folder or glob at {source}{begins}"
    )


def _matched(source: str, path: Path) -> tuple[Path, list[Path]]:
    leading = takewhile(lambda part: not any(mark in part for mark in _GLOB), path.parts)
    root = Path(*leading)
    found = _visible(root, root.glob(str(path.relative_to(root))))
    _refuse_unread(source, _folders_alone(found))
    if "**" in path.parts:
        _refuse_unread(source, _links_outward(root, _visible(root, root.rglob("*"))))
    matched = [each for each in found if not each.is_dir()]
    if not matched:
        raise StateError(
            f"no table is there: no file matches {source}; "
            + (f"{root} holds {_held(root)}" if root.is_dir() else f"there is no folder {root}")
        )
    return root, matched


def _is_table(path: Path) -> bool:
    return path.name.lower().endswith(PARQUET + CSV)


def _links_outward(root: Path, below: Iterable[Path]) -> list[Path]:
    """Return the links to folders elsewhere: no search below a folder goes through a link."""
    links = (each for each in below if each.is_symlink() and each.is_dir())
    return [each for each in links if not each.resolve().is_relative_to(root.resolve())]


def _folders_alone(found: Sequence[Path]) -> list[Path]:
    """Return the folders that a glob matches without what is in them, which ``**/*`` does."""
    every = set(found)
    folders = (each for each in found if each.is_dir())
    return [each for each in folders if not every.issuperset(_visible(each, each.iterdir()))]


def _refuse_unread(source: str, unread: Sequence[Path]) -> None:
    if unread:
        what = "a link to a folder" if unread[0].is_symlink() else "a folder"
        raise DefinitionError(
            "source",
            [
                f"{source}: {unread[0]} is {what}, and what is in it would not be read; name the "
                f"folders in a list, or the files by a glob such as {unread[0]}/*.parquet"
            ],
        )


def _refuse_mixed(label: str, found: Sequence[Path]) -> None:
    out = "move them, begin their names with _ or ., or name the files to read by a glob"
    if odd := [each for each in found if not _is_table(each)]:
        raise DefinitionError(
            "source",
            [
                f"{label}: expected files that end in {', '.join(PARQUET + CSV)}, came "
                f"{_listing(odd)}; write them in one of these formats, or {out}"
            ],
        )
    texts = [each for each in found if each.name.lower().endswith(CSV)]
    if texts and len(texts) < len(found):
        others = [each for each in found if each not in texts]
        raise DefinitionError(
            "source",
            [
                f"{label}: expected files of one format, got {_listing(texts)} and "
                f"{_listing(others)}; write all in one format, or {out}"
            ],
        )


def _refuse_twins(found: Sequence[Path]) -> None:
    real: dict[Path, Path] = {}
    for each in found:
        first = real.setdefault(each.resolve(), each)
        if first is not each:
            also = "" if first == each else f", as {first} too"
            fault = f"{each} is named twice{also}, and its rows would count twice; name it once"
            raise DefinitionError("source", [fault])


def _visible(root: Path, found: Iterable[Path]) -> list[Path]:
    return sorted(
        each
        for each in found
        if not any(part.startswith(("_", ".")) for part in each.relative_to(root).parts)
    )


def _held(folder: Path) -> str:
    names = sorted(f"{each.name}/" if each.is_dir() else each.name for each in folder.iterdir())
    return _listing(names) or "nothing"


def _listing(names: Sequence[object]) -> str:
    more = len(names) - _SHOWN
    return ", ".join(map(str, names[:_SHOWN])) + (f" and {more} more" if more > 0 else "")
