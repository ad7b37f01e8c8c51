"""The commands on a project that is a ready-made table."""

import json
import re
import shutil
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from typer.testing import CliRunner

from foretell.main import app
from foretell.scoring import serving_settings
from foretell.workspace import Workspace, load
from serving.answer_rows import answer_rows
from serving.roster import load_roster
from serving.row_schemas import RowsRequest
from serving.settings import read_settings
from tests.helpers.commands import foretell
from tests.helpers.readymade import calls

PROJECT = """\
from pathlib import Path

from features import LabelledTable
from training import Project, Task, labelled

calls = LabelledTable(
    "calls", label="y", positive="yes", customer="client", time="day", leave_out=["seconds"{more}]
)
project = Project("bank", tables=[calls], tasks=[Task("subscribes", labelled(calls))])


def prepare(cache):
    return {{"calls": Path(__file__).parent / "calls.parquet"}}
"""
SETTINGS = """\
trials = 1
rounds = 25
patience = 5
resamples = 40
{more}
[params]
learning_rate = 0.2
min_data_in_leaf = 20
"""
CHANGEABLE = """
[reasons]
changeable = ["income", "calls.age"]
"""


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("home")


@pytest.fixture(scope="module")
def bank(home: Path) -> str:
    folder = home / "bank"
    folder.mkdir()
    (folder / "project.py").write_text(PROJECT.format(more=""))
    (folder / "train.toml").write_text(SETTINGS.format(more="") + CHANGEABLE)
    pq.write_table(calls(1_200), folder / "calls.parquet")
    return str(folder)


@pytest.fixture(scope="module")
def trained(bank: str, home: Path) -> str:
    foretell("train", bank, "--home", str(home))
    foretell("promote", bank, "subscribes", "--override", "a test", "--home", str(home))
    return bank


def test_check_tells_slices_and_the_strongest_columns(bank: str, home: Path) -> None:
    told = json.loads(foretell("check", bank, "--json"))
    assert told["rows"] == 1_200
    assert told["columns"] == {
        "numbers": ["age", "income", "owner"],
        "categories": ["job"],
        "since": [],
    }
    assert told["slices"]["test"]["rows"] == 240
    assert told["slices"]["train"]["from_to"][0] == "2020-01-01"
    assert next(iter(told["alone"])) == "age"
    assert "AUC of the strongest columns alone" in foretell("check", bank)


def test_the_dictionary_names_columns(bank: str) -> None:
    names = [each["name"] for each in json.loads(foretell("features", bank, "--json"))["features"]]
    assert names == ["age", "income", "job", "owner"]


def test_texts_of_columns_are_written_for_review(bank: str) -> None:
    assert json.loads(foretell("reasons", bank, "--json"))["features"] == 4
    written = (Path(bank) / "reasons.toml").read_text(encoding="utf-8")
    assert '[features."age"]' in written
    assert 'en.high = "Job: {value}"' in written
    (Path(bank) / "reasons.toml").unlink()


def test_rows_of_a_file_are_scored(trained: str, home: Path) -> None:
    rows = home / "fresh.csv"
    rows.write_text("age,job,income,owner,client\n70,clerk,,true,7\n20,nurse,3000,false,8\n")
    rows.write_text(rows.read_text().replace("true", "1").replace("false", "0"))
    told = json.loads(
        foretell("score", trained, "--rows", str(rows), "--home", str(home), "--json")
    )
    assert told["rows"] == {"subscribes": 2}
    assert "unlike_training" not in told
    table = pq.read_table(Path(told["folder"]) / "scores.parquet")
    assert [str(each) for each in table["customer"].to_pylist()] == ["7", "8"]
    older, younger = table["score"].to_pylist()
    assert older > younger
    out = str(home / "told")
    asked = ["score", trained, "--rows", str(rows), "--home", str(home), "--out", out]
    foretell(*asked, "--reasons", "2", "--language", "zh")
    told_table = pq.read_table(Path(out) / "scores.parquet")
    assert told_table["score"] == table["score"]
    assert told_table.column_names[-4:] == [
        *("reason_1", "reason_1_effect", "reason_2", "reason_2_effect")
    ]
    assert all("：" in each for each in told_table["reason_1"].to_pylist())
    assert told_table["reason_1_effect"][1].as_py() < 0


