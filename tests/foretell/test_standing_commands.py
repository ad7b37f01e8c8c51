"""What stands, what stood, and the way back, by the command line."""

from __future__ import annotations

import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

import pytest

from foretell.workspace import Workspace
from tests.helpers.commands import SHOP, foretell
from tests.helpers.production import ME, asked, override, run, standing
from training.registry import Registry


def test_who_was_in_production_is_told_for_any_instant(place: Path) -> None:
    override(place, 2)
    history = asked("models", "--history", at=place)
    first, second = [each["at"] for each in history if each["task"] == "churn"]
    then = asked("models", "--at", first, at=place)
    assert then["tasks"]["churn"]["version"] == 1
    then = asked("models", "--at", second, at=place)
    assert then["at"].startswith(second.removesuffix("Z"))
    assert (then["tasks"]["churn"]["version"], then["tasks"]["churn"]["by"]) == (2, ME)
    assert then["tasks"]["back"]["version"] == 1
    assert then["tasks"]["churn"]["override"] == "test 2"
    before = asked("models", "--at", "2020-01-01", at=place)
    assert before["tasks"] == {"churn": None, "back": None}
    said = run("models", "--at", "2020-01-01", at=place)
    assert "In production of shop at 2020-01-01T00:00:00Z" in said
    assert "churn │ none" in said
    assert "expected an ISO 8601 instant" in run("models", "--at", "soon", at=place, code=1)
    said = run("models", "--at", "2999-01-01", at=place, code=1)
    assert "2999-01-01T00:00:00Z has not come, and nobody knows who will be" in said


def test_a_log_that_was_changed_is_told_to_who_asks(place: Path) -> None:
    log = Workspace.at(place).champions("shop") / "promotions.jsonl"
    log.write_text(log.read_text().replace("a test", "a tale", 1))
    for words in (("--history",), ("--at", "2026-01-01"), ()):
        said = run("models", *words, at=place, code=1)
        assert "line 1 was changed" in said
        assert "restore the file from a copy" in said


@pytest.mark.parametrize("words", [("--history",), ("--at", "2026-01-01")])
def test_where_nothing_was_promoted_there_is_no_history(tmp_path: Path, words: Any) -> None:
    said = run("models", *words, at=tmp_path, code=1)
    assert "nothing was promoted in " in said
    assert "run `foretell promote`, or name the folder" in said


def test_rolling_back_twice_goes_back_twice_and_then_there_is_nothing(place: Path) -> None:
    override(place, 2, 3)
    for version, before in ((2, 3), (1, 2)):
        said = run("rollback", at=place)
        assert f"shop.churn: version {version} is champion (it was version {before});" in said
        told = asked("models", at=place)["churn"]
        assert (told["champion"], told["note"]) == (version, "")
    stands = standing(place)
    said = run("rollback", at=place, code=1)
    assert "version 1 of 'shop.churn' is the first champion on record; there is nothing to" in said
    assert "name a version with `foretell promote --version`" in said
    assert standing(place) == stands
    assert asked("rollback", at=promoted_again(place))["before"] == 3


def promoted_again(place: Path) -> Path:
    override(place, 3)
    return place


@contextmanager
def without_database(place: Path, how: str) -> Iterator[None]:
    database = place / "mlruns" / "mlflow.db"
    if how == "gone":
        database.unlink()
        yield
    elif how == "damaged":
        database.write_bytes(b"SQLite format 3\0" + b"spoilt" * 2_000)
        yield
    else:
        with closing(sqlite3.connect(database)) as connection:
            connection.execute("BEGIN EXCLUSIVE")
            yield


