from dataclasses import replace
from pathlib import Path

import pytest
from typer.testing import CliRunner

from foretell.main import app
from foretell.model_commands import _searching
from tests.helpers.commands import SHOP
from training.config import Config
from training.search.settings import Search

TIMED = Config(trials=5, search=Search(budget="10m", most=300))


def test_what_is_asked_for_lies_over_the_settings() -> None:
    plain = Config(trials=5)
    assert _searching(plain, None, None) == plain
    assert _searching(TIMED, None, None) == TIMED
    assert _searching(plain, 40, None) == Config(trials=40)
    assert _searching(TIMED, 40, None) == replace(TIMED, trials=40, search=Search(most=300))
    assert _searching(plain, None, "1h").search == Search(budget="1h")
    assert _searching(plain, 40, "1h").search == Search(budget="1h", most=40)


@pytest.mark.parametrize("budget", ["soon", ""])
def test_a_budget_that_is_no_time_is_refused_at_once(budget: str, tmp_path: Path) -> None:
    words = ["train", str(SHOP), "--budget", budget, "--home", str(tmp_path)]
    said = CliRunner().invoke(app, words)
    assert said.exit_code == 1
    assert f"expected a time such as 45s, 10m or 1h30m, got '{budget}'" in said.stderr
    assert list(tmp_path.iterdir()) == []
