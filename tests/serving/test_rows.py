"""Rows of ready-made tables, posted in process: the scores of a file, faults by their place."""

import json
from collections.abc import Callable
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import httpx
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from features.errors import StateError
from serving.answer_rows import answer_rows
from serving.ready import score_rows
from serving.roster import Roster, load_roster
from serving.row_schemas import RowsAnswer, RowsRequest
from serving.schemas import ErrorAnswer, ModelsAnswer
from serving.settings import read_settings
from tests.serving import tiny
from tests.serving.asking import Ask, asking, code, guarded, served
from tests.serving.readyworld import (
    ROW,
    SINCE,
    opened_calls,
    posted,
    ready_bundle,
    write_ready,
    write_settings,
)
from training.bundle import Bundle

Told = Callable[..., RowsAnswer]


@pytest.fixture(scope="module")
def told(ask_calls: Ask) -> Told:
    def told(*rows: dict[str, Any], **fields: Any) -> RowsAnswer:
        found = ask_calls({"rows": rows, **fields}, "/v1/rows")
        assert found.status_code == 200, found.text
        return RowsAnswer.model_validate_json(found.content)

    return told


def details(found: httpx.Response, status: int = 422) -> dict[str, str]:
    assert found.status_code == status, found.text
    error = ErrorAnswer.model_validate_json(found.content).error
    return {each.where: each.message for each in error.details}


def test_posted_rows_score_as_those_of_a_file(
    told: Told, calls_bundle: Bundle, tmp_path: Path
) -> None:
    table = opened_calls().slice(0, 150)
    score_rows([calls_bundle], table, tmp_path / "scores")
    filed = pq.read_table(tmp_path / "scores" / "scores.parquet").to_pydict()
    found = told(*posted(table), reasons=0)
    assert [each.score for each in found.scores] == filed["score"]
    assert [each.band for each in found.scores] == filed["band"]
    assert [each.customer for each in found.scores] == filed["customer"]
    assert [each.row for each in found.scores] == list(range(150))
    days = [f"{each:%Y-%m-%d}T00:00:00Z" for each in filed["as_of"]]
    assert [each.as_of for each in found.scores] == days
    assert len(set(days)) > 30
    assert len(set(filed["score"])) > 50
    assert found.unlike_training == []


def test_a_row_scores_alone_as_among_others(told: Told) -> None:
    rows = posted(opened_calls().slice(0, 5))
    together = [each.score for each in told(*rows, reasons=0).scores]
    assert together == [told(row, reasons=0).scores[0].score for row in rows]


def test_reasons_and_changes_are_those_of_the_scorer(told: Told) -> None:
    (first,) = told(ROW, reasons=2, counterfactual=True).scores
    assert len(first.reasons) == 2
    every = {each.text.partition(":")[0] for each in told(ROW, reasons=10).scores[0].reasons}
    assert "Age in years" in every
    assert first.counterfactual is not None
    words = "The model reads nothing that is known to be in the customer's hands."
    assert first.counterfactual.text == words
    chinese = told(ROW, reasons=2, language="zh", counterfactual=True).scores[0]
    assert chinese.counterfactual is not None
    assert chinese.counterfactual.text != first.counterfactual.text


def test_whole_numbers_truths_and_texts_are_one_level(told: Told, calls_bundle: Bundle) -> None:
    plain = told(ROW).scores[0].score
    same: list[dict[str, Any]] = [
        {"age": 41.0},
        {"owner": 1},
        {"job": " nurse "},
        {"client": 7},
        {"more": 1},
        {"y": "yes", "seconds": 9},
    ]
    for change in same:
        assert told(ROW | change).scores[0].score == plain, change
    assert told(ROW | {"age": 70}).scores[0].score != plain
    assert told(ROW | {"day": "2030-02-01"}).scores[0].score != plain


def test_empty_cells_and_strange_levels_are_scored_and_told(told: Told) -> None:
    found = told(ROW | {"job": "pilot", "age": 900, "income": None})
    assert len(found.scores) == 1
    assert len(found.unlike_training) == 3
    assert "'job' holds levels that the model does not know" in " ".join(found.unlike_training)
    few = told(ROW | {"job": "pilot"}, ROW, ROW | {"job": None})
    assert few.unlike_training == []
    assert [each.unknown for each in few.scores] == [["job"], [], []]


