"""What a ready-made table is judged by, beaten by, and refused for."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from features.errors import DefinitionError, MaturityError
from serving.ready import score_rows
from serving.told import Told
from tests.helpers.readymade import CALLS, calls, prepared_for, project
from tests.helpers.shop import config
from tests.training.ready.test_train_ready import _vectors as vectors
from tests.training.ready.test_train_ready import model_of, prepared, quiet
from training.data import open_data
from training.judge.judge import judge
from training.judge.settings import Judging
from training.learn import learn
from training.prepare import prepare
from training.reasons.explain import Explainer
from training.reasons.lint import lint
from training.reasons.settings import Reasons
from training.registry import Registry
from training.repeat import again_from
from training.repeatable import FILE, repeatable_from_json
from training.runs import file_of
from training.train import train

ROWS = calls(1_600)


def test_a_model_is_judged_by_a_column_that_it_does_not_read() -> None:
    random = np.random.default_rng(4)
    sexes = np.array(["f", "m"])[random.integers(0, 2, len(ROWS))]
    source = ROWS.append_column("sex", pa.array(sexes))
    table = replace(CALLS, leave_out=("seconds", "sex"))
    place = random.permutation(len(ROWS))
    found = prepared(source.take(place), table, judging=Judging(protected=("sex",)))
    assert "sex" not in found.rows.vectors.columns
    whose = dict(zip(ROWS["client"].to_pylist(), sexes.tolist(), strict=True))
    clients = found.rows.vectors.customers.tolist()
    assert found.groups["sex"].tolist() == [whose[each] for each in clients]
    plain = prepared(source, table)
    assert "sex" not in plain.groups
    assert model_of(found) == model_of(plain)
    asked = project(table)
    unread = open_data(asked, {"calls": source}, quiet)
    judged = config(judging=Judging(protected=("sex",)))
    with pytest.raises(DefinitionError, match="'sex' was not read; open the data with open_data"):
        prepare(unread.described(asked), asked.tasks[0], unread, unread.timed(judged))
    with pytest.raises(DefinitionError, match="table 'calls' leaves out; such columns are seconds"):
        prepared(source, judging=Judging(protected=("age_of_sex",)))


def test_fairness_is_told_of_a_column_that_is_left_out(tmp_path: Path) -> None:
    random = np.random.default_rng(4)
    source = ROWS.append_column("sex", pa.array(random.integers(0, 2, len(ROWS))))
    asked = project(replace(CALLS, leave_out=("seconds", "sex")))
    settings = config(judging=Judging(protected=("sex",)))
    data = open_data(asked, {"calls": source}, quiet, settings.judging.names)
    task, registry = asked.tasks[0], Registry(tmp_path / "fair")
    made = train(asked, task, data, settings, registry, tmp_path / "fair-reports")
    assert {each.by for each in made.evaluation.fairness.groups} == {"sex"}
    kept = repeatable_from_json(file_of(registry, made.recorded.run, FILE))
    again = again_from(kept, {"calls": source}, quiet)
    assert again.ready is not None
    assert list(again.ready.beside) == ["sex"]


def test_labels_that_cannot_be_known_yet_are_refused() -> None:
    tomorrow = datetime.now(UTC).date() + timedelta(days=2)
    days = ROWS["day"].to_pylist()
    source = ROWS.set_column(1, "day", pa.array([*days[:-1], tomorrow]))
    words = rf"in 1 of 1,600 rows are not known yet, first in row 1600, which stands at {tomorrow}"
    with pytest.raises(MaturityError, match=words):
        prepared(source)
    yesterday = datetime.now(UTC).date() - timedelta(days=1)
    newest = ROWS.set_column(1, "day", pa.array([*days[:-1], yesterday]))
    assert len(prepared(newest).rows) == 1_600
    with pytest.raises(MaturityError, match=r"in 1 of 1,600 rows .* leave out rows after"):
        prepared_for(project(horizon=30), newest, config())
    untimed = replace(CALLS, time="", as_of=f"{tomorrow}", leave_out=("seconds", "day"))
    with pytest.raises(MaturityError, match=r"in 1,600 of 1,600 rows .*; set as_of to"):
        prepared(ROWS, untimed)


def test_a_column_that_changes_only_in_the_test_is_pruned() -> None:
    late = np.where(np.arange(len(ROWS)) < 0.8 * len(ROWS), 0.0, np.arange(len(ROWS)) % 7)
    found = prepared(ROWS.append_column("late", pa.array(late)))
    assert "late" in {each.name for each in found.selected.dropped}
    assert "late" not in found.rows.vectors.columns


def test_the_strongest_column_may_be_a_text() -> None:
    random = np.random.default_rng(0)
    yes = (np.array(ROWS["y"].to_pylist()) == "yes") ^ (random.random(len(ROWS)) < 0.08)
    towns = np.array(["Bonn", "Ulm", "Trier"])[np.where(random.random(len(yes)) < 0.2, 2, yes)]
    source = ROWS.append_column("town", pa.array(towns))
    found = prepared(source)
    assert found.baseline == "town"
    settings = config(judging=Judging(diagnostics=False))
    learned = learn(found.rows, found.splits[0], found.baseline, settings, quiet)
    rates = dict(zip(found.groups["town"][learned.test], learned.baselines["alone"], strict=True))
    final = found.splits[0]["final"]
    for town, told in rates.items():
        here = final & (found.groups["town"] == town)
        assert told == pytest.approx(found.rows.label[here].mean(), abs=0.01)
    judged = judge(project().tasks[0], found, [learned], settings)
    assert set(judged.baselines) == {"town", "logistic"}
    assert "town alone by" in judged.verdicts[0]


def test_slices_of_rows_are_told_by_their_first_and_last_time(tmp_path: Path) -> None:
    asked, settings = project(), config(judging=Judging(diagnostics=False))
    data = open_data(asked, {"calls": ROWS}, quiet)
    registry = Registry(tmp_path / "mlruns")
    made = train(asked, asked.tasks[0], data, settings, registry, tmp_path / "reports")
    page = made.report.read_text()
    assert '<th scope="col">Times</th>' in page
    assert "none: the outcome stands in the row" in page
    assert "settled before the first row of the next" in page
    assert made.bundle.contract is not None
    assert made.bundle.contract.until == "2021-02-03T00:00:00Z"
    assert "nobody can prove that their values were known before the outcome" in page
    assert "Left out by the contract of the table: seconds." in page
    card = file_of(registry, made.recorded.run, "model-card.md")
    assert "nobody can prove that their values were known" in card
    assert "It scores every row of calls." in card
    assert "Judged at 2020-11-16 to 2021-02-03." in card
    assert "Slice test, 2020-11-16 to 2021-02-03: 320 rows" in card
    in_order = replace(CALLS, time="", order=True, as_of="2021-02-04", leave_out=("seconds", "day"))
    asked = project(in_order)
    data = open_data(asked, {"calls": ROWS}, quiet)
    made = train(asked, asked.tasks[0], data, settings, registry, tmp_path / "reports")
    card = file_of(registry, made.recorded.run, "model-card.md")
    assert "by the order of the rows" in card
    assert "Learnt and calibrated at row 1 to row 1280. Judged at row 1281 to row 1600." in card


def test_no_refusal_names_what_the_model_is_judged_for(tmp_path: Path) -> None:
    asked = project()
    texts = {"words": {"income": {"zh": "收入"}}}
    settings = config(
        judging=Judging(protected=("age",), diagnostics=False),
        reasons=Reasons(purpose="adverse", texts=texts),
    )
    data = open_data(asked, {"calls": ROWS}, quiet, settings.judging.names)
    registry = Registry(tmp_path / "mlruns")
    made = train(asked, asked.tasks[0], data, settings, registry, tmp_path / "reports")
    source = calls(200, seed=5).drop_columns(["y", "seconds", "day"])
    score_rows([made.bundle], source, tmp_path / "scores", told=Told(4, language="zh"))
    table = pq.read_table(tmp_path / "scores" / "scores.parquet")
    told = {text for n in range(1, 5) for text in table[f"reason_{n}"].to_pylist() if text}
    assert any(text.startswith("收入：") for text in told)
    assert not any("age" in text or "Age" in text for text in told)
    found = lint(Explainer(made.bundle), vectors(made.bundle, source))
    assert any("age reads what is protected" in each for each in found.faults)
    # Rows that tell no time stand today.
    days = {each.date() for each in table["as_of"].to_pylist()}
    assert days <= {datetime.now(UTC).date(), (datetime.now(UTC) - timedelta(days=1)).date()}
    plain = replace(settings, reasons=Reasons())
    assert Reasons.from_json(made.bundle.reasons).protected == ("age",)
    again = train(asked, asked.tasks[0], data, plain, registry, tmp_path / "reports")
    assert Reasons.from_json(again.bundle.reasons).protected == ()


def test_a_protected_name_that_is_nearly_one_is_told(tmp_path: Path) -> None:
    asked, said = project(), list[str]()
    settings = config(
        judging=Judging(diagnostics=False), reasons=Reasons(protected=("incme", "religion"))
    )
    data = open_data(asked, {"calls": ROWS}, quiet)
    registry = Registry(tmp_path / "mlruns")
    train(asked, asked.tasks[0], data, settings, registry, tmp_path / "reports", said.append)
    told = [str(each) for each in said if "is protected" in str(each)]
    assert told == ["'incme' is protected, and nothing is called so; did you mean 'income'?"]