def test_what_leads_to_a_lower_band_leads_there(trained: str, home: Path) -> None:
    people = [[age, "clerk", income, 1, 7] for age in (25, 45, 70) for income in (900, 3000, 5000)]
    before = _scored(trained, home, "before", people, "--counterfactual")
    changed = 0
    for person, row in zip(people, before, strict=True):
        told, score = row["counterfactual"], row["counterfactual_score"]
        if score is None:
            assert "lowest band, 'low', already" in told or "No change of one or two facts" in told
            continue
        moved: list[object] = list(person)
        for place, name in ((0, "Age"), (2, "Income")):
            if found := re.search(f"'{name}: (?:only )?([0-9.,]+)' \\(now", told):
                moved[place] = float(found[1].replace(",", ""))
        assert moved != person
        changed += 1
        (after,) = _scored(trained, home, f"after-{changed}", [moved])
        assert after["score"] == score < row["score"]
        assert after["band"] != row["band"]
        assert f"in band '{after['band']}'" in told
    assert changed >= 2


def _scored(
    trained: str, home: Path, name: str, people: Sequence[Sequence[object]], *more: str
) -> list[dict[str, Any]]:
    rows = home / f"{name}.csv"
    lines = ["age,job,income,owner,client", *(",".join(map(str, each)) for each in people)]
    rows.write_text("\n".join(lines) + "\n")
    out = home / f"scores-{name}"
    asked = ["score", trained, "--rows", str(rows), "--home", str(home), "--out", str(out)]
    foretell(*asked, *more)
    made: list[dict[str, Any]] = pq.read_table(out / "scores.parquet").to_pylist()
    return made


def test_nobody_is_told_to_change_what_is_not_in_their_hands(tmp_path: Path, bank: str) -> None:
    folder, home = tmp_path / "shut", str(tmp_path / "home")
    shutil.copytree(bank, folder)
    settings = folder / "train.toml"
    settings.write_text(SETTINGS.format(more="") + CHANGEABLE.replace("income", "incme"))
    told = foretell("train", str(folder), "--home", home, code=1)
    assert "changeable names 'incme', which no feature is called or reads" in told
    assert "nearest are 'income'" in told
    settings.write_text(SETTINGS.format(more="") + CHANGEABLE.replace("income", "job"))
    told = foretell("train", str(folder), "--home", home, code=1)
    assert "changeable names 'job', which holds names: only numbers are told to move" in told
    settings.write_text(SETTINGS.format(more=""))
    foretell("train", str(folder), "--home", home)
    foretell("promote", str(folder), "subscribes", "--override", "a test", "--home", home)
    rows = tmp_path / "rows.csv"
    rows.write_text("age,job,income,owner,client\n70,clerk,,1,7\n")
    asked = ["score", str(folder), "--rows", str(rows), "--home", home, "--out"]
    told = foretell(*asked, str(tmp_path / "out"), "--counterfactual", code=1)
    assert "reads nothing that is known to be in a customer's hands" in " ".join(told.split())
    assert '[reasons] changeable = ["amount_paid"]' in " ".join(told.split())
    assert not (tmp_path / "out").exists()


def test_levels_that_training_did_not_know_are_told(trained: str, home: Path) -> None:
    rows = home / "strange.csv"
    rows.write_text("age,job,income,owner,client\n70,pilot,,1,7\n20,Nurse,3000,0,8\n")
    asked = ["score", trained, "--rows", str(rows), "--home", str(home)]
    words = "'job' holds levels that the model does not know in 100% of the rows, such as 'pilot'"
    done = CliRunner().invoke(app, [*asked, "--out", str(home / "strange")])
    assert f"subscribes: {words}" in " ".join(done.stderr.split())
    found = json.loads(foretell(*asked, "--out", str(home / "more"), "--json"))
    assert found["unlike_training"]["subscribes"][0].startswith(words)


def test_the_service_answers_rows_as_the_command_does(trained: str, home: Path) -> None:
    settings = home / "settings.json"
    asked = serving_settings(Workspace.at(home), [load(Path(trained))])
    settings.write_text(json.dumps(asked))
    rows: list[dict[str, Any]] = [
        {"age": 70, "job": "clerk", "income": None, "owner": True, "client": 7}
    ]
    rows += [{"age": 20, "job": "nurse", "income": 3000, "owner": False, "client": 8}]
    found = answer_rows(load_roster(read_settings(settings)), RowsRequest(rows=rows))
    file, out = home / "served.parquet", str(home / "served")
    pq.write_table(pa.Table.from_pylist(rows), file)
    foretell("score", trained, "--rows", str(file), "--home", str(home), "--out", out)
    scores = pq.read_table(Path(out) / "scores.parquet").to_pydict()
    assert [each.score for each in found.scores] == scores["score"]
    assert [each.customer for each in found.scores] == scores["customer"] == [7, 8]
    assert [each.calibration.state for each in found.scores] == scores["calibration"]


