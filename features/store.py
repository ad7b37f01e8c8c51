"""Vectors that are kept: Parquet by cutoff, and a manifest that says what they were made from."""

from __future__ import annotations

import fcntl
import hashlib
import json
import os
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Final

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from features.arrays import Values
from features.carriers.joined import Content
from features.catalogue import Catalogue
from features.errors import StateError
from features.instants import instant, iso
from features.kernel import Vectors
from features.tables import Table, table_from_json
from features.taught import Taught
from features.whole import whole_file

MANIFEST: Final = "store.json"
_FORMAT: Final = 1


@dataclass(frozen=True)
class Kept:
    """The vectors of one cutoff.

    Parameters
    ----------
    file : str
        Below the folder of the store; customers ascend.
    rows : int
        Customers.
    sha256 : str
        Of the file.
    """

    file: str
    rows: int
    sha256: str


@dataclass(frozen=True)
class Store:
    """Vectors of everyone at some cutoffs.

    Parameters
    ----------
    folder : Path
        Where they lie.
    catalogue : Catalogue
        Their columns.
    tables : tuple of Table
        Contracts of the tables they were made from.
    contents : mapping of str to Content
        What those tables held.
    ids : str
        DuckDB type of customer ids.
    kept : mapping of int to Kept
        By cutoff in UTC microseconds, ascending.
    taught : Taught or None
        How features that learn from data were fitted; None when none does.
    """

    folder: Path
    catalogue: Catalogue
    tables: tuple[Table, ...]
    contents: Mapping[str, Content]
    ids: str
    kept: Mapping[int, Kept]
    taught: Taught | None = None

    @property
    def cutoffs(self) -> tuple[int, ...]:
        """Cutoffs in UTC microseconds, ascending."""
        return tuple(self.kept)

    def vectors(self, cutoff: int) -> Vectors:
        """Read the vectors of a cutoff.

        Raises
        ------
        StateError
            When the store has no such cutoff, or its file is missing or was changed.
        """
        kept = self.kept.get(cutoff)
        if kept is None:
            has = ", ".join(map(iso, self.kept)) or "none"
            raise StateError(f"{self.folder} holds no vectors as of {iso(cutoff)}; it has {has}")
        path = self.folder / kept.file
        if not path.is_file() or _sha256(path) != kept.sha256:
            raise StateError(f"{path} is missing or was changed; make the store anew")
        held = pq.read_table(path, partitioning=None)
        columns = {name: _array(held[name]) for name in self.catalogue.names}
        return Vectors(
            _array(held["customer"]), np.full(len(held), cutoff, dtype=np.int64), columns
        )

    def customers(self) -> Values:
        """Return everyone in the store, ascending: the same at every cutoff."""
        first = next(iter(self.kept.values()))
        path = self.folder / first.file
        return _array(pq.read_table(path, columns=["customer"], partitioning=None)["customer"])


def read_store(folder: str | os.PathLike[str]) -> Store:
    """Open a store.

    Raises
    ------
    StateError
        When there is none in the folder, or it is of a format that is not known.
    """
    path = Path(folder) / MANIFEST
    try:
        held = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise StateError(f"{folder} is no store of vectors: expected a file {path}") from error
    if held.get("format") != _FORMAT:
        raise StateError(
            f"{path} is of format {held.get('format')}, expected {_FORMAT}; make the store anew"
        )
    return Store(
        Path(folder),
        Catalogue.from_json(held["catalogue"]),
        tuple(table_from_json(each) for each in held["tables"]),
        {name: Content(rows, int(digest, 16)) for name, (rows, digest) in held["contents"].items()},
        held["ids"],
        {instant(at): Kept(**each) for at, each in held["cutoffs"].items()},
        Taught.from_json(held["taught"]) if "taught" in held else None,
    )


def write_store(store: Store) -> None:
    """Write the manifest, which makes what it names the content of the store.

    Files that it no longer names are removed after it.
    """
    value: dict[str, Any] = {
        "format": _FORMAT,
        "ids": store.ids,
        "contents": {
            name: (each.rows, f"{each.digest:016x}") for name, each in store.contents.items()
        },
        "cutoffs": {iso(at): vars(each) for at, each in sorted(store.kept.items())},
        "tables": [table.to_json() for table in store.tables],
        "catalogue": store.catalogue.to_json(),
    }
    if store.taught is not None:
        value["taught"] = store.taught.to_json()
    with whole_file(store.folder / MANIFEST) as partial:
        partial.write_text(json.dumps(value, indent=1), encoding="utf-8")
    named = {store.folder / each.file for each in store.kept.values()}
    for path in store.folder.glob("cutoff=*/*.parquet"):
        if path not in named:
            path.unlink()


def with_vectors(store: Store, cutoff: int, found: Vectors) -> Store:
    """Write the vectors of a cutoff to a new file, and return the store that names it."""
    order = np.argsort(found.customers, kind="stable")
    texts = set(store.catalogue.texts(store.tables))
    columns = {"customer": _cells(found.customers[order], found.customers.dtype == object)}
    columns["cutoff"] = pa.array(np.full(len(order), cutoff), pa.timestamp("us", "UTC"))
    columns |= {
        name: _cells(values[order], name in texts) for name, values in found.columns.items()
    }
    folder = store.folder / f"cutoff={iso(cutoff).replace(':', '')}"
    count = sum(1 for _ in folder.glob("vectors-*.parquet")) if folder.is_dir() else 0
    taken = store.kept.get(cutoff)
    last = int(Path(taken.file).stem.partition("-")[2]) if taken else 0
    path = folder / f"vectors-{max(count, last) + 1}.parquet"
    with whole_file(path) as partial:
        pq.write_table(pa.table(columns), partial)
    kept = Kept(str(path.relative_to(store.folder)), len(order), _sha256(path))
    return replace(store, kept=dict(sorted({**store.kept, cutoff: kept}.items())))


@contextmanager
def held_alone(folder: Path) -> Iterator[None]:
    """Hold a store against a second writer.

    Raises
    ------
    StateError
        When another process is writing to it.
    """
    handle = os.open(folder, os.O_RDONLY)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        yield
    except BlockingIOError as error:
        raise StateError(
            f"{folder} is being written by another process; wait until it is done"
        ) from error
    finally:
        os.close(handle)


def merged(held: Vectors, fresh: Sequence[Vectors]) -> Vectors:
    """Return vectors of one cutoff with those of some customers replaced, or added."""
    both = Vectors.concat([held, *fresh])
    # The last of equal customers is the freshest.
    _, last = np.unique(both.customers[::-1], return_index=True)
    return both.take(len(both) - 1 - last)


def _cells(values: Values, text: bool) -> pa.Array:
    return pa.array(values.tolist(), pa.string()) if text else pa.array(values)


def _array(cells: pa.ChunkedArray) -> Values:
    if pa.types.is_string(cells.type):
        return np.array(cells.to_pylist(), dtype=object)
    return np.ascontiguousarray(cells.to_numpy())


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
