"""Temporary folders go with the connection, and those of killed processes with the next one."""

from __future__ import annotations

import signal
import subprocess
import sys
from pathlib import Path

import pytest

from features.connection import connected

_HOLDS = """
import sys, time
from foretell import main
from features.connection import connected

def work():
    with connected(folder=sys.argv[1]):
        print("ready", flush=True)
        time.sleep(60)

main.app = work
main.main()
"""


def test_a_folder_is_there_for_one_connection_alone(tmp_path: Path) -> None:
    with connected(folder=tmp_path) as connection:
        [[spill]] = connection.execute("SELECT current_setting('temp_directory')").fetchall()
        assert [*tmp_path.iterdir()] == [Path(spill)]
        assert Path(spill).stat().st_mode & 0o77 == 0
        with connected(folder=tmp_path):
            assert len([*tmp_path.iterdir()]) == 2
    assert not [*tmp_path.iterdir()]


@pytest.mark.parametrize("how", [signal.SIGTERM, signal.SIGINT, signal.SIGKILL])
def test_nothing_stays_of_a_process_that_is_ended(tmp_path: Path, how: signal.Signals) -> None:
    line = [sys.executable, "-c", _HOLDS, str(tmp_path)]
    with subprocess.Popen(line, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == b"ready\n"
        [left] = tmp_path.iterdir()
        (left / "rows").touch()
        process.send_signal(how)
    assert left.exists() == (how == signal.SIGKILL)
    with connected(folder=tmp_path):
        assert not left.exists()
