"""Columns that stand in the names of folders, as ``month=2020-01``."""

from __future__ import annotations

import re
from collections.abc import Collection
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
        Columns that the folders of some files name, and those of others do not.

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
        without = [path for path, each in zip(files.paths, named, strict=True) if key not in each]
        if without:
            faults.append(
                Violation(
                    key,
                    f"every file in a folder {key}=...",
                    f"{files.name(without[0])} outside of one",
                    "move the file, or name the files to read",
                )
            )
        values = {each[key] for each in named if each.get(key) is not None}
        whole = bool(values) and all(_is_whole(value) for value in values if value is not None)
        kind = "BIGINT" if whole else "VARCHAR"
        found[key] = Key(_cell(key, kind), kind)
    return found, faults


def _named(name: str) -> dict[str, str | None]:
    pairs = (part.partition("=") for part in PurePosixPath(name).parts[:-1] if "=" in part)
    return {
        unquote(key): None if value in ("", _NOTHING) else unquote(value)
        for key, _, value in pairs
        if key
    }


def _is_whole(value: str) -> bool:
    return re.fullmatch(DIGITS_ONLY, value) is not None and -(2**63) <= int(value) < 2**63


def _cell(key: str, kind: str) -> str:
    # A folder's name may be percent-encoded, and then so may the key be.
    pattern = literal(rf"(?:^|/)\Q{key}\E=([^/]*)/")
    written = f"url_decode(nullif(regexp_extract(file, {pattern}, 1), {literal(_NOTHING)}))"
    return f"nullif({written}, '')::{kind}"
