"""Boosted trees fitted by processes of Dask, each with its share of the rows.

LightGBM's own interface does the work: every process cuts its rows into bins, and the histograms
of all are summed over sockets of this machine. Bins come from the shares, so the model differs a
little from that of one process.
"""

from __future__ import annotations

import itertools
import math
import re
import warnings
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any, Final, TypeAlias

import lightgbm
import numpy as np

from features.arrays import Floats, Ints, Values
from features.errors import CohortError, StateError
from features.kernel import Vectors
from features.schema import Schema
from features.shards import Group
from features.spilled import SpilledColumns
from training.config import Config, Params
from training.fit import Columns, Rows, lift, settings
from training.large.gather import require_dask
from training.large.matrix import Matrix

_LOOPBACK: Final = "127.0.0.1"


def fit_on_dask(
    rows: Rows,
    columns: Columns,
    params: Params,
    config: Config,
    rounds: int,
    say: Callable[[str], None],
) -> lightgbm.Booster:
    """Fit boosted trees on processes of Dask on this machine, which end with the call.

    Parameters
    ----------
    rows : Rows
        Rows that lie in files; each process reads its share of them.
    columns : Columns
        Names and kinds of the matrix columns.
    params : Params
        Hyperparameters.
    config : Config
        Seed, and the number of processes.
    rounds : int
        Trees.
    say : callable
        Told what is being done.

    Returns
    -------
    lightgbm.Booster

    Raises
    ------
    StateError
        When Dask is not installed, or one of its processes ended before its time.
    CohortError
        When there are fewer groups of rows than processes.
    """
    shares = shares_of(rows, config.large.workers)
    say(f"fitting on {len(shares)} processes of Dask")
    with _cluster(len(shares)) as client, _plain_words(len(shares)):
        booster = _fitted(client, shares, rows, columns, settings(params, config), rounds)
    if rows.kept != 1:
        # It started from the log-odds of the sample.
        lift(booster, math.log(rows.kept))
    return booster


Piece: TypeAlias = tuple[Group, Ints, dict[str, Values]]
"""Rows of a group by position, and their columns that are not in files."""