@pytest.mark.parametrize("how", ["locked", "gone", "damaged"])
def test_a_rollback_goes_through_without_the_database(
    place: Path, how: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("training.production.recorded.WAIT", 0.1)
    override(place, 2)
    first, second = (
        each["bundle"] for each in asked("models", "--history", at=place) if each["task"] == "churn"
    )
    champions = Workspace.at(place).champions("shop")
    with without_database(place, how):
        said = run("rollback", at=place)
        assert "shop.churn: version 1 is champion (it was version 2);" in said
        assert "MLflow's alias could not follow (" in said
        assert "the server reads the folder, so it serves the right one" in said
        assert (champions / "churn").readlink().name == first
        # A bundle that is damaged too cannot be had from anywhere.
        (champions / ".bundles" / first / "model.txt").write_text("gone")
        override_again = asked("models", "--history", at=place)
        assert [each["action"] for each in override_again[-2:]] == ["promote", "rollback"]
        words = {
            "locked": "mlflow.db cannot be read: database is locked; end what holds it",
            "gone": "nothing was trained in ",
            "damaged": "mlflow.db cannot be read: ",
        }
        for command in ("models", "promote", "challenger"):
            assert words[how] in run(command, at=place, code=1)
    assert (place / "mlruns" / "mlflow.db").exists() == (how != "gone")
    assert second != first


def test_a_damaged_bundle_is_fetched_anew_by_a_rollback_or_told(
    place: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("training.production.recorded.WAIT", 0.1)
    override(place, 2)
    champions = Workspace.at(place).champions("shop")
    first = asked("models", "--history", at=place)[0]["bundle"]
    model = champions / ".bundles" / first / "model.txt"
    sound = model.read_bytes()
    model.write_bytes(sound[:-1])
    with without_database(place, "locked"):
        said = run("rollback", at=place, code=1)
        assert f"{first}, which version 1 of 'shop.churn' was served from, is damaged" in said
        assert "cannot be fetched anew: " in said
        assert "database is locked" in said
    assert asked("models", at=place)["churn"]["champion"] == 2
    assert asked("rollback", at=place)["version"] == 1
    assert model.read_bytes() == sound


def test_what_each_version_promises_of_its_calibration_is_shown(place: Path) -> None:
    run("challenger", "--version", "2", at=place)
    told = asked("models", at=place)["churn"]
    state = told["calibration"]["champion"]
    assert state in ("calibrated", "uncertified")
    assert told["calibration"] == {
        "newest": "uncertified",
        "champion": state,
        "challenger": "drifting",
    }
    lines = [
        " ".join(each.split())
        for each in foretell("models", SHOP, "--home", str(place)).splitlines()
    ]
    shown = [each for each in lines if each.startswith("│ churn")]
    assert [each.split(" │ ")[1:4] for each in shown] == [
        ["3", "newest", "uncertified"],
        ["2", "challenger", "drifting"],
        ["1", "champion", state],
    ]
    assert shown[2].split(" │ ")[5].removesuffix(" │") == ME
    # A bundle that is not there any more is told, and holds nothing up.
    shutil.rmtree(Workspace.at(place).champions("shop") / ".bundles")
    told = asked("models", at=place)["churn"]
    assert told["calibration"]["champion"] == "not readable"
    assert (told["champion"], told["challenger"]) == (1, 2)


def test_a_narrow_terminal_shows_every_word_whole(
    place: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    from foretell.production_shown import show_versions

    run("challenger", "--version", "2", at=place)
    found = asked("models", at=place)
    monkeypatch.setenv("COLUMNS", "44")
    monkeypatch.setattr("sys.stdout.isatty", lambda: True)
    show_versions("shop", found, as_json=False)
    said = capsys.readouterr().out
    plain = [line.rstrip() for line in said.splitlines()]
    assert "  calibration  drifting" in plain
    assert "  stands as    challenger" in plain
    assert max(len(line) for line in plain) <= 44
    monkeypatch.setenv("COLUMNS", "120")
    show_versions("shop", found, as_json=False)
    assert "┃" in capsys.readouterr().out


def test_what_mlflow_was_told_by_hand_is_noticed(place: Path) -> None:
    registry = Registry(place / "mlruns")
    registry.point("shop", "churn", 3)
    registry.point("shop", "churn", 2, "challenger")
    told = asked("models", at=place)["churn"]
    assert (told["champion"], told["challenger"]) == (1, None)
    assert told["note"] == (
        "MLflow's alias 'champion' names version 3, and the champion that stands is 1; `foretell "
        "promote` sets it right; MLflow's alias 'challenger' names version 2, and the challenger "
        "that stands is none; `foretell challenger` sets it right"
    )
