"""What a check tells, prints and writes holds nothing of customers who asked to be forgotten."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from typer.testing import CliRunner

from foretell.main import app

PROJECT = """
import pyarrow as pa
from features import Catalogue, Erasures, EventTable, Identities, count
from training import Cohort, Project, Task, bought

visits = EventTable(
    "visits", "id", "at", timezone="UTC", measures={"spend": "money(2)"}, categories=["shop"]
)
tables = [
    visits,
    Erasures("gone", customer="id", known_at="k", timezone="UTC"),
    Identities("merges", alias="old", customer="new", known_at="k", timezone="UTC"),
]
again = Task("again", bought(visits), Cohort(active=90), horizon=28)
project = Project("era", tables, Catalogue([count(visits, 28)]), [again], quarantine=QUARANTINE)
as_of = "2021-12-01"

def prepare(cache):
    return {
        "visits": pa.table({
            "id": [1, 2, 9, 8],
            "at": ["2021-01-01", "2021-03-01", "2021-11-30", LAST],
            "spend": [1.0, 2.0, 777.77, 888.88],
            "shop": ["a", "b", "SECRETSHOP", "SECRETCARD"],
        }),
        "gone": pa.table({"id": [9], "k": ["2021-05-01"]}),
        "merges": pa.table({"old": [8], "new": [9], "k": ["2021-01-02"]}),
    }
"""

Run = Callable[..., str]


@pytest.fixture
def run(tmp_path: Path) -> Run:
    def made(*words: str, quarantine: bool = False) -> str:
        text = PROJECT.replace("QUARANTINE", str(quarantine))
        text = text.replace("LAST", '"SECRETDAY"' if quarantine else '"2021-02-01"')
        (tmp_path / "era").mkdir(exist_ok=True)
        (tmp_path / "era/project.py").write_text(text)
        asked = ["check", str(tmp_path / "era"), "--home", str(tmp_path / "home"), *words]
        found = CliRunner().invoke(app, asked, catch_exceptions=False)
        assert found.exit_code == 0, found.output
        assert "SECRET" not in found.output
        written = [path for path in (tmp_path / "home").rglob("*") if path.is_file()]
        assert written
        assert not any(b"SECRET" in path.read_bytes() for path in written)
        return found.stdout

    return made


def test_rows_in_are_rows_used_and_rows_of_erased_customers(run: Run, tmp_path: Path) -> None:
    told = json.loads(run("--json"))
    assert (told["visits"]["rows"], told["visits"]["rows_erased"]) == (2, 2)
    assert told["visits"]["last"] == told["visits"]["complete_until"] == "2021-03-01T00:00:00Z"
    assert told["visits"]["freshness"]["last_occurred"] == "2021-03-01T00:00:00Z"
    assert told["visits"]["freshness"]["rows"]["last_7_days"] == 0
    assert (told["gone"]["rows"], "rows_erased" in told["gone"]) == (1, False)
    assert told["merges"]["rows_erased"] == 1
    profile = json.loads((tmp_path / "home/out/era/profile.json").read_text())["tables"]["visits"]
    assert (profile["rows"], profile["customers"]) == (2, 2)
    assert profile["months"] == {"2021-01": 1, "2021-03": 1}
    assert profile["columns"]["spend"]["quantiles"][-1] == 2.0
    assert profile["columns"]["shop"]["levels"] == {"a": 1, "b": 1}
    assert "visits: 2 rows of erased customers left out" in run()


def test_rows_that_are_set_aside_tell_nothing_of_them_either(run: Run, tmp_path: Path) -> None:
    folder = tmp_path / "home" / "aside"
    told = json.loads(run("--json", "--quarantine", str(folder), quarantine=True))["visits"]
    counts = {name: told["set_aside"][f"rows_{name}"] for name in ("in", "used", "set_aside")}
    assert counts == {"in": 4, "used": 2, "set_aside": 1}
    assert told["set_aside"]["rows_erased"] == told["rows_erased"] == 1
    assert "1 of 4 rows set aside (at: not a time 1); 1 of erased customers left out" in run(
        quarantine=True
    )
