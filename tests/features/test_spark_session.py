from __future__ import annotations

import subprocess
from importlib.util import find_spec
from pathlib import Path

import pytest

from features.carriers.spark_session import java_version, packaged_java, started
from features.errors import StateError


def java(room: Path, text: str) -> str:
    """Make a program that stands for Java."""
    path = room / "java"
    path.write_text(f"#!/bin/sh\n{text}\n")
    path.chmod(0o755)
    return str(path)


@pytest.mark.parametrize(
    ("line", "version"),
    [('openjdk version "17.0.15" 2025-04-15', 17), ('java version "1.8.0_401"', 8), ("none", None)],
)
def test_the_version_of_a_java_is_read(tmp_path: Path, line: str, version: int | None) -> None:
    assert java_version(java(tmp_path, f"echo '{line}' >&2")) == version


def test_a_java_that_does_not_run_has_no_version(tmp_path: Path) -> None:
    assert java_version(java(tmp_path, "exit 1")) is None
    assert java_version(str(tmp_path / "none")) is None


def test_the_packaged_java_is_not_asked_for_the_module_it_lacks(tmp_path: Path) -> None:
    real = java(tmp_path, 'for each do echo "<$each>"; done')
    room = tmp_path / "home"
    room.mkdir()
    wrapper = packaged_java(Path(real), room) / "bin" / "java"
    words = ["-cp", "a b", "--add-modules=jdk.incubator.vector", "--add-opens=x", "Main", "it's"]
    ran = subprocess.run([wrapper, *words], capture_output=True, text=True, check=True)
    assert ran.stdout.split("\n")[:-1] == ["<-cp>", "<a b>", "<--add-opens=x>", "<Main>", "<it's>"]


@pytest.mark.skipif(find_spec("pyspark") is not None, reason="pyspark is there")
def test_a_missing_pyspark_is_told() -> None:
    with (
        pytest.raises(StateError, match=r"pip install 'foretell\[spark\]'"),
        started("local[1]"),
    ):
        pass
