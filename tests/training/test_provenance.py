import subprocess
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from features.kernel import Vectors
from training import provenance
from training.provenance import LIBRARIES, commit, data_hash, versions
from training.snapshots import Snapshot


def rows(**changes: Any) -> Snapshot:
    parts: dict[str, Any] = {
        "customers": np.array(["anna", "bert"], dtype=object),
        "cutoffs": np.array([1, 2]),
        "label": np.array([True, False]),
        "age": np.array([1.5, np.nan]),
        "city": np.array(["Bonn", None], dtype=object),
    }
    parts |= changes
    columns = {name: parts[name] for name in sorted({*parts} - {"customers", "cutoffs", "label"})}
    return Snapshot(Vectors(parts["customers"], parts["cutoffs"], columns), parts["label"])


def texts(*values: str | None) -> Any:
    return np.array(values, dtype=object)


def test_the_same_rows_hash_alike() -> None:
    assert data_hash(rows()) == data_hash(rows())
    assert len(data_hash(rows())) == 64


@pytest.mark.parametrize(
    "change",
    [
        {"customers": texts("anna", "carl")},
        {"customers": np.array([1, 2])},
        {"cutoffs": np.array([1, 3])},
        {"label": np.array([True, True])},
        {"age": np.array([1.5, 0.0])},
        {"age": np.array([np.nextafter(1.5, 2), np.nan])},
        {"city": texts("Bonn", "")},
        {"city": texts("Bonn", "null")},
        {"city": texts(None, "Bonn")},
        {"size": np.array([1.0, 2.0])},
    ],
)
def test_any_cell_changes_the_hash(change: dict[str, Any]) -> None:
    assert data_hash(rows(**change)) != data_hash(rows())


def test_no_two_lists_of_texts_look_alike() -> None:
    lists = [("a", "b"), ("a\0b", ""), ("a", "\0b"), ("a\0", "b"), (None, "b"), ("\1", "b")]
    assert len({data_hash(rows(city=texts(*each))) for each in lists}) == len(lists)


def test_versions_name_what_decides_a_model() -> None:
    assert tuple(versions()) == LIBRARIES
    assert all(value[0].isdigit() for value in versions().values())


def git(folder: Path, *arguments: str) -> str:
    identity = ["-c", "user.name=Ann", "-c", "user.email=ann@example.org"]
    command = ["git", "-C", str(folder), *identity, *arguments]
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout.strip()


def test_the_commit_tells_of_changes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(provenance, "__file__", str(tmp_path / "provenance.py"))
    assert commit() == "unknown"
    (tmp_path / "code.py").write_text("one")
    git(tmp_path, "init")
    assert commit() == "unknown"  # nothing is committed yet
    git(tmp_path, "add", ".")
    git(tmp_path, "commit", "-m", "first")
    head = git(tmp_path, "rev-parse", "HEAD")
    assert commit() == head
    (tmp_path / "code.py").write_text("two")
    assert commit() == f"{head}+changes"


def test_without_git_the_commit_is_unknown(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    assert commit() == "unknown"
