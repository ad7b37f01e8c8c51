"""A ready-made table whose columns and levels are written in another script."""

import re
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest

from features import Catalogue, LabelledTable, total
from features.errors import SchemaError
from features.ready.given import given, spelled
from features.ready.read import read_rows
from tests.helpers.readymade import calls, project
from tests.helpers.shop import config
from tests.training.ready.test_train_ready import quiet
from training.bundle.asked import ready_table, vectors_of_rows
from training.data import open_data
from training.judge.settings import Judging
from training.production.frames import FrameScorer, columns_of
from training.registry import Registry
from training.train import train

NAMES = {"income": "收入", "age": "年龄", "job": "职业", "owner": "Größe"}
TABLE = LabelledTable("calls", "y", "yes", "client", time="day", leave_out=["seconds"])


def test_columns_and_levels_of_another_script_are_learnt_judged_and_told(tmp_path: Path) -> None:
    rows = calls(4_000)
    named = rows.rename_columns([NAMES.get(each, each) for each in rows.column_names])
    place = named.column_names.index("职业")
    jobs = np.array(["护士" if each == "nurse" else each for each in rows["job"].to_pylist()])
    named = named.set_column(place, "职业", [jobs.tolist()])
    asked = project(TABLE)
    judged = config(judging=Judging(slices=("职业",), diagnostics=False))
    data = open_data(asked, {"calls": named}, quiet, judged.judging.names)
    features = given(data.ready.table) if data.ready is not None else ()
    assert {each.name for each in features} == {
        *("u5e74u9f84", "u804cu4e1a", "u6536u5165", "grosse")
    }
    # Letters that the figures' font lacks are no warning: warnings are errors here.
    made = train(asked, asked.tasks[0], data, judged, Registry(tmp_path / "m"), tmp_path / "r")
    page = made.report.read_text(encoding="utf-8")
    assert "职业: 护士" in page
    assert "u804cu4e1a: " not in page
    assert "年龄 alone" in page
    plain = config()
    made = train(asked, asked.tasks[0], data, plain, Registry(tmp_path / "m"), tmp_path / "r")
    page = made.report.read_text(encoding="utf-8")
    assert "职业: 护士" in page
    _is_asked_by_its_columns(tmp_path, asked.tasks[0].name, named)
    # Gain, attributions and dependence too.
    assert "largest is that of " in page
    assert not re.search("u[0-9a-f]{4}u[0-9a-f]{4}", page)


def _is_asked_by_its_columns(home: Path, task: str, source: pa.Table) -> None:
    """A notebook asks the registered model with the table's own columns."""
    folder = Registry(home / "m").fetch_bundle("bank", task, 2, home / "fetched")
    scorer = FrameScorer(folder)
    assert set(columns_of(scorer.bundle)) == {"收入", "年龄", "职业", "Größe"}
    frame = source.to_pandas().head(50).astype({"年龄": float, "Größe": float})
    vectors = vectors_of_rows(read_rows(ready_table(scorer.bundle), source.slice(0, 50)))
    wanted = scorer.bundle.probabilities(scorer.bundle.margins(vectors), vectors)
    assert scorer.score(frame)["probability"].tolist() == wanted.tolist()
    with pytest.raises(SchemaError, match="the frame lacks 年龄; give a column for each of"):
        scorer.score(frame.drop(columns="年龄"))


def test_only_names_that_spell_letters_are_called_otherwise() -> None:
    table = LabelledTable("calls", "y", time="at", numbers=["收入", "Age", "Größe"])
    assert spelled(given(table)) == {"u6536u5165": "收入", "grosse": "Größe"}
    # Several features may be made of one column of events.
    assert spelled(Catalogue([total("visits", "收入", 30), total("visits", "收入", 90)])) == {}
