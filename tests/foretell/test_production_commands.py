"""Promotions, refusals, comparisons and challengers, by the command line."""

from __future__ import annotations

import json
import os
import pwd
import shutil
from pathlib import Path

import pytest

from foretell.workspace import Workspace, load
from tests.helpers.commands import SHOP, copied
from tests.helpers.production import ME, asked, override, run, standing
from tests.helpers.registered import look_here
from training.production.kept import read_kept
from training.production.pairs import scored_together
from training.registry import Registry

OTHER = pwd.getpwuid(1 if os.getuid() != 1 else 2)
"""Another account that every machine has."""

LENIENT = """
[gates]
proof = false
four_eyes = true
margin = 1
min_rows = 1
"""


def test_a_refused_promotion_changes_nothing_and_says_what_to_do(place: Path) -> None:
    before = standing(place)
    said = run("promote", "--version", "2", at=place, code=3)
    assert "refused: version 2 of 'shop.churn' is not promoted: - " in said
    asked = "proven on 20 customers or more, and not stale; "
    assert f"- point-in-time proof: there is none; asked for: {asked}" in said
    assert f"run `foretell prove {SHOP}`" in said
    assert 'promote it anyway with --override "the reason", which is recorded' in said
    # What passes is not among the reasons.
    assert "- size" not in said
    assert standing(place) == before


def test_a_refusal_is_json_too(place: Path) -> None:
    from typer.testing import CliRunner

    from foretell.main import app

    words = ["promote", SHOP, "churn", "--version", "2", "--json", "--home", str(place)]
    found = CliRunner().invoke(app, words)
    assert found.exit_code == 3
    told = json.loads(found.stdout)
    assert told["promoted"] is False
    gates = {each["gate"]: each for each in told["gates"]}
    assert len(gates) == 11
    assert gates["point-in-time proof"]["state"] == "failed"
    assert gates["point-in-time proof"]["remedy"] == f"run `foretell prove {SHOP}`"
    assert gates["better than version 1"]["figure"].startswith("scores every row alike; +0.0000")


@pytest.mark.parametrize("reason", ["", "  "])
def test_an_override_without_a_reason_is_refused(place: Path, reason: str) -> None:
    before = standing(place)
    said = run("promote", "--version", "2", "--override", reason, at=place, code=1)
    assert "error: an override needs a reason, as --override " in said
    assert standing(place) == before


def test_an_override_is_recorded_with_what_had_failed(place: Path) -> None:
    said = run("promote", "--version", "2", "--override", " a fire ", at=place)
    assert "shop.churn: version 2 is champion (it was version 1);" in said
    assert "Gates were overridden, and the log says so: a fire" in said
    line = asked("models", "--history", at=place)[-1]
    assert (line["action"], line["version"], line["before"]) == ("promote", 2, 1)
    assert (line["by"], line["override"]) == (ME, "a fire")
    failed = {each["gate"] for each in line["gates"] if each["state"] == "failed"}
    assert "point-in-time proof" in failed
    assert "point-in-time proof" in run("models", "--history", at=place)


