"""From a ready-made table to a recorded model, its scores, and the same bytes again."""

import json
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from features import ContractError, LabelledTable, instant
from features.errors import CohortError, DefinitionError, StateError
from serving.ready import score_rows
from serving.scorer import Scorer
from tests.helpers.readymade import CALLS, calls, prepared_for, project
from tests.helpers.shop import config
from training.bundle import Bundle
from training.calibration.later import outcomes_since
from training.data import open_data
from training.guard import LeakError
from training.judge.settings import Judging
from training.learn import learn
from training.prepare import Prepared
from training.production.rival import fair_rows, rival
from training.provenance import data_hash
from training.ready.slicing import Slicing
from training.registry import Registry
from training.repeat import repeat
from training.repeatable import FILE, repeatable_from_json
from training.runs import file_of, run_of
from training.train import Trained

ROWS = calls(1_600)


def quiet(text: str) -> None:
    """Say nothing."""


def prepared(source: pa.Table, table: LabelledTable = CALLS, **changes: Any) -> Prepared:
    return prepared_for(project(table), source, config(**changes))


def model_of(found: Prepared, **changes: Any) -> str:
    made = config(**changes)
    learned = learn(found.rows, found.splits[0], found.baseline, made, quiet)
    text: str = learned.booster.model_to_string()
    return text


def test_a_table_is_enough_to_train(trained: Trained) -> None:
    judged, bundle = trained.evaluation, trained.bundle
    assert judged.rows == 320
    assert judged.metrics["roc_auc"].value > 0.8
    assert bundle.schema.names == ("age", "income", "job", "owner")
    assert bundle.texts["age"] == "Age in years"
    assert bundle.trained["split"] == "time"
    assert bundle.trained["cutoffs"]["test"][1] == "2021-02-03T00:00:00Z"
    assert "every row of calls" in trained.report.read_text()


def test_rows_are_scored_as_the_model_scores_them(bundle: Bundle, tmp_path: Path) -> None:
    fresh = calls(50, seed=9).select(["job", "owner", "income", "age", "day"])
    pq.write_table(fresh, tmp_path / "fresh.parquet")
    manifest = score_rows([bundle], tmp_path / "fresh.parquet", tmp_path / "scores")
    table = pq.read_table(tmp_path / "scores" / "scores.parquet")
    assert manifest.parameters["rows"] == {"subscribes": 50}
    assert table["customer"].to_pylist() == [*range(1, 51)]
    assert table["as_of"][0].as_py().isoformat() == "2020-01-01T00:00:00+00:00"
    older = np.array(fresh["age"].to_pylist()) > 60
    scores = table["score"].to_numpy()
    assert scores[older].mean() > scores[~older].mean() + 0.1
    reasons = Scorer(bundle).reasons(_vectors(bundle, fresh), top=4)
    assert any(each.text.startswith("Age in years: ") for row in reasons for each in row)
    with pytest.raises(ContractError, match="column 'job': expected a column, came no such"):
        score_rows([bundle], fresh.drop_columns(["job"]), tmp_path / "other")
    assert not (tmp_path / "other").exists()


def _vectors(bundle: Bundle, rows: pa.Table) -> Any:
    from features.ready.read import read_rows
    from training.bundle.asked import ready_table, vectors_of_rows

    return vectors_of_rows(read_rows(ready_table(bundle), rows, labelled=False))


def test_a_bundle_of_events_takes_no_rows(bundle: Bundle, tmp_path: Path) -> None:
    other = replace(bundle, tables=())
    with pytest.raises(StateError, match="was trained on events and takes no rows; run `foretell"):
        score_rows([other], ROWS, tmp_path / "scores")


def test_shuffled_rows_and_columns_give_the_same_bytes() -> None:
    place = np.random.default_rng(0).permutation(len(ROWS))
    shuffled = ROWS.take(place).select(ROWS.column_names[::-1])
    one, other = prepared(ROWS), prepared(shuffled)
    assert data_hash(one.rows) == data_hash(other.rows)
    assert model_of(one) == model_of(other)
    assert model_of(one) != model_of(one, seed=8)


def test_another_process_gives_the_same_bytes() -> None:
    asked = (
        "import hashlib; from tests.training.ready import test_train_ready as t; "
        "print(hashlib.sha256(t.model_of(t.prepared(t.ROWS)).encode()).hexdigest())"
    )
    done = subprocess.run(
        [sys.executable, "-c", asked],
        capture_output=True,
        text=True,
        check=True,
        cwd=Path(__file__).parents[3],
    )
    import hashlib

    here = hashlib.sha256(model_of(prepared(ROWS)).encode()).hexdigest()
    assert done.stdout.strip() == here


def test_a_run_is_repeated_to_the_byte(trained: Trained, home: Path) -> None:
    registry = Registry(home / "mlruns")
    run = run_of(registry, "bank.subscribes/1")
    assert run == run_of(registry, trained.recorded.run)
    kept = repeatable_from_json(file_of(registry, run, FILE))
    same = repeat(kept, {"calls": ROWS}, project(), config())
    assert same.same
    assert [each for each in same.differs if not each.startswith("code")] == []
    assert registry.newest("bank", "subscribes") == 1


def test_a_repetition_names_what_differs(trained: Trained, home: Path) -> None:
    registry = Registry(home / "mlruns")
    text = file_of(registry, trained.recorded.run, FILE)
    value = json.loads(text)
    value["versions"]["lightgbm"] = "0.1"
    kept = repeatable_from_json(json.dumps(value))
    table = LabelledTable("calls", "y", "yes", customer="client", time="day", leave_out=["age"])
    came = repeat(kept, {"calls": ROWS.slice(0, 1_500)}, project(table), config(seed=8))
    assert not came.same
    told = "\n".join(came.differs)
    assert "data: the rows have the hash " in told
    assert "settings: seed of train.toml changed since; the run's were used" in told
    assert "libraries: lightgbm is " in told
    assert "and was 0.1" in told
    renamed = project(table, horizon=1)
    told = "\n".join(repeat(kept, {"calls": ROWS}, renamed).differs)
    assert "definitions: tables, catalogue, task of the project changed since" in told


