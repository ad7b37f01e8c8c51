"""Settings: every fault is told, by name."""

import json
from pathlib import Path
from typing import Any

import pytest

from features.errors import DefinitionError, StateError
from features.instants import instant
from serving.settings import Limits, read_settings, settings_from


def written(folder: Path, value: Any) -> Path:
    path = folder / "serving.json"
    path.write_text(value if isinstance(value, str) else json.dumps(value))
    return path


def project(**more: Any) -> dict[str, Any]:
    return {"name": "retail", "champions": "champions", "sources": {"a": "a.parquet"}} | more


def test_paths_start_at_the_folder_of_the_file(tmp_path: Path) -> None:
    path = written(tmp_path, {"projects": [project(sources={"a": "a.parquet", "b": "/b.csv"})]})
    (found,) = settings_from({"FORETELL_SERVING": str(path)}).projects
    assert found.champions == tmp_path / "champions"
    assert found.sources == {"a": tmp_path / "a.parquet", "b": Path("/b.csv")}
    assert found.as_of is None


def test_limits_and_a_fixed_cutoff_are_read(tmp_path: Path) -> None:
    limits = {"deadline_seconds": 2.5, "concurrency": 3}
    value = {"projects": [project(as_of="2017-10-01", quarantine=True)], "limits": limits}
    found = read_settings(written(tmp_path, value))
    assert found.limits == Limits(deadline_seconds=2.5, concurrency=3)
    assert found.projects[0].as_of == instant("2017-10-01")
    assert found.projects[0].quarantine


def test_every_fault_is_in_one_error(tmp_path: Path) -> None:
    value = {
        "projects": [project(colour=1, name=""), project(as_of="2017-10-01T00:00:00"), 7],
        "limit": {},
        "limits": {"concurrency": 0.5, "body_bytes": True, "speed": 1, "burst": -1},
    }
    with pytest.raises(DefinitionError) as told:
        read_settings(written(tmp_path, value))
    for words in (
        "unknown key limit;",
        "unknown key projects[0].colour; known are",
        "projects[0].name must be a text, got ''",
        "projects[1].as_of must be an ISO 8601 instant with a zone",
        "projects[2] must be an object, got int",
        "limits.concurrency must be a whole number above 0, got 0.5",
        "limits.body_bytes must be a whole number above 0, got True",
        "unknown key limits.speed",
        "limits.burst must be a number above 0, got -1",
    ):
        assert words in str(told.value)


@pytest.mark.parametrize(
    ("value", "words"),
    [
        ("{", "expected JSON"),
        ([], "expected an object, got list"),
        ({}, "at least one project"),
        ({"projects": []}, "at least one project"),
        ({"projects": [project(), project()]}, "two projects are called 'retail'"),
        ({"projects": [project(sources=["a"])]}, "must map tables to paths"),
        ({"projects": [project()], "limits": 7}, "limits must be an object, got int"),
        ({"projects": [project(quarantine="yes")]}, "quarantine must be true or false, got 'yes'"),
        ({"projects": [project(as_of=7)]}, "as_of must be an ISO 8601 instant"),
        ({"projects": [project(as_of="0001-01-01T00:00:00+14:00")]}, "as_of must be"),
    ],
)
def test_malformed_settings_are_told(value: Any, words: str, tmp_path: Path) -> None:
    with pytest.raises(DefinitionError, match=words):
        read_settings(written(tmp_path, value))


def test_missing_settings_are_told(tmp_path: Path) -> None:
    with pytest.raises(StateError, match="FORETELL_SERVING is not set"):
        settings_from({})
    with pytest.raises(StateError, match="cannot be read: No such file"):
        read_settings(tmp_path / "none.json")
