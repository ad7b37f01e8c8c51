"""What is read of MLflow's database, and of bundles, without MLflow."""

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from features.errors import StateError
from training.production.recorded import is_trained, promise, versions


def test_what_a_bundle_promises_is_told_whatever_became_of_it(tmp_path: Path) -> None:
    file = tmp_path / "bundle.json"
    assert promise(None) == promise(tmp_path) == "not readable"
    for content, told in (
        ('{"contract": {"state": "drifting"}}', "drifting"),
        # One of its segments does, so that scores of its rows say so.
        (
            '{"contract": {"state": "calibrated", "segments": [{"state": "drifting"}]}}',
            "drifting",
        ),
        (
            '{"contract": {"state": "calibrated", "segments": [{"state": "uncertified"}]}}',
            "calibrated",
        ),
        ("{}", "not stated"),
        ("[]", "not readable"),
        ("{", "not readable"),
    ):
        file.write_text(content)
        assert promise(tmp_path) == told


def test_a_run_that_is_gone_or_lies_elsewhere_has_no_bundle_in_files(tmp_path: Path) -> None:
    database = tmp_path / "mlflow.db"
    with closing(sqlite3.connect(database)) as connection, connection:
        connection.execute("CREATE TABLE runs (run_uuid, artifact_uri)")
        connection.execute("INSERT INTO runs VALUES ('r', 's3://bucket/r/artifacts')")
        connection.execute("INSERT INTO runs VALUES ('q', 'file:///a%20b/artifacts')")
        connection.execute("CREATE TABLE model_versions (name, version, run_id, current_stage)")
        for number, run in enumerate(("r", "gone", "q"), start=1):
            connection.execute(
                f"INSERT INTO model_versions VALUES ('p.t', {number}, '{run}', NULL)"
            )
    found = [each.bundle for each in versions(database, "p")]
    assert found == [None, None, Path("/a b/artifacts/bundle")]
    with pytest.raises(
        StateError, match=r"mlflow\.db cannot be read: no such table: experiments; "
    ):
        is_trained(database, "p")
