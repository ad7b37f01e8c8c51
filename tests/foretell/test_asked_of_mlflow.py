"""What `foretell vectors --task` writes, and the model in MLflow that is asked with it."""

import json
from pathlib import Path

import mlflow
import pandas as pd
import pyarrow.parquet as pq

from tests.helpers.commands import SHOP, foretell
from training.quiet import pointed_at
from training.registry import Registry


def test_what_a_champion_reads_asks_its_mlflow_model(home: Path, tmp_path: Path) -> None:
    out, at = tmp_path / "asked.parquet", ("--at", "2024-09-01", "--home", str(home))
    told = json.loads(foretell("vectors", SHOP, str(out), "--task", "churn", *at, "--json"))
    frame = pd.read_parquet(out)
    assert told["rows"] == len(frame) > 50
    assert "visits_days_since_ever" in frame.columns
    with pointed_at(Registry(home / "mlruns").uri):
        said = mlflow.pyfunc.load_model("models:/shop.churn@champion").predict(frame)
    scored = ("--task", "churn", *at, "--out", str(tmp_path / "scores"))
    foretell("score", SHOP, *scored)
    table = pq.read_table(tmp_path / "scores" / "scores.parquet").to_pandas()
    wanted = dict(zip(table["customer"], table["score"], strict=True))
    found = dict(zip(frame["customer"], said["probability"], strict=True))
    assert found == wanted
    again = foretell("vectors", SHOP, str(out), "--task", "churn", *at, code=1)
    assert "exists; choose another name, or replace it with --force" in again
    empty = str(tmp_path / "empty")
    lost = ("--task", "churn", "--at", "2024-09-01", "--home", empty)
    none = foretell("vectors", SHOP, str(tmp_path / "b.parquet"), *lost, code=1)
    assert "no champion of churn" in none
