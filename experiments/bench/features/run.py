"""Foretell against SQL, Polars, pandas and Featuretools on the same window features.

    make bench-features                                    the full run, 10 million events
    python -m experiments.bench.features.run --events 100000     the same in small, in minutes
    python -m experiments.bench.features.run --large             also 100 million events

Figures go to ``results.json`` beside this file; those of a run of another size to the cache.
"""

from __future__ import annotations

import argparse
import json
import shutil
from collections.abc import Iterator, Mapping
from pathlib import Path

from experiments.bench.features.data import log_of
from experiments.bench.features.environments import bench_cache
from experiments.bench.features.measure import Measured, Side, confine, race, run
from experiments.bench.features.questions import CUTOFFS, QUESTIONS
from experiments.bench.record import Figure, write_results

HERE = Path(__file__).parent
EVENTS = 10_000_000
LARGE = 100_000_000
FREE_GIB = 5
"""Disk that the large run needs: the log, and what is scattered to parts."""

FORETELL = Side("foretell")
SQL = (Side("duckdb_naive", is_slow=True), Side("duckdb_two_level"), Side("duckdb_tuned"))
POLARS = (Side("polars_naive"), Side("polars_tuned"))
PANDAS = Side("pandas_frames", is_slow=True)
FEATURETOOLS = Side("featuretools_dfs", "featuretools", is_slow=True)


def main() -> None:
    """Run everything that was asked for."""
    asked = _asked()
    confine()
    cache = bench_cache()
    log, answers = log_of(asked.events, cache), cache / "answers"
    sides = [FORETELL, *SQL, *POLARS, PANDAS]
    found = race(sides, log, asked.runs, answers)
    one = race([FORETELL], log, asked.runs, answers, cutoffs=1)["foretell"]
    figures = {"events": Figure(asked.events, "events"), **dict(_speed(found, one))}
    size = min(asked.events, asked.featuretools_events)
    if size:
        small = race([FORETELL, FEATURETOOLS], log_of(size, cache), asked.runs, answers)
        found = {**found, "featuretools_dfs": small["featuretools_dfs"]}
        figures |= _against_featuretools(small, size)
    figures |= _scale(asked.events, asked.large, cache)
    figures |= _one_customer()
    versions = {k: v for each in found.values() for k, v in each.versions.items()}
    folder = HERE if asked.events == EVENTS else cache / f"results-{asked.events}"
    folder.mkdir(exist_ok=True)
    print(write_results(folder, figures, ["foretell"], versions))


def _asked() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=_Plain)
    parser.add_argument("--events", type=int, default=EVENTS, help="events of the log")
    parser.add_argument("--runs", type=int, default=3, help="runs of each side; medians count")
    parser.add_argument(
        "--featuretools-events",
        type=int,
        default=100_000,
        help="most events that Featuretools is given; 0 leaves it out",
    )
    parser.add_argument("--large", action="store_true", help="also 100 million events")
    asked = parser.parse_args()
    if asked.events < 1 or asked.runs < 1 or asked.featuretools_events < 0:
        parser.error("--events and --runs must be 1 or more, --featuretools-events 0 or more")
    free = shutil.disk_usage(_existing(bench_cache())).free / 2**30
    if asked.large and free < FREE_GIB:
        place = f"at {bench_cache()}; {free:.1f} are free"
        parser.error(f"--large needs {FREE_GIB} GiB of disk {place}")
    return asked


class _Plain(argparse.RawDescriptionHelpFormatter, argparse.ArgumentDefaultsHelpFormatter):
    """Keeps the lines of the description, and shows defaults."""


def _existing(folder: Path) -> Path:
    return folder if folder.exists() else _existing(folder.parent)


def _speed(found: Mapping[str, Measured], one: Measured) -> Iterator[tuple[str, Figure]]:
    ours = found["foretell"].median()
    sql = min(found[side.name].median() for side in SQL)
    polars = min(found[side.name].median() for side in POLARS)
    yield "speedup_vs_best_sql_12_cutoffs", Figure(sql / ours, "times", "at least 5")
    yield "speedup_vs_polars_12_cutoffs", Figure(polars / ours, "times", "at least 3")
    yield "cost_12_cutoffs_over_1", Figure(ours / one.median(), "ratio", "at most 2.5")
    yield "questions", Figure(len(QUESTIONS), "features")
    yield "cutoffs", Figure(len(CUTOFFS), "cutoffs")
    for name, measured in {**found, "foretell_1_cutoff": one}.items():
        yield f"seconds.{name}", Figure(measured.median(), "s")
        yield f"cpu_seconds.{name}", Figure(measured.median("cpu_seconds"), "s")
        yield f"first_seconds.{name}", Figure(measured.median("first_seconds"), "s")
        yield f"peak_gib.{name}", Figure(measured.median("peak_gib"), "GiB")
        yield f"runs.{name}", Figure(len(measured.runs), "runs")


def _against_featuretools(small: Mapping[str, Measured], size: int) -> dict[str, Figure]:
    ours, theirs = small["foretell"], small["featuretools_dfs"]
    ratio = theirs.median() / ours.median()
    return {
        "speedup_vs_featuretools": Figure(ratio, "times", "at least 100"),
        "events_vs_featuretools": Figure(size, "events"),
        "seconds.featuretools_dfs": Figure(theirs.median(), "s"),
        "cpu_seconds.featuretools_dfs": Figure(theirs.median("cpu_seconds"), "s"),
        "seconds.foretell_beside_featuretools": Figure(ours.median(), "s"),
        "cpu_seconds.foretell_beside_featuretools": Figure(ours.median("cpu_seconds"), "s"),
    }


def _scale(events: int, is_large: bool, cache: Path) -> dict[str, Figure]:
    found: dict[str, Figure] = {}
    for size in sorted({max(1, events // 10), events, *([LARGE] if is_large else [])}):
        told = run("scale", [str(log_of(size, cache))])
        name = f"{size / 1_000_000:g}m_events"
        goal = "at most 2" if size == LARGE else None
        found[f"seconds_{name}"] = Figure(told["seconds"], "s")
        found[f"peak_gib_{name}"] = Figure(told["peak_gib"], "GiB", goal)
        print(f"{size:,} events: {json.dumps(told)}", flush=True)
    return found


def _one_customer() -> dict[str, Figure]:
    told = run("one_customer", [])
    return {
        "one_customer_ms_p50": Figure(told["ms_p50"], "ms", "under 1"),
        "one_customer_ms_p99": Figure(told["ms_p99"], "ms", "under 2"),
        "one_customer_features": Figure(told["features"], "features"),
        "one_customer_reading_ms_p50": Figure(told["read_ms_p50"], "ms"),
    }


if __name__ == "__main__":
    main()
