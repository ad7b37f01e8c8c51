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


def test_rows_made_elsewhere_are_not_for_a_ready_made_table(tmp_path: Path) -> None:
    (tmp_path / "project.py").write_text(
        "from features import LabelledTable\n"
        "from training import Project, Task, labelled\n"
        "t = LabelledTable('t', label='y', as_of='2020-01-01')\n"
        "project = Project('bank', tables=[t], tasks=[Task('says', labelled(t))])\n"
        "def prepare(cache):\n    return {'t': 'no.csv'}\n"
    )
    words = ["train", str(tmp_path), "--rows", str(tmp_path), "--home", str(tmp_path / "home")]
    said = CliRunner().invoke(app, words)
    assert said.exit_code == 1
    told = " ".join(said.stderr.split())
    assert "project 'bank' is a ready-made table, whose rows are the file that its project" in told
    assert "leave --rows out" in told