def test_runs_that_are_not_there_are_told(trained: Trained, home: Path) -> None:
    registry = Registry(home / "mlruns")
    with pytest.raises(StateError, match=r"there is no version 'bank\.subscribes/7' in"):
        run_of(registry, "bank.subscribes/7")
    with pytest.raises(StateError, match="there is no run 'nobody' in"):
        run_of(registry, "nobody")
    with pytest.raises(StateError, match=r"keeps no nothing\.json: it was trained before runs"):
        file_of(registry, trained.recorded.run, "nothing.json")
    with pytest.raises(StateError, match="says nothing that this Foretell can repeat"):
        repeatable_from_json("{}")


def test_a_table_without_time_is_split_by_customer() -> None:
    table = LabelledTable(
        "calls", "y", "yes", as_of="2021-01-01", leave_out=["seconds", "day", "client"]
    )
    twice = pa.concat_tables([ROWS, ROWS])
    found = prepared(twice, table, folds=3)
    assert len(found.splits) == 3
    assert found.slices is None
    # Copies of a row are one customer, so that they never stand on two sides.
    _, copies = np.unique(found.rows.vectors.customers, return_counts=True)
    assert (copies % 2 == 0).all()
    assert len(copies) > 1_500
    counts = np.bincount(sum(each["test"].astype(int) for each in found.splits))
    assert counts.tolist() == [0, 3_200]


def test_rows_in_the_order_of_their_dates_need_none() -> None:
    table = LabelledTable(
        "calls", "y", "yes", order=True, as_of="2021-01-01", leave_out=["seconds", "day", "client"]
    )
    found = prepared(ROWS, table)
    assert found.slices is not None
    assert found.slices.by_row
    assert found.slices.test == (1_281, 1_600)
    assert np.flatnonzero(found.splits[0]["test"]).tolist() == [*range(1_280, 1_600)]


def test_the_champion_scores_test_rows_by_their_own_times(
    trained: Trained, home: Path, tmp_path: Path
) -> None:
    found = prepared(ROWS)
    test = found.splits[0]["test"].nonzero()[0]
    folder = Registry(home / "mlruns").fetch_bundle("bank", "subscribes", 1, tmp_path)
    asked = project()
    data = open_data(asked, {"calls": ROWS}, quiet)
    come = rival(data.described(asked), asked.tasks[0], data, found, test, folder)
    assert come is not None
    assert come.why_not == ""
    # The months of the rows begin before the test does.
    assert not np.isnan(come.scores).any()
    assert np.array_equal(fair_rows(trained.bundle, np.array([instant("2020-11-15")])), [False])


def test_calibration_is_asked_of_later_rows(bundle: Bundle) -> None:
    asked = project()
    data = open_data(asked, {"calls": calls(2_000)}, quiet)
    seen = outcomes_since(asked, bundle, data, every=7)
    assert len(seen.y) == 400
    assert seen.until == instant("2021-05-14")
    words = r"its last row is of 2021-02-03T00:00:00Z, and 'calls' ends on 2021-02-03T00:00:00Z; ap"
    with pytest.raises(StateError, match=words):
        outcomes_since(asked, bundle, open_data(asked, {"calls": ROWS}, quiet), every=7)
    other = project(
        LabelledTable("calls", "y", "yes", as_of="2021-01-01", leave_out=["day", "client"])
    )
    with pytest.raises(StateError, match="they tell no times; declare the column that does as tim"):
        outcomes_since(other, bundle, open_data(other, {"calls": ROWS}, quiet), every=7)
    by_row = replace(bundle, trained={**bundle.trained, "cutoffs": {"test": ["row 7"]}})
    with pytest.raises(StateError, match="on rows that tell their order and no times; train again"):
        outcomes_since(asked, by_row, data, every=7)


def test_leaks_and_lack_of_outcomes_are_refused() -> None:
    leaky = LabelledTable("calls", "y", "yes", customer="client", time="day")
    with pytest.raises(LeakError, match=r"'seconds': AUC 1\.0000 alone, a copy of the label"):
        prepared(ROWS, leaky)
    rare = ROWS.filter(pa.array(np.array(ROWS["y"].to_pylist()) == "no"))
    rare = pa.concat_tables([rare, ROWS.slice(0, 60)])
    with pytest.raises(
        CohortError, match=r"'test' has 0 positives among .*; 10 are needed"
    ) as caught:
        prepared(rare)
    told = str(caught.value).splitlines()[-1]
    assert told == (
        "bring more rows of the rarer outcome, or lay the slices otherwise (the shares test, stop "
        "and calibrate, or test_from in [slicing] of train.toml)"
    )


def test_the_slices_may_be_chosen() -> None:
    found = prepared(ROWS, slicing=Slicing(test=0.4))
    assert found.splits[0]["test"].sum() == 640
    assert found.baseline == "age"


def test_slices_and_protected_groups_are_columns_of_the_table() -> None:
    found = prepared(ROWS, judging=Judging(protected=("job",)))
    assert found.groups["job"].tolist() == found.golden.vectors.columns["job"].tolist()
    with pytest.raises(DefinitionError, match="'town' is neither a feature nor a column"):
        prepared(ROWS, judging=Judging(slices=("town",)))
