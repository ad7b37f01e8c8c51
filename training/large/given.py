"""Rows that were made elsewhere: Parquet with customers, cutoffs, labels and vectors."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from features.arrays import Ints, Values
from features.cells import EARLIEST, LATEST
from features.errors import CohortError, DefinitionError, StateError
from features.instants import iso
from features.kernel import Vectors
from features.shards import Shards, cells, is_text
from features.spilled import SpilledColumns
from training.large.rowfiles import CUTOFF, SLICE, RowFile, infinities, row_file
from training.snapshots import Snapshot

CUSTOMER: Final = "customer"
LABEL: Final = "label"
SLICES: Final = ("train", "stop", "calibrate", "test")

_SHOWN: Final = 8
_HEADS: Final = (CUSTOMER, CUTOFF, LABEL)
_LARGEST: Final = 2**63 - 1


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
        Folders may name ``cutoff`` and ``slice``, as ``cutoff=2020-01-31``.
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
    files = [row_file(folder, path) for path in paths]
    names = {*_HEADS, SLICE, *features}
    _require(folder, [fault for each in files for fault in each.faults(names)])
    _require(folder, [*_misfits(files, features)])
    filled = [each for each in files if each.rows]
    if not filled:
        raise CohortError(f"{folder}: all {len(paths)} files are empty; there is nothing to learn")
    numbers = {name for name, is_words in features.items() if not is_words}
    _require(folder, [fault for each in filled for fault in infinities(each, numbers)])
    slices = SLICE in files[0].schema.names
    heads = [_head(folder, each, slices) for each in filled]
    customers = np.concatenate([each[CUSTOMER] for each in heads])
    cutoffs = np.concatenate([each[CUTOFF] for each in heads])
    _refuse_twins(folder, customers, cutoffs)
    shards = Shards(tuple(group for each in filled for group in each.groups()))
    vectors = Vectors(customers, cutoffs, SpilledColumns(shards, features))
    rows = Snapshot(vectors, np.concatenate([each[LABEL] for each in heads]))
    named = np.concatenate([each[SLICE] for each in heads]) if slices else None
    return Given(rows, {} if named is None else _by_cutoff(folder, cutoffs, named))


def _require(folder: Path, faults: Sequence[str]) -> None:
    if faults:
        more = [f"and {len(faults) - _SHOWN} more"] if len(faults) > _SHOWN else []
        raise DefinitionError(f"rows of {folder}", [*faults[:_SHOWN], *more])


def _misfits(files: Sequence[RowFile], features: Mapping[str, bool]) -> Iterator[str]:
    kinds = {True: "texts", False: "numbers"}
    head = files[0].schema
    for file in files:
        schema = file.schema
        for name in _HEADS:
            if name not in schema.names:
                yield f"{file.name} lacks the column '{name}'"
            elif (said := _head_fault(name, schema.field(name).type, head)) is not None:
                yield f"{file.name}: {said}"
        if (SLICE in schema.names) != (SLICE in head.names):
            yield f"{file.name}: the column '{SLICE}' is in some files and not in others"
        for name, text in features.items():
            if name not in schema.names:
                yield f"{file.name} lacks the feature '{name}'"
                continue
            kind = schema.field(name).type
            if is_text(kind) != text or not (text or _is_number(kind)):
                remedy = "; cast it to double" if pa.types.is_decimal(kind) and not text else ""
                yield f"{file.name}: feature '{name}' must hold {kinds[text]}, came {kind}{remedy}"


def _head_fault(name: str, kind: Any, head: pa.Schema) -> str | None:
    whole, text = pa.types.is_integer(kind), is_text(kind)
    if name == CUSTOMER:
        first = head.field(name).type if name in head.names else kind
        if not (whole or text):
            remedy = f"cast it to texts, or to int64 where ids are at most {_LARGEST}"
            return f"'{name}' must hold whole numbers or texts, came {kind}; {remedy}"
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


def _head(folder: Path, file: RowFile, slices: bool) -> dict[str, Values]:
    """Read what is held of the rows of a file: whose, when, what came of it."""
    table = file.read([*_HEADS, *([SLICE] if slices else [])])
    faults = [
        f"{file.name}: '{name}' is null in row {_first(pc.is_null(column)) + 1}"
        for name in table.column_names
        for column in (table.column(name),)
        if column.null_count
    ]
    _require(folder, faults)
    label = cells(table.column(LABEL))
    odd = np.flatnonzero((label != 0) & (label != 1))
    if len(odd):
        came = f"came {label[odd[0]]:g} in row {odd[0] + 1}"
        _require(folder, [f"{file.name}: '{LABEL}' must be true and false, or 1 and 0, {came}"])
    cutoff = _cutoffs(folder, file, table.column(CUTOFF))
    found = {CUSTOMER: _customers(folder, file, table), CUTOFF: cutoff, LABEL: label == 1}
    return found | ({SLICE: cells(table.column(SLICE))} if slices else {})


def _customers(folder: Path, file: RowFile, table: pa.Table) -> Values:
    found = table.column(CUSTOMER)
    if is_text(found.type):
        return cells(found)
    if pa.types.is_uint64(found.type):
        big = pc.greater(found, pa.scalar(_LARGEST, pa.uint64()))
        if pc.any(big).as_py():
            row = _first(big)
            fault = (
                f"{file.name}: '{CUSTOMER}' must be at most {_LARGEST}, came {found[row]} in row "
                f"{row + 1}; write such ids as texts, in all files"
            )
            raise DefinitionError(f"rows of {folder}", [fault])
    whole: Values = found.cast(pa.int64()).to_numpy()
    return whole


def _cutoffs(folder: Path, file: RowFile, column: pa.ChunkedArray) -> Ints:
    zone = column.type.tz if pa.types.is_timestamp(column.type) else None
    asked = "must hold times of whole microseconds of the years 1000 to 2999"
    fault = f"{file.name}: '{CUTOFF}' {asked}"
    try:
        found: Ints = column.cast(pa.timestamp("us", zone)).cast(pa.int64()).to_numpy()
    except pa.ArrowInvalid as error:
        raise DefinitionError(f"rows of {folder}", [f"{fault}: {error}; round them"]) from None
    beyond = np.flatnonzero((found < EARLIEST) | (found >= LATEST))
    if len(beyond):
        came = f"came {np.datetime64(int(found[beyond[0]]), 'us')} in row {beyond[0] + 1}"
        remedy = "leave such rows out, or write their times in the right unit"
        raise DefinitionError(f"rows of {folder}", [f"{fault}, {came}; {remedy}"])
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
