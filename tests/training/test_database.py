"""MLflow's database is there as a whole, or not at all."""

import os
import signal
import sqlite3
import subprocess
import sys
import time
from contextlib import closing
from pathlib import Path

import pytest

from features.errors import StateError
from training import database
from training.database import require_database
from training.registry import Registry

ASKED = """
import sys
from pathlib import Path
from training.registry import Registry
client = Registry(Path(sys.argv[1])).client()
client.create_experiment(sys.argv[2])
"""


def begun(folder: Path, name: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-W", "ignore", "-c", ASKED, str(folder), name],
        stderr=subprocess.PIPE,
        text=True,
    )


def test_who_is_killed_while_it_is_made_leaves_none(tmp_path: Path) -> None:
    folder = tmp_path / "mlruns"
    process = begun(folder, "first")
    # Tables are being made once their file stands in the folder beside.
    while not [*folder.glob(".mlflow-*/made.db")]:
        assert process.poll() is None, "it ended before it was seen"
        time.sleep(0.01)
    process.send_signal(signal.SIGKILL)
    process.wait()
    assert process.stderr is not None
    process.stderr.close()
    assert not (folder / "mlflow.db").exists()
    (left,) = folder.glob(".mlflow-*")
    Registry(folder).client().create_experiment("second")
    # It might be another's who is still at work; an hour later it is nobody's.
    assert left.exists()
    os.utime(left, (0, 0))
    (folder / "mlflow.db").unlink()
    Registry(folder).client()
    assert not left.exists()


def test_two_at_once_make_one(tmp_path: Path) -> None:
    both = [begun(tmp_path, name) for name in ("one", "other")]
    told = [each.communicate(timeout=120)[1] for each in both]
    assert [each.returncode for each in both] == [0, 0], told
    client = Registry(tmp_path).client()
    assert {each.name for each in client.search_experiments()} == {"Default", "one", "other"}
    assert [each.name for each in tmp_path.glob(".mlflow-*")] == []


def test_one_that_came_meanwhile_stays(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "mlflow.db"

    def meanwhile(made: Path, place: Path) -> None:
        place.write_bytes(b"of another process")
        placed(made, place)

    placed = database._placed
    monkeypatch.setattr(database, "_placed", meanwhile)
    require_database(path)
    assert path.read_bytes() == b"of another process"


def test_one_that_was_cut_off_is_named(tmp_path: Path) -> None:
    path = tmp_path / "mlflow.db"
    with closing(sqlite3.connect(path)) as opened:
        opened.execute("CREATE TABLE _alembic_tmp_params (key TEXT)")
    with pytest.raises(StateError, match=r"cut off while its tables were made \(_alembic_tmp_para"):
        Registry(tmp_path).client()
    path.unlink()
    Registry(tmp_path).client().create_experiment("again")
