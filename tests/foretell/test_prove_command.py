"""``foretell prove`` as a person and as a gate use it."""

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from foretell.main import app
from foretell.prove_command import features_of
from foretell.workspace import load
from training import Cohort, Project, Task, first

SHOP = Path(__file__).parent / "shop"

# A module that lies beside the folder of the project.
IMPORT = """
import sys

sys.path.insert(0, {!r})
import stale_helper
"""

# Features of a user's own: one looks one visit too far, and one keeps what it read first.
LEAKY = """
import numpy as np
from features.aggregators import Aggregate
from features.feature import Tally
from features.windows import Window


def _next(stream, column, asked, found):
    values = np.append(stream.number(column).values, 0)
    found[:] = values[stream.visible]


NEXT = Aggregate("next", _next, "Next {column} of {events}", column="measure")
MEANS = {}


def _usual(stream, column, asked, found):
    if not MEANS:
        MEANS["all"] = stream.number(column).values.mean()
    found[:] = MEANS["all"]


USUAL = Aggregate("usual", _usual, "Mean {column} of all {events}", column="measure")
OWN = [Tally(each, "visits", Window(None), "spend") for each in (NEXT, USUAL)]
project = Project(
    "leaky",
    tables=project.tables,
    catalogue=project.catalogue + OWN,
    tasks=project.tasks,
    quarantine=True,
)
whole = prepare


def prepare(cache):
    visits = whole(cache)["visits"]
    visits["at"] = visits["at"].mask(visits.index.isin([3, 5]))
    return {"visits": visits}
"""


def prove(*words: object, code: int = 0) -> str:
    """Run the command, hold its exit code, and return what it says."""
    found = CliRunner().invoke(app, ["prove", *map(str, words)], catch_exceptions=False)
    assert found.exit_code == code, found.output
    return " ".join((found.stdout or found.stderr).split())


SMALL = ("--cutoffs", 2, "--customers", 6)


def test_a_project_is_proven_and_the_proof_goes_stale(tmp_path: Path) -> None:
    folder = tmp_path / "shop"
    folder.mkdir()
    source = (SHOP / "project.py").read_text()
    (folder / "project.py").write_text(source + IMPORT.format(str(tmp_path)))
    (tmp_path / "stale_helper.py").write_text("DAYS = 1")
    home = ("--home", tmp_path)
    said = prove(folder, *SMALL, *home)
    assert said.startswith("shop: 5 features, ")
    assert "(6 customers at 2 cutoffs, 7 kinds of change)" in said
    assert "Fresh processes: 1, loaded anew and led through 2 cutoffs in their order" in said
    assert "Proven: no bit of any feature changed" in said
    assert "Not seen: what prepare() of the project computes from later rows, what its mod" in said
    assert "and files that a feature opens by itself." in said
    kept = json.loads((tmp_path / "mlruns" / "proofs" / "shop" / "proof.json").read_text())
    assert kept["verdict"] == "proven"
    assert kept["processes"] == 1
    assert kept["kinds"]["a fresh process"] == 12
    assert "Proven" in prove(folder, "--stored", *home)
    assert set(kept["code"]) == {"project.py", "module stale_helper"}
    (tmp_path / "stale_helper.py").write_text("DAYS = 2")
    said = prove(folder, "--stored", *home, code=1)
    assert "Stale: code 'module stale_helper' is not what it was; prove again." in said
    (folder / "project.py").write_text(source.replace("count(visits, 91)", "count(visits, 90)"))
    found = json.loads(prove(folder, "--stored", "--json", *home, code=1))
    assert found["verdict"] == "proven"
    assert found["holds"] is False
    assert found["stale"] == [
        "feature 'visits_count_90d' was not there",
        "code 'project.py' is not what it was",
        "code 'module stale_helper' is not there any more",
    ]


def test_a_leak_of_a_users_own_is_named_and_is_exit_code_one(tmp_path: Path) -> None:
    folder = tmp_path / "leaky"
    folder.mkdir()
    (folder / "project.py").write_text((SHOP / "project.py").read_text() + LEAKY)
    said = prove(folder, *SMALL, "--home", tmp_path, code=1)
    assert "LEAK: these features see the future" in said
    assert "visits_spend_next_ever │ visits.spend" in said
    assert "visits: 2 of 10,110 rows set aside (at: absent 2)" in said
    assert "visits_spend_usual_ever │ visits: it remembers what it read before" in said
    found = json.loads(prove(folder, "--stored", "--home", tmp_path, "--json", code=1))
    blamed = [(each["feature"], each["table"], each["column"]) for each in found["culprits"]]
    assert blamed == [
        ("visits_spend_next_ever", "visits", "spend"),
        ("visits_spend_usual_ever", "visits", ""),
    ]


def test_without_a_proof_there_is_nothing_to_tell(tmp_path: Path) -> None:
    said = prove(SHOP, "--stored", "--home", tmp_path, code=1)
    assert "no proof is in" in said
    assert "run `foretell prove" in said


@pytest.mark.parametrize("words", [("--cutoffs", 0), ("--customers", -1), ("--seed", -1)])
def test_numbers_that_make_no_sense_are_a_wrong_command(words: tuple[object, ...]) -> None:
    prove(SHOP, *words, code=2)


def test_features_of_tasks_and_of_their_cohorts_are_proven_too() -> None:
    shop = load(SHOP).project
    task = Task("new", first("visits"), Cohort(active=60), horizon=28)
    whole = Project("shop", shop.tables, shop.catalogue, [*shop.tasks, task])
    assert set(features_of(whole).names) - set(shop.catalogue.names) == {
        *("visits_days_since_ever", "visits_count_60d", "visits_count_ever"),
    }
