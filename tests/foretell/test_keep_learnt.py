"""Vectors of a suggested catalogue, kept and brought up to date from the command line."""

from __future__ import annotations

import json
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
from typer.testing import CliRunner

from foretell.main import app

PROJECT = """
import pyarrow as pa
from features import Catalogue, EventTable
from training import Project

visits = EventTable("visits", "id", "at", timezone="UTC", categories=["shop"])
project = Project("kp", tables=[visits], catalogue=Catalogue.suggest([visits], (7, 28)), tasks=[])

def prepare(cache):
    at = [f"2021-{1 + (n * n + n * 7) % 10:02}-{1 + n * n * 3 % 28:02}" for n in range(900)]
    shop = ["ab"[n % 2] for n in range(900)]
    return {"visits": pa.table({"id": [n % 80 for n in range(900)], "at": at, "shop": shop})}
"""


def test_a_suggested_catalogue_is_kept(tmp_path: Path) -> None:
    (tmp_path / "kp").mkdir()
    (tmp_path / "kp/project.py").write_text(PROJECT)
    new = tmp_path / "new.parquet"
    pq.write_table(pa.table({"id": [1], "at": ["2021-11-03"], "shop": ["a"]}), new)
    place = [str(tmp_path / "kp"), str(tmp_path / "kept"), "--json"]
    days = ["--at", "2021-12-01", "--at", "2021-11-01"]
    for words, expected in (
        (["keep", *place, *days], {"rows": 160, "learnt_at": "2021-11-01T00:00:00Z"}),
        (["append", *place, "--new", f"visits={new}"], {"recomputed": 1, "kept": 159}),
    ):
        found = CliRunner().invoke(app, words, catch_exceptions=False)
        assert found.exit_code == 0, found.output
        assert json.loads(found.stdout).items() >= expected.items()
