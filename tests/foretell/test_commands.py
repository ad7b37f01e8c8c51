"""The command line as a person uses it, from check to list, on a small shop."""

import json
import shutil
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from foretell.main import app
from tests.helpers.commands import SHOP, SPOILT, copied, foretell

COMMANDS = (
    *("check", "features", "vectors", "keep", "append", "prove", "train", "models"),
    *("reasons", "promote", "rollback", "challenger", "compare"),
    *("score", "list", "serve", "doctor", "demo"),
)


@pytest.fixture(scope="module")
def scores(home: Path) -> dict[str, Any]:
    """What ``foretell score`` says of the shop."""
    said: dict[str, Any] = json.loads(foretell("score", SHOP, "--home", str(home), "--json"))
    return said


def test_help_names_every_command() -> None:
    said = foretell("--help")
    for command in COMMANDS:
        assert f" {command} " in said
        assert "Example: " in foretell(command, "--help")


def test_check_tells_rows_and_the_span_of_time(tmp_path: Path) -> None:
    home = ("--home", str(tmp_path))
    said = json.loads(foretell("check", SHOP, "--json", *home))
    assert said["visits"]["rows"] > 1_000
    assert said["visits"]["complete_until"] == "2024-11-01T00:00:00Z"
    assert said["visits"]["freshness"]["as_of"] == "2024-11-01T00:00:00Z"
    profile = tmp_path / "out" / "shop" / "profile.json"
    assert json.loads(profile.read_text())["tables"]["visits"]["rows"] == said["visits"]["rows"]


def test_a_stale_table_is_told_and_fails_only_a_strict_check(tmp_path: Path) -> None:
    shop = copied(tmp_path, table="    fresh_within=2,\n")
    home = ("--home", str(tmp_path))
    assert "is stale" not in foretell("check", shop, "--strict", *home)
    late = ("check", shop, "--at", "2024-11-04", *home)
    assert "visits is stale: expected something new within 2 days" in foretell(*late)
    assert json.loads(foretell(*late, "--json"))["visits"]["freshness"]["stale"] is True
    found = CliRunner().invoke(app, [*late, "--strict"])
    assert found.exit_code == 1
    assert "visits is stale" in found.stdout


def test_what_was_not_known_yet_is_none_and_what_is_of_every_row_is_said(tmp_path: Path) -> None:
    words = ("check", SHOP, "--at", "2020-01-02", "--home", str(tmp_path))
    said = foretell(*words)
    title, row = said.splitlines()[0], next(line for line in said.splitlines() if "visits" in line)
    assert title == (
        "Tables keep their contracts; first, last and complete until of every row, the rest as of "
        "2020-01-02T00:00:00Z"
    )
    cells = [cell.strip() for cell in row.strip("│ ").split("│")]
    assert cells[4:] == ["2024-11-01T00:00:00Z", "none", "0", "0", "0"]
    told = json.loads(foretell(*words, "--json"))["visits"]["freshness"]
    assert (told["age_days"], told["last_known"]) == (None, None)
    helped = " ".join(foretell("check", "--help").split())
    assert "first, last and complete until are of every row" in helped
    assert "only what was known before it is used" not in helped


def test_check_sets_bad_rows_aside_when_it_is_asked_to(tmp_path: Path) -> None:
    shop, folder = copied(tmp_path, prepare=SPOILT), tmp_path / "aside"
    home = ("--home", str(tmp_path))
    assert "a time in every row, came empty cells in 2 rows" in foretell(
        "check", shop, *home, code=1
    )
    asked = ("check", shop, "--quarantine", str(folder), *home)
    told = json.loads(foretell(*asked, "--json"))["visits"]
    counts = told["set_aside"]
    assert counts["reasons"] == [{"column": "at", "reason": "absent", "rows": 2}]
    assert (counts["rows_set_aside"], counts["rows_used"]) == (2, told["rows"])
    assert sorted(each.name for each in folder.iterdir()) == [
        *("counts.csv", "quarantine.json", "quarantine.parquet")
    ]
    assert "never overwritten" in foretell(*asked, code=1)


def test_a_project_that_sets_rows_aside_says_so_wherever_it_reads(tmp_path: Path) -> None:
    shop = copied(tmp_path, project="    quarantine=True,\n", prepare=SPOILT)
    said = foretell("check", shop, "--home", str(tmp_path))
    assert "visits: 2 of " in said
    assert "rows set aside (at: absent 2)" in said
    out = tmp_path / "vectors.parquet"
    told = json.loads(foretell("vectors", shop, str(out), "--at", "2024-06-01", "--json"))
    assert told["set_aside"]["visits"]["rows_set_aside"] == 2
    said = foretell("vectors", shop, str(out), "--at", "2024-06-01", "--force")
    assert "{" not in said
    assert "visits: 2 of 10,110 rows set aside (at: absent 2)" in said


