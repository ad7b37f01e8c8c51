import errno
import os
from pathlib import Path

import pytest

from features.errors import StateError
from training.disk import writing


def fails(error: Exception, folder: Path) -> str:
    with pytest.raises(StateError) as caught, writing(folder):
        raise error
    return str(caught.value)


def test_a_disk_that_fails_on_the_way_is_told_with_what_to_do(tmp_path: Path) -> None:
    full = OSError(errno.ENOSPC, "No space left on device", str(tmp_path / "studies" / "x"))
    assert fails(full, tmp_path) == (
        f"{tmp_path}/studies/x cannot be written: the disk is full; free space or mend its rights "
        "(or choose another --home), then run the same command again: a search goes on after its "
        "last finished trial"
    )
    nameless = OSError(errno.EROFS, os.strerror(errno.EROFS))
    assert fails(nameless, tmp_path).startswith(
        f"{tmp_path} cannot be written: the disk is mounted read-only; "
    )


def test_what_sqlite_says_through_mlflow_is_understood(tmp_path: Path) -> None:
    from mlflow.exceptions import MlflowException

    told = fails(MlflowException("(OperationalError) database or disk is full"), tmp_path)
    assert told.startswith(f"{tmp_path}/mlflow.db cannot be written: the disk is full; ")
    with pytest.raises(MlflowException, match="no such run"), writing(tmp_path):
        raise MlflowException("no such run")


def test_other_failures_are_not_blamed_on_the_disk(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="database or disk is full"), writing(tmp_path):
        raise ValueError("database or disk is full")
    with pytest.raises(FileNotFoundError), writing(tmp_path):
        raise FileNotFoundError(errno.ENOENT, "none", "x")
    elsewhere = PermissionError(errno.EACCES, "no", "/elsewhere/file")
    with pytest.raises(PermissionError), writing(tmp_path / "home"):
        raise elsewhere


def test_a_folder_that_cannot_be_made_is_told_before_anything_is_done(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("x")
    with (
        pytest.raises(StateError, match=r"file/mlruns cannot be written: a file stands where a fo"),
        writing(tmp_path / "file" / "mlruns"),
    ):
        pytest.fail("the block must not run")