def test_rows_are_listed_with_their_reasons(trained: str, home: Path) -> None:
    file, scored = home / "autumn.parquet", home / "autumn"
    pq.write_table(calls(40).drop_columns(["y", "seconds"]), file)
    asked = ["score", trained, "--rows", str(file), "--home", str(home), "--out", str(scored)]
    foretell(*asked, "--reasons", "2")
    said = ["list", trained, "subscribes", str(scored), "--home", str(home), "--top", "5"]
    told = json.loads(foretell(*said, "--json"))
    lines = Path(told["path"]).read_text().splitlines()
    assert lines[0] == "rank,customer,score,band,reason_1,reason_2"
    scores = pq.read_table(scored / "scores.parquet").to_pydict()
    best = sorted(zip(scores["score"], scores["customer"], scores["reason_1"], strict=True))[::-1]
    assert [line.split(",")[1] for line in lines[1:]] == [str(each[1]) for each in best[:5]]
    assert lines[1].split(",")[4].startswith(best[0][2])
    assert told["listed"] == 5
    plain = home / "plain"
    chinese = json.loads(foretell(*said, "--language", "zh", "--out", str(home / "zh"), "--json"))
    assert Path(chinese["path"]).read_text().splitlines() == lines
    foretell(*asked[:-1], str(plain))
    done = CliRunner().invoke(app, [*said[:3], str(plain), *said[4:]])
    assert done.exit_code == 0, done.output
    assert "the scores hold no reasons" in " ".join(done.output.split())


def test_the_lint_checks_the_reasons_of_columns(trained: str, home: Path) -> None:
    found = json.loads(foretell("reasons", trained, "--lint", "--home", str(home), "--json"))
    assert found["subscribes"]["inputs"] > 0
    assert 0.6 <= found["subscribes"]["overlap_by_one"] <= 1


@pytest.mark.parametrize(
    ("words", "lacks"),
    [
        (["score", "{}"], "no events to read"),
        (["vectors", "{}", "out.parquet", "--at", "2020-06-01"], "no events to read"),
        (["prove", "{}"], "nothing to prove from events"),
        (["keep", "{}", "store", "--at", "2020-06-01"], "no vectors to keep up to date"),
    ],
)
def test_what_needs_events_says_what_to_do_instead(
    trained: str, home: Path, words: list[str], lacks: str
) -> None:
    homed = [] if words[0] == "keep" else ["--home", str(home)]
    homed = [] if words[0] in ("keep", "vectors") else homed
    told = foretell(*(each.format(trained) for each in words), *homed, code=1)
    assert f"project 'bank' is a ready-made table and has {lacks}" in told
    assert "`foretell score PROJECT --rows FILE` scores the rows" in told


def test_a_run_is_repeated(trained: str, home: Path) -> None:
    told = foretell("repeat", "bank.subscribes/1", "--home", str(home))
    assert "the same model, byte for byte" in told
    listed = json.loads(foretell("models", trained, "--home", str(home), "--json"))["subscribes"]
    assert (listed["newest"], listed["champion"]) == (1, 1)


def test_a_repetition_on_other_code_and_data(trained: str, home: Path) -> None:
    folder = home / "moved"
    folder.mkdir()
    (folder / "project.py").write_text(PROJECT.format(more=', "job"'))
    (folder / "train.toml").write_text(SETTINGS.format(more="seed = 9") + CHANGEABLE)
    pq.write_table(calls(1_200, seed=4), folder / "calls.parquet")
    again = ["repeat", "bank.subscribes/1", "--project", str(folder), "--home", str(home)]
    from typer.testing import CliRunner

    from foretell.main import app

    done = CliRunner().invoke(app, [*again, "--register"])
    assert done.exit_code == 1
    assert "another model: SHA-256 " in done.stdout
    assert "data: the rows have the hash " in done.stdout
    assert "definitions: tables, catalogue of the project changed since" in done.stdout
    assert "settings: seed of train.toml changed since; the run's were used" in done.stdout
    assert "recorded as version 2" in done.stdout
