"""What goes wrong in a project's own code is told in one sentence, with its file and line."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from typer.testing import CliRunner

from features.errors import ProjectError
from foretell.main import app
from foretell.workspace import load

WHOLE = """\
from pathlib import Path

from features import *
from training import Cohort, Project, Task, silent

visits = EventTable("visits", customer="id", occurred_at="at", timezone="UTC")
{before}
project = Project(
    "own",
    tables=[visits],
    catalogue=Catalogue([count(visits, 28){more}]),
    tasks=[Task("churn", silent(visits), Cohort(active=182), horizon=56)],{keyword}
)
as_of = "2020-06-01"


def prepare(cache):
    {prepare}
"""
FILE = 'return {"visits": str(Path(__file__).parent / "visits.csv")}'


def written(folder: Path, prepare: str = FILE, **parts: str) -> Path:
    empty = dict.fromkeys(("before", "more", "keyword"), "")
    (folder / "project.py").write_text(WHOLE.format(**empty | parts, prepare=prepare))
    (folder / "visits.csv").write_text("id,at\n1,2020-01-01\n2,2020-05-05\n")
    return folder


def told(*words: str) -> str:
    """What a command says that ends with 1, and not with a trace."""
    found = CliRunner().invoke(app, list(words))
    assert found.exit_code == 1, found.output
    assert isinstance(found.exception, SystemExit)
    assert "Traceback" not in found.stderr
    return " ".join(found.stderr.split())


def test_a_sound_project_is_checked(tmp_path: Path) -> None:
    done = CliRunner().invoke(app, ["check", str(written(tmp_path)), "--home", str(tmp_path)])
    assert done.exit_code == 0, done.output


@pytest.mark.parametrize(
    ("parts", "said"),
    [
        ({"before": "def f(:"}, "line 7: SyntaxError: invalid syntax; mend the line"),
        ({"before": "import nosuch"}, "line 7: ModuleNotFoundError: No module named 'nosuch'; men"),
        ({"keyword": "\n    quarantin=True,"}, "line 8: TypeError: .*keyword argument 'quarantin'"),
        ({"before": "raise SystemExit('no')"}, "line 7: SystemExit: no; mend the line, or install"),
        ({"before": "import broken"}, "line 2: SyntaxError: '\\(' was never closed; mend"),
    ],
)
def test_code_that_fails_is_told_with_its_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, parts: dict[str, str], said: str
) -> None:
    written(tmp_path, **parts)
    (tmp_path / "broken.py").write_text("x = 1\ny = (\n")
    monkeypatch.syspath_prepend(str(tmp_path))
    file = "broken" if "broken" in str(parts) else "project"
    for command in ("check", "features", "train"):
        words = told(command, str(tmp_path))
        expected = f"error: code of the project fails at {tmp_path}/{file}\\.py, {said}"
        assert re.search(expected, words), words
    monkeypatch.setenv("FORETELL_TRACE", "1")
    traced = CliRunner().invoke(app, ["check", str(tmp_path)])
    assert isinstance(traced.exception, ProjectError)
    assert traced.exception.__cause__ is not None


@pytest.mark.parametrize(
    ("prepare", "said"),
    [
        (
            "raise ValueError('no file')",
            "the project fails at .*line 18, in prepare: ValueError",
        ),
        ("return Path(None)", r"line 18, in prepare: TypeError: .*; mend it \(FORETELL_TRACE=1"),
        ("return {}", "line 17, in prepare.* table 'visits' has no source; return a file, a fr"),
        ("return None", "expected a mapping .* as {'visits': 'file.parquet'}, got NoneType"),
        (FILE.replace("{", "{'calls': 'x', "), "no table is named 'calls'; the project has visits"),
    ],
)
def test_a_prepare_that_fails_is_told_with_its_line(
    tmp_path: Path, prepare: str, said: str
) -> None:
    folder = str(written(tmp_path, prepare))
    home = ("--home", str(tmp_path))
    for command in (("check",), ("vectors", str(tmp_path / "x.parquet")), ("prove",), ("train",)):
        name, *more = command
        words = told(name, folder, *more, *(() if name == "vectors" else home))
        assert re.search(said, words), words
        assert f"{tmp_path}/project.py, line 1" in words


def test_a_feature_that_fails_is_named(tmp_path: Path) -> None:
    own = (
        "from features.aggregators import Aggregate\nfrom features.feature import Tally\n"
        "from features.windows import Window\n\ndef slow(stream, column, asked, found):\n"
        "    found[:] = stream.nothing\n\n"
        "odd = Tally(Aggregate('slow', slow, 'x'), 'visits', Window(7))"
    )
    folder = str(written(tmp_path, before=own, more=", odd"))
    said = (
        rf"code of feature 'visits_slow_7d' fails at {tmp_path}/project\.py, line 12, in slow: "
        "AttributeError: 'Stream' object has no attribute 'nothing'; mend it, or leave the feature"
    )
    for words in (("vectors", folder, str(tmp_path / "x.parquet")), ("prove", folder)):
        assert re.search(said, told(*words))


def test_a_project_that_failed_can_be_mended_and_read_again(tmp_path: Path) -> None:
    written(tmp_path, before="import nosuch")
    told("features", str(tmp_path))
    assert load(written(tmp_path)).project.name == "own"
