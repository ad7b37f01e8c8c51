"""Seconds of each step of the demonstration, and rows of vectors a second.

The vectors are first compared with the same features written in SQL.
"""

from __future__ import annotations

import tempfile
from pathlib import Path

import duckdb
import numpy as np

from experiments.bench.record import Figure, median_seconds, write_results
from features.carriers import duck
from features.kernel import Vectors, vectors
from features.segments import Spine
from features.instants import (DAY, instant)
from foretell.demo import run
from foretell.workspace import Loaded, load

HERE = Path(__file__).parent
EXPERIMENTS = HERE.parents[1]
CUTOFFS = np.array([instant("2017-11-06") - 28 * DAY * month for month in range(6)])
SQL = """
    SELECT household_id AS customer,
        count(*) FILTER (moment >= cutoff - INTERVAL 91 DAY) AS visits_count_91d,
        coalesce(sum(round(spend * 100)::BIGINT) FILTER (moment >= cutoff - INTERVAL 91 DAY), 0) / 100
            AS visits_spend_total_91d,
        count(DISTINCT store_id) FILTER (moment >= cutoff - INTERVAL 91 DAY)
            AS visits_store_id_distinct_91d,
        max(round(spend * 100)::BIGINT) FILTER (moment >= cutoff - INTERVAL 91 DAY) / 100
            AS visits_spend_largest_91d
    FROM (SELECT *, transaction_timestamp AS moment, make_timestamp($cutoff) AS cutoff FROM '{visits}')
    WHERE moment < cutoff GROUP BY ALL ORDER BY customer
"""


def main() -> None:
    """Run the benchmark."""
    retail = load(EXPERIMENTS / "retail")
    sources = retail.sources()
    partition = duck.load(retail.project.tables, sources)
    spine = Spine.cross(len(partition.customers), CUTOFFS)
    require_equal(retail, vectors(retail.project.catalogue, partition, spine))
    seconds, _ = median_seconds(lambda: vectors(retail.project.catalogue, partition, spine))
    single = Spine.cross(len(partition.customers), CUTOFFS[:1])
    one, _ = median_seconds(lambda: vectors(retail.project.catalogue, partition, single))
    figures = {
        "vector_rows_per_second": Figure(len(spine) / seconds, "rows/s"),
        "vector_features": Figure(len(retail.project.catalogue), "features"),
        "cost_6_cutoffs_over_1": Figure(seconds / one, "ratio"),
    }
    with tempfile.TemporaryDirectory() as room:
        out = Path(room)
        summary = run(EXPERIMENTS, out / "demo", out / "mlruns")
    for step, taken in summary["seconds"].items():
        figures[f"demo_seconds.{step.replace(' ', '_')}"] = Figure(taken, "s")
    whole = sum(summary["seconds"].values())
    figures["demo_seconds"] = Figure(round(whole, 1), "s", "at most 360 on two cores")
    write_results(HERE, figures, ("duckdb", "lightgbm", "mlflow", "numpy", "pandas"))


def require_equal(retail: Loaded, made: Vectors) -> None:
    """Hold the kernel's vectors against SQL, at every cutoff."""
    source = retail.sources()["visits"]
    for cutoff in CUTOFFS:
        rows = made.take(made.cutoffs == cutoff)
        seen = rows.take(~np.isnan(rows.columns["visits_days_since_ever"]))
        with duckdb.connect() as connection:
            query = SQL.format(visits=source)
            expected = connection.execute(query, {"cutoff": int(cutoff)}).fetchnumpy()
        np.testing.assert_array_equal(seen.customers, expected.pop("customer"))
        for name, values in expected.items():
            came = np.ma.filled(np.ma.asarray(values, dtype=np.float64), np.nan)
            np.testing.assert_array_equal(seen.columns[name], came, err_msg=name)


if __name__ == "__main__":
    main()
