"""Who is served is who the link leads to, whatever the last line of the log says."""

from pathlib import Path

import pytest

from features.errors import StateError
from training.production.history import CROWNING, entry
from training.production.intent import INTENT
from training.production.log import append, read_history
from training.production.stand import BUNDLES, champion, standing


def led(champions: Path, bundle: str) -> None:
    link = champions / "churn"
    link.unlink(missing_ok=True)
    link.symlink_to(champions / BUNDLES / bundle)


def test_the_decision_behind_a_champion_is_about_its_bundle_and_made_champions(
    tmp_path: Path,
) -> None:
    told = [
        entry("churn", "promote", 1, None, "aa"),
        entry("churn", "promote", 2, 1, "bb"),
        entry("coffee", "promote", 7, None, "aa"),
        entry("churn", "challenge", 3, None, "aa"),
    ]
    for each in told:
        append(tmp_path, each)
    history = read_history(tmp_path)
    for bundle, wanted in {"aa": told[0], "bb": told[1]}.items():
        led(tmp_path, bundle)
        assert champion(tmp_path, "churn", history) == wanted
        assert standing(tmp_path, "churn") == wanted
        assert wanted.action in CROWNING
    led(tmp_path, "cc")
    with pytest.raises(StateError, match="leads to bundle cc, which no line of the log promoted"):
        champion(tmp_path, "churn", history)
    (tmp_path / "churn").unlink()
    assert champion(tmp_path, "churn", history) is None


@pytest.mark.parametrize("content", ["", "{}", '{"lines": "many", "entry": {}}', "[]"])
def test_a_decision_that_cannot_be_read_is_told(tmp_path: Path, content: str) -> None:
    append(tmp_path, entry("churn", "promote", 1, None, "aa"))
    led(tmp_path, "aa")
    (tmp_path / INTENT).write_text(content)
    with pytest.raises(StateError, match=r"\.intent\.json is no decision that was begun .*move it"):
        standing(tmp_path, "churn")