def test_faults_are_told_by_row_and_column(ask_calls: Ask) -> None:
    short = {key: cell for key, cell in ROW.items() if key != "income"}
    rows = [
        ROW | {"age": "old", "client": 1},
        short | {"incom": 3, "client": "two"},
        ROW | {"owner": "yes", "opened": 5.5, "client": None},
        ROW | {"opened": None, "day": None},
    ]
    found = details(ask_calls({"rows": rows}, "/v1/rows"))
    assert found == {
        "rows.0.age": "expected a number or null, got the text 'old'",
        "rows.1.income": "the model reads column 'income': give it, null where nothing is known; "
        "is 'incom' meant?",
        "rows.1.client": "expected a whole number as the id of the customer, got the text 'two'",
        "rows.2.owner": "expected a number or null, got the text 'yes'",
        "rows.2.opened": "expected a date, a time or a month, such as '2020-05-31' or null, got "
        "5.5",
        "rows.2.client": "expected a whole number as the id of the customer, got null",
        "rows.3.day": "expected a date, a time or a month, such as '2020-05-31', got null",
        "rows.3.client": "column 'client' is there in other rows: give it in all of them, or in "
        "none",
    }


@pytest.mark.parametrize(
    "cell",
    ["soon", "2020-02-31", "2020-13", "20200231", "2020-02-01T25:00", "2020W011", True, "", 7],
)
def test_dates_that_are_none_are_told(ask_calls: Ask, cell: Any) -> None:
    assert set(details(ask_calls({"rows": [ROW, ROW | {"day": cell}]}, "/v1/rows"))) == {
        "rows.1.day"
    }


def test_a_cell_that_holds_no_value_is_one_fault(ask_calls: Ask) -> None:
    rows = [
        ROW | {"age": [1]},
        ROW | {"job": {"a": 1}},
        ROW | {"age": 10**400, "job": 2**64, "day": [[]]},
        ROW | {"age": "o" * 300},
    ]
    found = details(ask_calls({"rows": rows}, "/v1/rows"))
    assert found == {
        "rows.0.age": "expected a number or null, got a list",
        "rows.1.job": "expected a text, a number or null, got an object",
        "rows.2.age": "expected a finite number or null, got a whole number of more than 63 bits",
        "rows.2.job": "expected a text, a number or null, got a whole number of more than 63 bits",
        "rows.2.day": "expected a date, a time or a month, such as '2020-05-31', got a list",
        "rows.3.age": f"expected a number or null, got the text '{'o' * 90}...",
    }
    ids = [ROW | {"client": each} for each in (1, 2**64, True, [1])]
    assert set(details(ask_calls({"rows": ids}, "/v1/rows"))) == {
        f"rows.{row}.client" for row in (1, 2, 3)
    }


def test_columns_that_the_model_does_not_read_may_hold_anything(ask_calls: Ask) -> None:
    rows = [ROW | {"notes": each} for each in (["a"], {"b": [1]}, "long " * 500, 10**400)]
    answered = ask_calls({"rows": rows}, "/v1/rows").json()["scores"]
    assert len({each["score"] for each in answered}) == 1
    assert (
        answered[0]["score"] == ask_calls({"rows": [ROW]}, "/v1/rows").json()["scores"][0]["score"]
    )


def test_many_faults_are_counted(ask_calls: Ask) -> None:
    answered = ask_calls({"rows": [ROW | {"age": "x"}] * 70}, "/v1/rows")
    assert len(details(answered)) == 50
    error = ErrorAnswer.model_validate_json(answered.content).error
    assert error.message == (
        "the rows break the contract of calls in 70 ways; see details for 50 of them"
    )


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"rows": []},
        {"rows": [1]},
        {"rows": [ROW] * 1_001},
        {"rows": [ROW] * 51, "counterfactual": True},
        {"rows": [ROW], "reasons": 11},
        {"rows": [ROW], "language": "fr"},
        {"rows": [ROW], "customers": [1]},
        {"rows": [{"x" * 501: 1}]},
    ],
)
def test_requests_that_do_not_fit_are_refused(ask_calls: Ask, body: dict[str, Any]) -> None:
    assert code(ask_calls(body, "/v1/rows"), 422) == "invalid_request"