def shares_of(rows: Rows, workers: int) -> list[tuple[list[Piece], Values]]:
    """Deal the groups of rows out to processes, neighbours together, about evenly.

    Returns
    -------
    list of (list of Piece, (k,) bool)
        For each process its pieces and the outcomes of their rows.

    Raises
    ------
    CohortError
        When a process would have no rows, or outcomes of one kind only.
    """
    matrix = rows.matrix
    if not isinstance(matrix, Matrix) or not isinstance(matrix.vectors.columns, SpilledColumns):
        raise StateError("the engine dask reads rows from files, and these are in memory")
    held = matrix.vectors.columns
    cuts = [len(rows.label) * place // workers for place in range(workers + 1)]
    shares: list[tuple[list[Piece], Values]] = []
    for first, end in itertools.pairwise(cuts):
        label = rows.label[first:end]
        if not 0 < int(label.sum()) < len(label):
            raise CohortError(
                f"process {len(shares) + 1} of {workers} would have {int(label.sum())} positives "
                f"among {len(label)} rows; Dask is for many rows: use fewer workers ([large] in "
                "train.toml), or the engine file"
            )
        order = np.sort(held.chosen[first:end])
        if not np.array_equal(order, held.chosen[first:end]):
            raise StateError("the engine dask reads rows in the order of their files")
        pieces, at = [], first
        for group, inside in held.shards.pieces(order):
            beside = {name: each[at : at + len(inside)] for name, each in held.beside.items()}
            pieces.append((group, inside, beside))
            at += len(inside)
        shares.append((pieces, label))
    return shares


def read_share(pieces: Sequence[Piece], schema: Sequence[Any], names: Sequence[str]) -> Floats:
    """Read the matrix of a share, in the process that will learn from it."""
    columns = Schema.from_json(schema)
    found = np.empty((sum(len(inside) for _, inside, _ in pieces), len(columns.columns)))
    first = 0
    for group, inside, beside in pieces:
        read = {name: values[inside] for name, values in group.read(names).items()}
        blank = np.zeros(len(inside), dtype=np.int64)
        found[first : first + len(inside)] = columns.matrix(Vectors(blank, blank, read | beside))
        first += len(inside)
    return found


def _fitted(
    client: Any,
    shares: Sequence[tuple[list[Piece], Values]],
    rows: Rows,
    columns: Columns,
    params: dict[str, Any],
    rounds: int,
) -> lightgbm.Booster:
    import dask.array
    from dask import delayed
    from distributed import wait
    from lightgbm import DaskLGBMClassifier

    assert isinstance(rows.matrix, Matrix)  # noqa: S101  for the type checker
    held = rows.matrix.vectors.columns
    assert isinstance(held, SpilledColumns)  # noqa: S101  for the type checker
    schema, names = rows.matrix.schema.to_json(), tuple(held.kinds)
    wide, workers = len(columns.names), sorted(client.scheduler_info()["workers"])
    reads, tells = [], []
    for (pieces, label), worker in zip(shares, workers, strict=True):
        # Where rows lie decides who learns from them: every run deals them out alike.
        where = {"workers": [worker], "allow_other_workers": False, "pure": False}
        reads.append(client.submit(read_share, pieces, schema, names, **where))
        tells.append(client.submit(_same, label.astype(np.float64), **where))
    for each in wait([*reads, *tells]).done:
        if each.status != "finished":
            # LightGBM would hand the failed future on as if it were a model.
            each.result()
    sizes = [len(label) for _, label in shares]
    parts = [
        dask.array.from_delayed(delayed(each), (size, wide), dtype=np.float64)
        for each, size in zip(reads, sizes, strict=True)
    ]
    outcomes = [
        dask.array.from_delayed(delayed(each), (size,), dtype=np.float64)
        for each, size in zip(tells, sizes, strict=True)
    ]
    given = {name: value for name, value in params.items() if name not in ("objective", "metric")}
    given["n_jobs"] = given.pop("num_threads")
    given["random_state"] = given.pop("seed")
    model = DaskLGBMClassifier(client=client, n_estimators=rounds, tree_learner="data", **given)
    with warnings.catch_warnings():
        # Threads are set to one a process, and whoever runs many rows knows that.
        warnings.simplefilter("ignore")
        model.fit(
            dask.array.concatenate(parts),
            dask.array.concatenate(outcomes),
            feature_name=list(columns.names),
            categorical_feature=list(columns.categorical) or "auto",
        )
    return lightgbm.Booster(model_str=_without_ports(model.booster_.model_to_string()))


def _without_ports(text: str) -> str:
    """Take the sockets of a run out of a model: they say nothing, and differ from run to run.

    Examples
    --------
    >>> _without_ports("[seed: 7] [local_listen_port: 3] [machines: 127.0.0.1:3]")
    '[seed: 7] [local_listen_port: 12400] [machines: ]'
    """
    text = re.sub(r"\[local_listen_port: \d+\]", "[local_listen_port: 12400]", text)
    return re.sub(r"\[machines: [^\]]*\]", "[machines: ]", text)


def _same(values: Values) -> Values:
    return values


@contextmanager
def _cluster(workers: int) -> Iterator[Any]:
    """Start processes that listen on this machine alone, and end them."""
    require_dask()
    import dask
    from distributed import Client, LocalCluster

    class Ordered(Client):  # type: ignore[misc]
        """Keeps parts where their rows were read, and tells of them in order.

        The ranks of LightGBM follow that order, and rank and share decide the bins of a column.
        """

        def compute(self, collections: Any, *args: Any, **kwargs: Any) -> Any:
            if not isinstance(collections, list):
                return super().compute(collections, *args, **kwargs)
            places = sorted(self.scheduler_info()["workers"])
            return [
                super(Ordered, self).compute(each, workers=[place], allow_other_workers=False)
                for each, place in zip(collections, places, strict=True)
            ]

        def who_has(self, futures: Any = None, **kwargs: Any) -> Any:
            found = super().who_has(futures, **kwargs)
            return {each.key: found[each.key] for each in futures} if futures else found

    quiet = {
        "distributed.scheduler.allowed-failures": 0,
        "distributed.scheduler.work-stealing": False,
        "distributed.worker.memory.terminate": False,
        "distributed.worker.memory.pause": False,
        "distributed.worker.memory.spill": False,
        "distributed.worker.memory.target": False,
    }
    with (
        dask.config.set(quiet),
        LocalCluster(
            n_workers=workers,
            threads_per_worker=1,
            host=_LOOPBACK,
            dashboard_address=f"{_LOOPBACK}:0",
            silence_logs=50,
        ) as cluster,
        Ordered(cluster) as client,
    ):
        yield client


@contextmanager
def _plain_words(workers: int) -> Iterator[None]:
    """Say in plain words that a process ended before its time."""
    from distributed import KilledWorker
    from distributed.client import FutureCancelledError
    from distributed.comm.core import CommClosedError

    try:
        yield
    except (KilledWorker, CommClosedError, FutureCancelledError, lightgbm.basic.LightGBMError) as e:
        raise StateError(
            f"one of the {workers} processes of Dask ended before the model was fitted "
            f"({type(e).__name__}); most often memory was short: a process holds its share of "
            "the rows as float64, more than once. Use fewer rows or columns, or the engine file, "
            "which holds bins of a byte a cell; nothing was recorded"
        ) from e