def test_four_eyes_let_another_account_promote_and_no_override(
    place: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shop = copied(place)
    with Path(shop, "train.toml").open("a") as stream:
        stream.write(LENIENT)
    before = standing(place)
    for more in ((), ("--override", "it is urgent")):
        said = run("promote", "--version", "2", *more, at=place, code=3, project=shop)
        assert f"- four eyes: trained by {ME}, promoted by {ME}; asked for: another acc" in said
        assert "No override lifts this." in said
        assert standing(place) == before
    monkeypatch.setattr("os.getuid", lambda: OTHER.pw_uid)
    told = asked("promote", "--version", "2", at=place, project=shop)
    gates = {each["gate"]: each for each in told["gates"]}
    assert gates["four eyes"]["state"] == "passed"
    assert gates["four eyes"]["figure"] == f"trained by {ME}, promoted by {OTHER.pw_name}"
    assert told["override"] == ""
    assert asked("models", at=place)["churn"]["promoted_by"] == OTHER.pw_name


def test_both_are_compared_and_what_was_scored_is_kept(
    place: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("training.production.apart.look", look_here)
    champions = Workspace.at(place).champions("shop")
    digest = (champions / "churn").readlink().name
    said = run("compare", "--version", "2", at=place)
    assert "shop.churn: version 2 beside champion 1" in said
    registry = Registry(place / "mlruns")
    file = f"comparisons/{digest}.parquet"
    found = registry.artifact(registry.run_of("shop", "churn", 2), file, place)
    assert found is not None
    pair = scored_together(read_kept(found), "made up")
    assert "│ roc_auc │ +0.0000 │ +0.0000 to +0.0000 │" in said
    assert f"│ {len(pair)} │ {len(set(pair.customers.tolist()))} │" in said


def test_gates_believe_no_file_that_was_changed(
    place: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("training.production.apart.look", look_here)
    run("compare", "--version", "2", at=place)
    before = standing(place)
    registry = Registry(place / "mlruns")
    found = registry.client().get_run(registry.run_of("shop", "churn", 2))
    kept = Path(str(found.info.artifact_uri).removeprefix("file://"))
    digest = (Workspace.at(place).champions("shop") / "churn").readlink().name
    for name in ("evaluation.json", "scores.parquet", f"comparisons/{digest}.parquet"):
        file = kept / name
        sound = file.read_bytes()
        file.write_bytes(sound + b" ")
        said = run("promote", "--version", "2", "--override", "a test", at=place, code=1)
        assert f"error: '{name}' of run " in said
        assert "was changed since it was recorded" in said
        assert "no gate believes it" in said
        assert standing(place) == before
        file.unlink()
        said = run("promote", "--version", "2", "--override", "a test", at=place, code=1)
        assert "is gone, and the run's tags say that it was recorded" in said
        assert standing(place) == before
        file.write_bytes(sound)
    told = asked("promote", "--version", "2", "--override", "a test", at=place)
    figure = next(each["figure"] for each in told["gates"] if "better" in each["gate"])
    assert "newest rows, scored by both in `foretell compare`" in figure


def test_what_promotion_asks_of_proof_and_champion(
    place: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked_of: list[object] = []

    def proof(folder: Path, catalogue: object, tables: object, code: object) -> None:
        asked_of.append(code)

    monkeypatch.setattr("training.production.admit.proof_of", proof)
    monkeypatch.setattr(
        "training.production.admit.another_question", lambda *_: "not the same gap: 1 and 2 days"
    )
    said = run("promote", "--version", "3", at=place, code=3)
    assert "not the same gap: 1 and 2 days" in said
    # A proof is held to the code that the project brings now.
    (code,) = asked_of
    assert code == load(Path(SHOP)).code
    assert code


def test_a_comparison_needs_a_champion(place: Path) -> None:
    shutil.rmtree(Workspace.at(place).champions("shop"))
    said = run("compare", at=place, code=1)
    assert "error: 'shop.churn' has no champion to compare with; `foretell promote` com" in said


def test_a_challenger_is_set_shown_and_withdrawn(place: Path) -> None:
    assert "shop.churn: version 2 is challenger (the first challenger);" in run(
        "challenger", "--version", "2", at=place
    )
    assert "version 3 is challenger (it was version 2)" in run("challenger", at=place)
    assert asked("models", at=place)["churn"]["challenger"] == 3
    assert "3 │ challenger, newest │ uncertified" in run("models", at=place)
    said = run("challenger", "--version", "1", at=place, code=1)
    assert "version 1 of 'shop.churn' is the champion; a challenger is another version" in said
    said = run("challenger", "--withdraw", "--version", "3", at=place, code=1)
    assert "--withdraw takes away whichever challenger there is; drop --version" in said
    assert asked("models", at=place)["churn"]["challenger"] == 3
    said = run("challenger", "--withdraw", at=place)
    assert "shop.churn: version 3 is no challenger any more" in said
    assert asked("models", at=place)["churn"]["challenger"] is None
    assert "'shop.churn' has no challenger" in run("challenger", "--withdraw", at=place, code=1)
    actions = [each["action"] for each in asked("models", "--history", at=place)]
    assert actions[-3:] == ["challenge", "challenge", "withdraw"]


def test_a_challenger_that_is_promoted_challenges_no_more(place: Path) -> None:
    run("challenger", "--version", "2", at=place)
    override(place, 2)
    told = asked("models", at=place)["churn"]
    assert (told["champion"], told["challenger"], told["note"]) == (2, None, "")


@pytest.mark.parametrize("command", ["models", "promote", "challenger", "compare"])
def test_a_home_where_nothing_was_trained_is_told_and_not_made(
    command: str, tmp_path: Path
) -> None:
    said = run(command, at=tmp_path, code=1)
    assert "nothing was trained in " in said
    assert "run `foretell train`, or name the folder that holds mlruns/ with --home" in said
    assert list(tmp_path.iterdir()) == []


def test_a_promotion_that_cannot_move_the_alias_is_undone_and_told(
    place: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from mlflow.exceptions import MlflowException

    def held(*_: object) -> None:
        raise MlflowException("(sqlite3.OperationalError) database is locked\n[SQL: UPDATE]")

    before = standing(place)
    monkeypatch.setattr("mlflow.MlflowClient.set_registered_model_alias", held)
    said = run("promote", "--version", "2", "--override", "now", at=place, code=1)
    assert "mlflow.db cannot be changed: (sqlite3.OperationalError) database is locked; end" in said
    assert standing(place) == before
