"""A feature of a user's own is refused before it costs anybody an hour."""

from pathlib import Path

import pytest
from typer.testing import CliRunner

from foretell.main import app

SHOP = Path(__file__).parent / "shop"

OWN = """
from features import Aggregate, Catalogue, tally


def _none(stream, column, asked, found):
    found[:] = 0


def prepare(cache):
    raise AssertionError("data were read")


project = Project(
    "own",
    tables=project.tables,
    catalogue=Catalogue([tally(Aggregate("mine", _none, "Mine of {events}"), "visits", 28)]),
    tasks=project.tasks,
)
"""


@pytest.mark.parametrize("words", [["train"], ["keep"]])
def test_it_is_refused_before_data_are_read(words: list[str], tmp_path: Path) -> None:
    (tmp_path / "project.py").write_text((SHOP / "project.py").read_text() + OWN)
    (tmp_path / "train.toml").write_text((SHOP / "train.toml").read_text())
    more = {
        "train": [str(tmp_path), "--home", str(tmp_path)],
        "keep": [str(tmp_path), str(tmp_path / "kept"), "--at", "2020-01-01"],
    }
    found = CliRunner().invoke(app, [*words, *more[words[0]]])
    said = " ".join((found.stdout + found.stderr).split())
    assert "'visits_mine_28d' is made by 'mine', which is code of your own" in said
    assert "make it of the given builders, or compute it beforehand" in said
    assert "data were read" not in said
    assert found.exit_code == 1
