"""What Spark writes appears whole or not at all; the command line gives what DuckDB gives."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pandas as pd
import pyarrow as pa
import pytest
from typer.testing import CliRunner

from features.builders import total
from features.carriers import spark
from features.carriers.spark_output import write_parquet
from features.catalogue import Catalogue
from features.errors import ForetellError, StateError
from features.instants import instant
from features.tables import EventTable
from foretell.main import app

SHOP = str(Path(__file__).parent.parent / "foretell" / "shop")


def test_the_command_writes_the_vectors_that_duckdb_makes(session: Any, tmp_path: Path) -> None:
    words = ["vectors", SHOP, "--at", "2024-06-01", "--json"]
    made = {}
    for engine in ("duckdb", "local[2]"):
        out = tmp_path / f"{engine}.parquet"
        ran = CliRunner().invoke(app, [*words, str(out), "--engine", engine])
        assert ran.exit_code == 0, ran.output
        made[engine] = (json.loads(ran.stdout), pd.read_parquet(out))
    (said, expected), (twin, found) = made["duckdb"], made["local[2]"]
    assert twin | {"file": ""} == said | {"file": ""}
    found = found.sort_values("customer", ignore_index=True)
    pd.testing.assert_frame_equal(found, expected, check_exact=True)
    assert not session.sparkContext._jsc.sc().isStopped()


def test_a_refusal_of_a_worker_is_told_and_nothing_appears(session: Any, tmp_path: Path) -> None:
    paid = EventTable("paid", "id", "at", measures={"sum": "int"})
    rows = {"id": [1] * 2_000, "at": ["2020-01-01T00:00Z"] * 2_000, "sum": [2**53] * 2_000}
    catalogue = Catalogue([total(paid, "sum", 90)])
    cutoffs = [instant("2020-02-01")]
    frame = spark.vectors(session, [paid], {"paid": pa.table(rows)}, catalogue, cutoffs)
    with pytest.raises(ForetellError, match="sum") as caught:
        write_parquet(frame, tmp_path / "vectors")
    assert "Traceback" not in str(caught.value)
    assert list(tmp_path.iterdir()) == []


def test_rows_that_do_not_arrive_are_missed(
    session: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Half:
        num_rows = 5

    monkeypatch.setattr("pyarrow.parquet.read_metadata", lambda _: Half())
    with pytest.raises(StateError, match=r"10 rows were made, and 5 lie in .*machines .* share"):
        write_parquet(session.range(10).coalesce(1), tmp_path / "vectors")
    assert list(tmp_path.iterdir()) == []


def test_a_name_that_is_taken_is_refused(session: Any, tmp_path: Path) -> None:
    assert write_parquet(session.range(3), tmp_path / "vectors") == 3
    with pytest.raises(StateError, match="exists and is never overwritten"):
        write_parquet(session.range(3), tmp_path / "vectors")