def test_infinity_is_no_number(ask_calls: Ask) -> None:
    body = json.dumps({"rows": [ROW | {"age": float("inf"), "job": float("nan")}]}).encode()
    assert set(details(ask_calls(body, "/v1/rows"))) == {"rows.0.age", "rows.0.job"}


def test_tasks_are_asked_at_their_address(ask_calls: Ask) -> None:
    words = "arrears, churn, coffee (customers, at /v1/score); subscribes (rows, at /v1/rows)"
    for path, body, asked in (
        ("/v1/rows", {"task": "churn", "rows": [ROW]}, "no task 'churn' takes rows"),
        (
            "/v1/score",
            {"tasks": ["subscribes"], "customers": [1]},
            "no task 'subscribes' takes customers",
        ),
    ):
        found = ask_calls(body, path)
        assert code(found, 404) == "unknown_task"
        told = ErrorAnswer.model_validate_json(found.content).error.message
        assert told == f"{asked} here; known are {words}"


def test_models_tell_what_a_row_must_hold(ask_calls: Ask) -> None:
    models = ModelsAnswer.model_validate_json(ask_calls(None, "/v1/models", "GET").content).models
    columns = {each.task: each.columns for each in models}
    assert columns["churn"] is None
    assert columns["subscribes"] == {
        "age": "number",
        "day": "date",
        "income": "number",
        "job": "category",
        "opened": "date",
        "owner": "number",
    }


def test_a_server_of_rows_alone_says_so(tmp_path: Path, calls_bundle: Bundle) -> None:
    other = ready_bundle(SINCE, "again", reads=["age", "job"])
    path = write_settings(tmp_path, write_ready(tmp_path, [calls_bundle, other]))
    calls_roster = load_roster(read_settings(path), clock=lambda: tiny.PRESENT)
    ask_calls = asking(guarded(served(calls_roster)))
    assert code(ask_calls({"customers": [1]}), 404) == "unknown_task"
    assert "no task takes customers here; known are" in ask_calls({"customers": [1]}).text
    several = ask_calls({"rows": [ROW]}, "/v1/rows")
    assert code(several, 422) == "ambiguous_task"
    named = ErrorAnswer.model_validate_json(several.content).error.details
    assert [each.message.split("'")[1] for each in named] == ["again", "subscribes"]
    # What the model does not read need not come, and neither does the time of the row.
    asked = RowsRequest(task="again", rows=[{"age": 30, "job": None}])
    (score,) = answer_rows(calls_roster, asked).scores
    assert score.as_of == "2024-12-01T12:00:00Z"


def test_champions_of_rows_and_of_events_do_not_share_a_project(
    calls_settings: Path, tmp_path: Path, calls_bundle: Bundle
) -> None:
    tiny.write_world(tmp_path)
    write_ready(tmp_path, [replace(calls_bundle, project="bank")])
    with pytest.raises(StateError, match="subscribes were trained on a ready-made table, and"):
        load_roster(read_settings(tmp_path / "serving.json"))


def test_few_and_many_rows_and_those_with_changes_are_scored_alike(told: Told) -> None:
    many = told(*posted(opened_calls().slice(0, 9)), reasons=1).scores
    for place, row in enumerate(posted(opened_calls().slice(0, 9))):
        for changes in (False, True):
            (alone,) = told(row, reasons=1, counterfactual=changes).scores
            assert (alone.counterfactual is not None) is changes
            same = alone.model_copy(update={"row": place, "counterfactual": None})
            assert same == many[place]


def test_scores_of_rows_are_counted(calls_roster: Roster) -> None:
    counted: list[Any] = []
    app = served(calls_roster)
    app.state.desk = replace(app.state.desk, count=counted.append)
    asking(guarded(app))({"rows": [ROW, ROW]}, "/v1/rows")
    assert [[each.task for each in answer.scores] for answer in counted] == [["subscribes"] * 2]


def test_a_frame_with_dates_is_what_the_helper_posts() -> None:
    row = posted(opened_calls().slice(0, 1))[0]
    assert row["day"] == date(2020, 1, 1).isoformat()
    assert pa.types.is_date(opened_calls()["opened"].type)
