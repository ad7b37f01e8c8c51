"""Seconds to append 1 % of a year's events to kept vectors, against making all of them anew.

Twelve cutoffs of the retail project, four weeks apart. The 1 % is taken twice: the newest events,
as a daily feed brings them, and events scattered over the whole year, which is the worst that can
come. Each append is first compared, bit for bit, with the full build.
"""

from __future__ import annotations

import shutil
import statistics
import tempfile
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TypeVar

import duckdb

from experiments.bench.record import Figure, write_results
from features.append import Appended, append, build
from features.instants import DAY, instant
from features.store import Store
from foretell.workspace import Loaded, load
from tests.helpers.compared import differing

T = TypeVar("T")

HERE = Path(__file__).parent
EXPERIMENTS = HERE.parents[1]
CUTOFFS = [instant("2018-01-01T05:00:00Z") - 28 * DAY * month for month in range(12)]
RUNS = 3
CHOICES = {
    "newest": "transaction_timestamp >= (SELECT quantile_disc(transaction_timestamp, 0.99) "
    "FROM '{purchases}')",
    "scattered": "hash(basket_id) % 100 = 0",
}


def main() -> None:
    """Run the benchmark."""
    retail = load(EXPERIMENTS / "retail")
    sources = {name: Path(path) for name, path in retail.sources().items()}
    figures: dict[str, Figure] = {}
    with tempfile.TemporaryDirectory() as room:
        fresh = Path(room) / "fresh"
        seconds = [_timed(lambda: _built(retail, sources, fresh))[0] for _ in range(RUNS)]
        whole = _built(retail, sources, fresh)
        figures["full_build_seconds"] = Figure(statistics.median(seconds), "s")
        for name, choice in CHOICES.items():
            before, new = _split(sources, choice, Path(room) / name)
            taken, done = _appended(retail, before, new, Path(room) / name)
            _require_equal(done.store, whole)
            figures[f"append_{name}_seconds"] = Figure(taken, "s")
            figures[f"append_{name}_over_full"] = Figure(
                taken / statistics.median(seconds), "ratio", "below 1"
            )
            figures[f"append_{name}_events"] = Figure(done.events, "rows")
            share = done.recomputed / (done.recomputed + done.kept)
            figures[f"append_{name}_rows_recomputed"] = Figure(share, "share")
    write_results(HERE, figures, ["foretell", "duckdb", "numpy", "pyarrow"])


def _built(retail: Loaded, sources: Mapping[str, Path], folder: Path) -> Store:
    shutil.rmtree(folder, ignore_errors=True)
    project = retail.project
    return build(project.catalogue, project.tables, sources, CUTOFFS, folder)


def _appended(
    retail: Loaded, before: Mapping[str, Path], new: Mapping[str, Path], room: Path
) -> tuple[float, Appended]:
    _built(retail, before, room / "store")
    seconds = []
    for run in range(RUNS):
        folder = room / f"store-{run}"
        shutil.copytree(room / "store", folder)
        project = retail.project
        taken, done = _timed(
            lambda: append(project.catalogue, project.tables, before, new, folder)  # noqa: B023
        )
        seconds.append(taken)
    return statistics.median(seconds), done


def _split(
    sources: Mapping[str, Path], choice: str, room: Path
) -> tuple[dict[str, Path], dict[str, Path]]:
    room.mkdir()
    before, new = dict(sources), dict[str, Path]()
    with duckdb.connect() as connection:
        for name in ("visits", "purchases"):
            chosen = choice.format(purchases=sources["purchases"])
            for side, kept in {"before": f"NOT ({chosen})", "new": chosen}.items():
                path = room / f"{name}-{side}.parquet"
                connection.execute(
                    f"COPY (SELECT * FROM '{sources[name]}' WHERE {kept}) TO '{path}'"
                )
                (before if side == "before" else new)[name] = path
    return before, new


def _timed(call: Callable[[], T]) -> tuple[float, T]:
    started = time.perf_counter()
    answer = call()
    return time.perf_counter() - started, answer


def _require_equal(one: Store, other: Store) -> None:
    for cutoff in other.cutoffs:
        found = differing(one.vectors(cutoff), other.vectors(cutoff))
        if found or one.kept[cutoff].sha256 != other.kept[cutoff].sha256:
            raise SystemExit(f"an append differs from the full build in {', '.join(found)}")


if __name__ == "__main__":
    main()