def test_features_prints_the_dictionary() -> None:
    told = json.loads(foretell("features", SHOP, "--json"))
    (table,), said = told["tables"], told["features"]
    assert [each["name"] for each in table["columns"]] == ["client", "at", "spend"]
    assert [each["name"] for each in said] == [
        "visits_count_28d",
        "visits_count_91d",
        "visits_spend_total_91d",
        "visits_days_between_ever",
        "visits_days_since_ever",
    ]
    assert all(each["description"] and each["unit"] and each["null"] for each in said)


def test_features_writes_the_dictionary_as_a_page(tmp_path: Path) -> None:
    page = tmp_path / "dictionary.html"
    assert "tables 1, features 5" in foretell("features", SHOP, "--html", str(page))
    assert "<h1>Data dictionary of shop</h1>" in page.read_text()


def test_vectors_writes_a_row_for_every_customer(tmp_path: Path) -> None:
    import pandas as pd

    out = tmp_path / "vectors.parquet"
    said = json.loads(foretell("vectors", SHOP, str(out), "--at", "2024-06-01", "--json"))
    assert said["rows"] == len(pd.read_parquet(out)) == 300


def test_vectors_replaces_a_file_only_when_forced(tmp_path: Path) -> None:
    out = tmp_path / "vectors.parquet"
    out.write_text("mine")
    words = ["vectors", SHOP, str(out), "--at", "2024-06-01"]
    said = " ".join(foretell(*words, code=1).split())
    assert "exists; choose another name, or replace it with --force" in said
    assert out.read_text() == "mine"
    assert "300" in foretell(*words, "--force")
    assert out.read_bytes()[:4] == b"PAR1"


def test_kept_vectors_are_brought_up_to_date(tmp_path: Path) -> None:
    import pandas as pd

    store, new = str(tmp_path / "kept"), tmp_path / "new.parquet"
    words = ["keep", SHOP, store, "--at", "2024-06-01", "--at", "2024-07-01", "--json"]
    assert json.loads(foretell(*words)) == {
        "store": store, "cutoffs": 2, "rows": 600, "features": 4,
    }  # fmt: skip
    late = pd.Timestamp("2024-06-30T12:00Z")
    pd.DataFrame({"client": ["c1", "new"], "at": [late, late], "spend": [1.5, 2.0]}).to_parquet(new)
    said = json.loads(foretell("append", SHOP, store, "--new", f"visits={new}", "--json"))
    assert said == {"store": store, "events": 2, "newcomers": 1, "recomputed": 3, "kept": 599}
    again = foretell("append", SHOP, store, "--new", f"visits={new}", code=1)
    assert "made from 10,112 rows, and there are 10,110 now" in " ".join(again.split())


@pytest.mark.parametrize(
    ("words", "message"),
    [
        ([], "expected new rows (--new) or cutoffs (--at), got neither"),
        (["--new", "visits"], "expected TABLE=SOURCE, got 'visits'"),
        (["--new", "visits=a", "--new", "visits=b"], "table 'visits' is given twice; put its"),
        (["--new", "visits=a.csv"], "is no store of vectors: expected a file"),
    ],
)
def test_an_append_that_cannot_be_is_told(tmp_path: Path, words: list[str], message: str) -> None:
    said = " ".join(foretell("append", SHOP, str(tmp_path / "kept"), *words, code=1).split())
    assert message in said


def test_models_are_recorded_and_promoted(home: Path) -> None:
    said = json.loads(foretell("models", SHOP, "--home", str(home), "--json"))
    assert {task: (each["newest"], each["champion"]) for task, each in said.items()} == {
        "churn": (1, 1),
        "back": (1, 1),
    }
    assert (home / "out" / "reports" / "shop-churn.html").stat().st_size < 2_000_000


def test_score_writes_the_cohorts_of_all_champions(home: Path, scores: dict[str, Any]) -> None:
    assert set(scores["rows"]) == {"churn", "back"}
    assert scores["as_of"] == "2024-11-01T00:00:00Z"
    assert (Path(scores["folder"]) / "manifest.json").exists()


