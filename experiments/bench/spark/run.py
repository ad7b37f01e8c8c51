"""Spark on two cores against DuckDB's carrier: the same vectors, written to Parquet.

Both check the contracts, read, sort, compute and write. Seconds are by the clock; seconds of the
processor say more where other work is going on. The first run of each is counted, too: it holds
what a job of one's own would pay for imports and Spark's own warming up. `make bench-spark` makes
`.venv-spark`, whose packages this needs.
"""

from __future__ import annotations

import os
import statistics
import tempfile
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow.parquet as pq

from experiments.bench.record import Figure, write_results
from experiments.bench.spark.made import CATALOGUE, CUSTOMERS, CUTOFFS, EVENTS, TABLES, write_tables
from features.carriers import duck, spark
from features.carriers.spark_output import write_parquet
from features.carriers.spark_session import started
from features.carriers.spark_tasks import arrow_of, arrow_schema
from features.kernel import vectors
from features.segments import Spine

HERE = Path(__file__).parent
KINDS = {"customer": "BIGINT", "cutoff": "TIMESTAMPTZ"} | dict.fromkeys(CATALOGUE.names, "DOUBLE")
RUNS = int(os.environ.get("RUNS", "3"))


def main() -> None:
    """Run the benchmark."""
    with tempfile.TemporaryDirectory() as folder:
        room = Path(folder)
        sources = write_tables(room)
        begun = time.perf_counter()
        settings = {"spark.local.dir": str(room / "spark"), "spark.driver.memory": "2g"}
        with started("local[2]", settings) as session:
            start = time.perf_counter() - begun

            def by_spark(out: Path) -> None:
                frame = spark.vectors(session, TABLES, sources, CATALOGUE, CUTOFFS)
                write_parquet(frame, out)

            taken = {
                "duckdb": [timed(lambda: by_duck(sources, room / "duck"))],
                "spark": [timed(lambda: by_spark(room / "spark-0"))],
            }
            require_equal(room / "duck", room / "spark-0")
            for run in range(1, RUNS):
                taken["duckdb"].append(timed(lambda: by_duck(sources, room / "duck")))
                taken["spark"].append(timed(lambda: by_spark(room / f"spark-{run}")))  # noqa: B023
            shuffled = newest_shuffle(room / "spark") / sum(EVENTS.values())
            peak = max(map(peak_mib, workers()), default=float("nan"))
    write_results(HERE, figures(taken, start, shuffled, peak), ("duckdb", "numpy", "pyspark"))


def figures(
    taken: Mapping[str, list[tuple[float, float]]], start: float, shuffled: float, peak: float
) -> dict[str, Figure]:
    """Turn what was measured into figures."""
    clock = {name: statistics.median(wall for wall, _ in runs) for name, runs in taken.items()}
    processor = {name: statistics.median(cpu for _, cpu in runs) for name, runs in taken.items()}
    events = sum(EVENTS.values())
    return {
        "spark_over_duckdb": Figure(clock["spark"] / clock["duckdb"], "ratio"),
        "spark_over_duckdb_processor": Figure(processor["spark"] / processor["duckdb"], "ratio"),
        "duckdb_seconds": Figure(clock["duckdb"], "s"),
        "spark_seconds": Figure(clock["spark"], "s"),
        "duckdb_processor_seconds": Figure(processor["duckdb"], "s"),
        "spark_processor_seconds": Figure(processor["spark"], "s"),
        "spark_start_seconds": Figure(start, "s"),
        "events_a_core_second": Figure(events / processor["spark"], "events/s"),
        "vectors_a_core_second": Figure(CUSTOMERS * len(CUTOFFS) / processor["spark"], "vectors/s"),
        "shuffle_bytes_an_event": Figure(shuffled, "bytes"),
        "peak_mib_of_a_worker": Figure(peak, "MiB"),
        "load_average": Figure(os.getloadavg()[1], "processes"),
    }


def by_duck(sources: Mapping[str, str], out: Path) -> None:
    """Write the vectors by DuckDB's carrier."""
    schema = arrow_schema(KINDS)
    with pq.ParquetWriter(out, schema) as writer:
        for part in duck.partitions(TABLES, sources):
            spine = Spine.cross(len(part.customers), np.array(CUTOFFS))
            made = arrow_of(vectors(CATALOGUE, part, spine), schema)
            writer.write_batch(made)


def require_equal(one: Path, other: Path) -> None:
    """Hold two outputs equal, bit for bit."""
    tables = [pq.read_table(path).sort_by([("customer", "ascending"), ("cutoff", "ascending")])
              for path in (one, other)]  # fmt: skip
    assert tables[0].num_rows == tables[1].num_rows > 0.9 * CUSTOMERS * len(CUTOFFS)
    for name in tables[0].column_names:
        left, right = (table[name].combine_chunks() for table in tables)
        assert left.type == right.type, name
        assert left.is_valid().equals(right.is_valid()), name
        bits = [np.ascontiguousarray(cells.fill_null(0)).tobytes() for cells in (left, right)]
        assert bits[0] == bits[1], name


def timed(call: Callable[[], Any]) -> tuple[float, float]:
    """Return the seconds of the clock and of the processor that a call takes."""
    wall, cpu = time.perf_counter(), processor_seconds()
    call()
    return time.perf_counter() - wall, processor_seconds() - cpu


def processor_seconds() -> float:
    """Return what this process and those below it have used."""
    ticks = 0
    for pid in family():
        fields = read(f"/proc/{pid}/stat").rpartition(")")[2].split()
        ticks += sum(map(int, fields[11:15])) if fields else 0
    return ticks / os.sysconf("SC_CLK_TCK")


def family() -> list[int]:
    """Return this process and all below it."""
    parents = {}
    for each in Path("/proc").glob("[0-9]*"):
        fields = read(each / "stat").rpartition(")")[2].split()
        if fields:
            parents[int(each.name)] = int(fields[1])
    found = [os.getpid()]
    for pid in found:
        found += [child for child, parent in parents.items() if parent == pid]
    return found


def workers() -> list[int]:
    """Return the Python workers of Spark, and what they are forked from."""
    return [pid for pid in family()[1:] if "daemon" in read(f"/proc/{pid}/cmdline")]


def peak_mib(pid: int) -> float:
    """Return the most memory that a process held."""
    lines = read(f"/proc/{pid}/status").splitlines()
    held = [int(line.split()[1]) for line in lines if line.startswith("VmHWM")]
    return held[0] / 1024 if held else 0.0


def read(path: str | Path) -> str:
    """Return a file of a process, empty when it has ended."""
    try:
        return Path(path).read_text()
    except OSError:
        return ""


def newest_shuffle(room: Path) -> float:
    """Return the bytes of the largest shuffle that lies below a folder."""
    sizes: dict[str, int] = {}
    for file in room.rglob("shuffle_*.data"):
        number = file.name.split("_")[1]
        sizes[number] = sizes.get(number, 0) + file.stat().st_size
    return float(max(sizes.values()))


if __name__ == "__main__":
    main()
