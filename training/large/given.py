"""Rows that were made elsewhere: Parquet with customers, cutoffs, labels and vectors."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from features.arrays import Ints, Values
from features.errors import CohortError, DefinitionError, StateError
from features.instants import iso
from features.kernel import Vectors
from features.shards import Shards, cells, groups_of, is_text
from features.spilled import SpilledColumns
from training.snapshots import Snapshot

CUSTOMER: Final = "customer"
CUTOFF: Final = "cutoff"
LABEL: Final = "label"
SLICE: Final = "slice"
SLICES: Final = ("train", "stop", "calibrate", "test")

_SHOWN: Final = 8
_HEADS: Final = (CUSTOMER, CUTOFF, LABEL)


@dataclass(frozen=True, eq=False)
class Given:
    """Rows of a folder.

    Parameters
    ----------
    rows : Snapshot
        Whose vectors lie in the files.
    slices : mapping of int to str
        Slice of each cutoff, where the folder says so; else empty.
    """

    rows: Snapshot
    slices: Mapping[int, str]


def given(folder: Path, features: Mapping[str, bool]) -> Given:
    """Open a folder of rows, and hold every file to the columns that a model needs.

    Parameters
    ----------
    folder : Path
        Parquet files, also in folders below it, in the order of their paths. Columns: ``customer``
        (whole numbers or texts), ``cutoff`` (a time, UTC), ``label`` (true and false, or 1 and 0),
        the features, and ``slice`` if the cutoffs are to be split as it says. Others are not read.
    features : mapping of str to bool
        Columns that must be there, and whether each holds texts.

    Returns
    -------
    Given

    Raises
    ------
    StateError
        When there are no files, or one is no Parquet.
    DefinitionError
        With every file whose columns are missing or of another type, and with rows that have no
        label, no customer or no cutoff, or are there twice.
    CohortError
        When all files are empty.
    """
    paths = sorted(
        path for path in folder.rglob("*.parquet") if not path.name.startswith((".", "_"))
    )
    if not paths:
        raise StateError(
            f"{folder} holds no Parquet files; expected rows with {', '.join(_HEADS)} and the "
            "features, in files that end in .parquet"
        )
    schemas = {path: _schema(path) for path in paths}
    names = {*_HEADS, SLICE, *features}
    if faults := [*_foldered(folder, schemas, names), *_misfits(schemas, features)]:
        more = [f"and {len(faults) - _SHOWN} more"] if len(faults) > _SHOWN else []
        raise DefinitionError(f"rows of {folder}", faults[:_SHOWN] + more)
    filled = [path for path in paths if pq.read_metadata(path).num_rows]
    if not filled:
        raise CohortError(f"{folder}: all {len(paths)} files are empty; there is nothing to learn")
    slices = SLICE in schemas[paths[0]].names
    heads = [_head(path, slices) for path in filled]
    customers = np.concatenate([each[CUSTOMER] for each in heads])
    cutoffs = np.concatenate([each[CUTOFF] for each in heads])
    _refuse_twins(folder, customers, cutoffs)
    shards = Shards(tuple(group for path in filled for group in groups_of(path)))
    vectors = Vectors(customers, cutoffs, SpilledColumns(shards, features))
    rows = Snapshot(vectors, np.concatenate([each[LABEL] for each in heads]))
    named = np.concatenate([each[SLICE] for each in heads]) if slices else None
    return Given(rows, {} if named is None else _by_cutoff(folder, cutoffs, named))


def _schema(path: Path) -> pa.Schema:
    try:
        return pq.read_schema(path)
    except (OSError, pa.ArrowException) as error:
        raise StateError(
            f"{path} cannot be read as Parquet: {error}; was it written whole?"
        ) from error


def _foldered(
    folder: Path, schemas: Mapping[Path, pa.Schema], names: AbstractSet[str]
) -> Iterator[str]:
    """Find columns that stand in the names of folders, as ``slice=test``, and not in the files."""
    for path, schema in schemas.items():
        for part in path.relative_to(folder).parts[:-1]:
            name, sign, _ = part.partition("=")
            if sign and name in names and name not in schema.names:
                yield (
                    f"'{name}' stands in the name of the folder '{part}', which is not read; "
                    f"write it as a column of {path.name} too"
                )


def _misfits(schemas: Mapping[Path, pa.Schema], features: Mapping[str, bool]) -> Iterator[str]:
    kinds = {True: "texts", False: "numbers"}
    head = next(iter(schemas.values()))
    for path, schema in schemas.items():
        for name in _HEADS:
            if name not in schema.names:
                yield f"{path.name} lacks the column '{name}'"
            elif (said := _head_fault(name, schema.field(name).type, head)) is not None:
                yield f"{path.name}: {said}"
        if (SLICE in schema.names) != (SLICE in head.names):
            yield f"{path.name}: the column '{SLICE}' is in some files and not in others"
        for name, text in features.items():
            if name not in schema.names:
                yield f"{path.name} lacks the feature '{name}'"
                continue
            kind = schema.field(name).type
            if is_text(kind) != text or not (text or _is_number(kind)):
                yield f"{path.name}: feature '{name}' must hold {kinds[text]}, came {kind}"


def _head_fault(name: str, kind: Any, head: pa.Schema) -> str | None:
    whole, text = pa.types.is_integer(kind), is_text(kind)
    if name == CUSTOMER:
        first = head.field(name).type if name in head.names else kind
        if not (whole or text):
            return f"'{name}' must hold whole numbers or texts, came {kind}"
        if is_text(first) != text:
            return f"'{name}' came as {kind}, and as {first} in the first file"
    if name == CUTOFF and not (pa.types.is_timestamp(kind) or pa.types.is_date(kind)):
        return f"'{name}' must hold times or dates, came {kind}"
    if name == LABEL and not (whole or pa.types.is_boolean(kind) or pa.types.is_floating(kind)):
        return f"'{name}' must be true and false, or 1 and 0, came {kind}"
    return None


def _is_number(kind: Any) -> bool:
    types = pa.types
    return bool(types.is_integer(kind) or types.is_floating(kind) or types.is_boolean(kind))


def _head(path: Path, slices: bool) -> dict[str, Values]:
    """Read what is held of the rows of a file: whose, when, what came of it."""
    table = pq.read_table(path, columns=[*_HEADS, *([SLICE] if slices else [])], partitioning=None)
    faults = [
        f"{path.name}: '{name}' is null in row {_first(pc.is_null(column)) + 1}"
        for name in table.column_names
        for column in (table.column(name),)
        if column.null_count
    ]
    if faults:
        raise DefinitionError(f"rows of {path.parent}", faults)
    label = cells(table.column(LABEL))
    odd = np.flatnonzero((label != 0) & (label != 1))
    if len(odd):
        came = f"came {label[odd[0]]:g} in row {odd[0] + 1}"
        fault = f"{path.name}: '{LABEL}' must be true and false, or 1 and 0, {came}"
        raise DefinitionError(f"rows of {path.parent}", [fault])
    customer = table.column(CUSTOMER)
    found = {
        CUSTOMER: cells(customer)
        if is_text(customer.type)
        else customer.cast(pa.int64()).to_numpy(),
        CUTOFF: table.column(CUTOFF).cast(pa.timestamp("us")).cast(pa.int64()).to_numpy()
        if not pa.types.is_timestamp(table.schema.field(CUTOFF).type)
        else _micros(table.column(CUTOFF)),
        LABEL: label == 1,
    }
    return found | ({SLICE: cells(table.column(SLICE))} if slices else {})


def _micros(column: pa.ChunkedArray) -> Ints:
    found: Ints = column.cast(pa.timestamp("us", column.type.tz)).cast(pa.int64()).to_numpy()
    return found


def _first(mask: Any) -> int:
    return int(np.argmax(mask.to_numpy()))


def _refuse_twins(folder: Path, customers: Values, cutoffs: Ints) -> None:
    codes = np.unique(customers, return_inverse=True)[1]
    order = np.lexsort((cutoffs, codes))
    same = (np.diff(codes[order]) == 0) & (np.diff(cutoffs[order]) == 0)
    if same.any():
        twin = order[int(np.argmax(same))]
        raise DefinitionError(
            f"rows of {folder}",
            [
                f"{int(same.sum()):,} rows are there twice, such as customer "
                f"{customers[twin]} at {iso(int(cutoffs[twin]))}; write each once"
            ],
        )


def _by_cutoff(folder: Path, cutoffs: Ints, named: Values) -> dict[int, str]:
    """Return the slice of each cutoff."""
    found: dict[int, str] = {}
    faults = [
        f"'{SLICE}' must be one of {', '.join(SLICES)}, came {name!r}"
        for name in sorted({*named.tolist()} - {*SLICES}, key=str)
    ]
    for cutoff in np.unique(cutoffs).tolist():
        names = sorted({*named[cutoffs == cutoff].tolist()})
        if len(names) > 1:
            faults.append(f"the cutoff {iso(cutoff)} is in the slices {' and '.join(names)}")
        found[cutoff] = names[0]
    faults += _missing(found)
    if faults:
        raise DefinitionError(f"rows of {folder}", faults)
    return found


def _missing(found: Mapping[int, str]) -> Sequence[str]:
    return [f"no row is in the slice '{name}'" for name in SLICES if name not in found.values()]