def test_list_is_ranked_and_says_why(home: Path, scores: dict[str, Any]) -> None:
    said = json.loads(
        foretell(
            "list", SHOP, "churn", scores["folder"], "--top", "7", "--home", str(home), "--json"
        )
    )
    lines = Path(said["path"]).read_text().splitlines()
    assert lines[0].startswith("rank,customer,score,band,reason_1")
    listed = [line.split(",") for line in lines[1:]]
    assert len(listed) == said["listed"] == 7
    points = [float(cells[2]) for cells in listed]
    assert points == sorted(points, reverse=True)
    assert "visits" in lines[1]
    chinese = ("--language", "zh", "--out", str(home / "zh"))
    foretell("list", SHOP, "churn", scores["folder"], "--top", "7", "--home", str(home), *chinese)
    told = (home / "zh" / "list.csv").read_text(encoding="utf-8").splitlines()
    assert [line.split(",")[:4] for line in told[1:]] == [cells[:4] for cells in listed]
    assert "（提高分数）" in told[1]
    assert "language" not in said
    wrong = ("--language", "de", "--out", str(home / "de"))
    said = foretell(
        "list", SHOP, "churn", scores["folder"], "--top", "7", "--home", str(home), *wrong, code=1
    )
    assert "language must be 'en' or 'zh', got 'de'" in " ".join(said.split())


def test_a_list_tells_no_reasons_of_another_model(home: Path, scores: dict[str, Any]) -> None:
    other = home / "scores of before"
    shutil.copytree(scores["folder"], other)
    manifest = json.loads((other / "manifest.json").read_text())
    manifest["models"]["churn"] = "0123456789ab"
    (other / "manifest.json").write_text(json.dumps(manifest))
    said = foretell("list", SHOP, "churn", str(other), "--top", "7", "--home", str(home), code=1)
    words = "holds scores of model 0123456789ab, and the champion of 'churn' is"
    assert words in " ".join(said.split())
    assert not Path(f"{other}-churn-list").exists()


def test_a_result_is_never_overwritten(home: Path, scores: dict[str, Any]) -> None:
    for words in (("score", SHOP), ("score", SHOP, "--task", "churn", "--base-rate", "0.3")):
        said = " ".join(foretell(*words, "--home", str(home), code=1).split())
        assert "exists and is never overwritten; choose another name with --out" in said
        # Long work is not begun.
        assert "checking and reading" not in said


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["check", "nowhere"], "nowhere is not there; a project is a folder with a file"),
        (["train", SHOP, "--task", "x"], "project 'shop' has no task 'x'; it has churn, back"),
        (["train", SHOP, "--engine", "disk"], "engine must be one of auto, memory, file, dask"),
        (["train", SHOP, "--rows", "."], "name it with --task, one of churn, back"),
        (["train", SHOP, "--task", "back", "--rows", SHOP], "holds no Parquet files; expected"),
        (
            ["promote", SHOP, "churn"],
            "nothing was trained in mlruns; run `foretell train`, or name the folder that",
        ),
        (["rollback", SHOP, "churn"], "nothing to go back to"),
        (["score", SHOP], "run `foretell train` and `foretell promote` first"),
        (["vectors", SHOP, "v.parquet", "--at", "soon"], "expected an ISO 8601 instant"),
        (["list", SHOP, "churn", "nowhere", "--top", "3"], "no champion of churn in"),
    ],
)
def test_an_error_says_what_to_do(
    words: list[str], message: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    said = " ".join(foretell(*words, code=1).split())
    # What was done before may stand in front of it.
    _, error, told = said.partition("error: ")
    assert error
    assert message in told


def test_doctor_finds_champions_and_damage(home: Path, tmp_path: Path) -> None:
    said = json.loads(foretell("doctor", "--home", str(home), "--json"))
    assert "verified" in {each["name"]: each["found"] for each in said}["shop.churn"]
    assert "run `foretell train PROJECT`" in CliRunner().invoke(
        app, ["doctor", "--home", str(tmp_path)]
    ).stdout.replace("\n", " ")


def test_a_wrong_command_is_exit_code_two() -> None:
    foretell("list", SHOP, code=2)
    foretell("nonsense", code=2)


@pytest.mark.parametrize(
    "source",
    [["a.csv"], "postgresql://db/crm?password=hush#visits", "duckdb:///crm.db#visits"],
)
def test_a_server_reads_files_only(source: Any, tmp_path: Path) -> None:
    from dataclasses import replace

    from features.errors import StateError
    from foretell.scoring import serving_settings
    from foretell.workspace import Workspace, load

    loaded = replace(load(Path(SHOP)), prepare=lambda cache: {"visits": source})
    with pytest.raises(StateError, match="a server reads each table from one file") as told:
        serving_settings(Workspace.at(tmp_path), [loaded])
    assert "hush" not in str(told.value)
