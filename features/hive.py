"""Columns that stand in the names of folders, as ``month=2020-01``."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Sequence
from pathlib import PurePosixPath
from typing import Final, NamedTuple
from urllib.parse import unquote

from features.columns import DIGITS_ONLY
from features.connection import literal
from features.errors import Violation
from features.files import Files

_NOTHING: Final = "__HIVE_DEFAULT_PARTITION__"


class Key(NamedTuple):
    """A column that folder names hold.

    Parameters
    ----------
    cell : str
        SQL expression of its cells, from the column ``file`` with the name below the root.
    kind : str
        ``BIGINT`` when every value is a whole number as it would be printed, else ``VARCHAR``.
    """

    cell: str
    kind: str


def keys_of(files: Files, wanted: Collection[str]) -> tuple[dict[str, Key], list[Violation]]:
    """Find the columns that the folders below the root of a source name.

    Parameters
    ----------
    files : Files
        The source.
    wanted : collection of str
        Columns to look for.

    Returns
    -------
    dict of str to Key
        By column, in the order of the folders.
    list of Violation
        Columns that the folders of some files name, and those of others do not; columns that the
        folders of one file name twice.

    Examples
    --------
    >>> from pathlib import Path
    >>> files = Files((Path("sales/year=2020/a.parquet"),), Path("sales"), "sales")
    >>> keys_of(files, ["year"])[0]["year"].kind
    'BIGINT'
    """
    named = [_named(files.name(path)) for path in files.paths]
    keys = [key for key in dict.fromkeys(key for each in named for key in each) if key in wanted]
    found, faults = {}, []
    for key in keys:
        faults += _disagreement(files, key, [len(each.get(key, ())) for each in named])
        parts = [part for each in named for part in each.get(key, ())]
        values = [part.value for part in parts if part.value is not None]
        kind = "BIGINT" if values and all(map(_is_whole, values)) else "VARCHAR"
        found[key] = Key(_cell(dict.fromkeys(part.key for part in parts), kind), kind)
    return found, faults


class _Part(NamedTuple):
    """A folder's name: its key as it is written there, and its value in plain letters."""

    key: str
    value: str | None


def _named(name: str) -> dict[str, list[_Part]]:
    found: dict[str, list[_Part]] = {}
    for part in PurePosixPath(name).parts[:-1]:
        key, _, value = part.partition("=")
        if key and key != part:
            plain = None if value in ("", _NOTHING) else _plain(value)
            found.setdefault(_plain(key), []).append(_Part(key, plain))
    return found


def _plain(written: str) -> str:
    try:
        return unquote(written, errors="strict")
    except UnicodeDecodeError:
        return written


def _disagreement(files: Files, key: str, many: Sequence[int]) -> list[Violation]:
    for path, times in zip(files.paths, many, strict=True):
        if times == 1:
            continue
        place = f"two above {files.name(path)}" if times else f"{files.name(path)} outside of one"
        remedy = "rename one of them" if times else "move the file, or name the files to read"
        return [Violation(key, f"every file in a folder {key}=...", place, remedy)]
    return []


def _is_whole(value: str) -> bool:
    return re.fullmatch(DIGITS_ONLY, value) is not None and -(2**63) <= int(value) < 2**63


def _cell(keys: Iterable[str], kind: str) -> str:
    # A folder's name may be percent-encoded, and then so may the key be; not all need be.
    written = "|".join(rf"\Q{key}\E" for key in keys)
    found = f"regexp_extract(file, {literal(f'(?:^|/)(?:{written})=([^/]*)/')}, 1)"
    value = f"nullif({found}, {literal(_NOTHING)})"
    # What is encoded in other letters than UTF-8 stays as it is written.
    return f"nullif(coalesce(TRY(url_decode({value})), {value}), '')::{kind}"
