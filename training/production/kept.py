"""The scores of a run, kept so that a later model can be compared with it on the same rows.

No customer stands in the file: each is a code, keyed by a secret of the folder of runs. So codes of
two runs agree, and nobody without the secret can find a customer by trying ids.
"""

from __future__ import annotations

import hashlib
import os
import secrets
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from features.arrays import Bools, Floats, Ints, Values
from features.errors import StateError

SCORES: Final = "scores.parquet"
"""Artifact of a run that holds them."""

KEY: Final = "customers.key"
"""File of the folder of runs that holds the secret."""


@dataclass(frozen=True, eq=False)
class Kept:
    """Scores of the test rows of one run.

    Parameters
    ----------
    customers : (n,) int64
        Code of each customer.
    cutoffs : (n,) int64
        UTC microseconds.
    label : (n,) bool
        What came.
    scores : (n,) float64
        Probabilities of the model.
    rival : (n,) float64
        Probabilities of the champion of that time for the same rows; NaN where there is none, or
        where the champion had learnt from what came.
    champion : str
        Digest of the champion's bundle; empty when there was none.
    why_not : str
        Why the champion scored no row; empty when it did, or there was none.
    calibrate : (m,) float64
        Probabilities of the rows that calibrated the model.
    served : (n,) bool
        Rows scored by the model that serves; the others by its like, where customers are split.
    rows : (n,) int64 or None
        Code of each row of a ready-made table, of which a customer may have several at one cutoff.
        None where customer and cutoff tell the row, and in the files of older versions.
    """

    customers: Ints
    cutoffs: Ints
    label: Bools
    scores: Floats
    rival: Floats
    champion: str = ""
    why_not: str = ""
    calibrate: Floats = field(default_factory=lambda: np.empty(0))
    served: Bools | None = None
    rows: Ints | None = None

    def __len__(self) -> int:
        return len(self.label)


def write_kept(path: Path, kept: Kept) -> None:
    """Write scores as Parquet, the rows that calibrated after those of the test slice."""
    tested, more = len(kept), len(kept.calibrate)
    blank = [None] * more
    served = np.ones(tested, dtype=bool) if kept.served is None else kept.served
    table = pa.table(
        {
            "slice": pa.array(["test"] * tested + ["calibrate"] * more).dictionary_encode(),
            "customer": pa.array([*kept.customers.tolist(), *blank], pa.int64()),
            "cutoff": pa.array([*kept.cutoffs.tolist(), *blank], pa.timestamp("us", "UTC")),
            "label": pa.array([*kept.label.tolist(), *blank], pa.bool_()),
            "score": pa.array(np.concatenate([kept.scores, kept.calibrate])),
            "champion": pa.array(
                np.concatenate([kept.rival, np.full(more, np.nan)]), from_pandas=True
            ),
            "served": pa.array([*served.tolist(), *[True] * more]),
        }
    )
    if kept.rows is not None:
        table = table.append_column("row", pa.array([*kept.rows.tolist(), *blank], pa.int64()))
    told = {"champion": kept.champion, "why_not": kept.why_not}
    pq.write_table(table.replace_schema_metadata(told), path, compression="zstd")


def read_kept(path: Path) -> Kept:
    """Read back what `write_kept` wrote.

    Raises
    ------
    StateError
        When the file holds no such table.
    """
    try:
        table = pq.read_table(path)
        held = table.schema.metadata or {}
        told = {key.decode(): each.decode() for key, each in held.items()}
        tested = np.array([each == "test" for each in table.column("slice").to_pylist()])
        scores, test = table.column("score").to_numpy(), table.filter(pa.array(tested))
        return Kept(
            customers=test.column("customer").to_numpy(),
            cutoffs=test.column("cutoff").cast(pa.int64()).to_numpy(),
            label=test.column("label").to_numpy(),
            scores=scores[tested],
            rival=np.asarray(test.column("champion").to_numpy(), dtype=np.float64),
            champion=told["champion"],
            why_not=told["why_not"],
            calibrate=scores[~tested],
            served=test.column("served").to_numpy(),
            rows=test.column("row").to_numpy() if "row" in test.column_names else None,
        )
    except (KeyError, ValueError, OSError) as error:
        raise StateError(
            f"{path} should hold the scores of a run, came {error}; restore it, or train again"
        ) from None


def codes(customers: Values, key: bytes) -> Ints:
    """Return a code for each customer, the same in every run that has the key.

    Parameters
    ----------
    customers : (n,) int64 or object
        Ids.
    key : bytes
        As `secret` returns it.

    Returns
    -------
    (n,) int64

    Examples
    --------
    >>> codes(np.array([7, 8, 7]), b"k").tolist() == codes(np.array([7, 8, 7]), b"k").tolist()
    True
    >>> bool(codes(np.array([7]), b"k")[0] == codes(np.array(["7"], dtype=object), b"k")[0])
    False
    """
    ids, places = np.unique(np.asarray(customers), return_inverse=True)
    coded = [
        hashlib.blake2b(repr(each).encode(), digest_size=8, key=key).digest()
        for each in ids.tolist()
    ]
    found: Ints = np.frombuffer(b"".join(coded), dtype="<i8").astype(np.int64)[places]
    return found


def secret(mlruns: Path) -> bytes:
    """Return the secret of a folder of runs, which is made when it is not there yet.

    Raises
    ------
    StateError
        When the file is empty.
    """
    path = mlruns / KEY
    mlruns.mkdir(parents=True, exist_ok=True)
    if not path.exists():
        draft = mlruns / f".{KEY}.{secrets.token_hex(4)}"
        handle = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        try:
            os.write(handle, secrets.token_bytes(32))
            os.fsync(handle)
        finally:
            os.close(handle)
        # Another training may be first; then its secret holds.
        with suppress(FileExistsError):
            path.hardlink_to(draft)
        draft.unlink()
    found = path.read_bytes()
    if not found:
        raise StateError(f"{path} is empty; move it away, and scores kept before cannot be joined")
    return found
