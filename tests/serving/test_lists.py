"""Lists: exact, deterministic, without anyone who must not be contacted."""

import csv
import hashlib
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given
from hypothesis import strategies as st

from features.errors import DefinitionError, StateError, UnknownTaskError
from features.whole import whole_folder
from serving.lists import LIST, Selection, make_list, safe
from serving.manifest import Manifest, read_manifest, seal
from serving.scorer import Reason
from serving.scoretable import SCORES
from tests.serving import tiny

ROWS = [
    ("dora", 0.5),
    ("anna", 0.5),
    ("=1+1", 0.9),
    ("carl", 0.1),
    ("bert", 0.7),
    ("emil", 0.3),
]


def scored(folder: Path, rows: Sequence[tuple[int | str, float]] = ROWS) -> Path:
    with whole_folder(folder) as partial:
        customers = [customer for customer, _ in rows] + [customer for customer, _ in rows[:1]]
        table = pa.table(
            {
                "customer": customers,
                "task": ["churn"] * len(rows) + ["coffee"],
                "score": [score for _, score in rows] + [1.0],
                "band": ["high"] * (len(rows) + 1),
            }
        )
        pq.write_table(table, partial / SCORES)
        models = {"churn": "abc", "coffee": "def"}
        seal(partial, Manifest("scores", "now", "2024-10-01T00:00:00Z", models), {SCORES: 7})
    return folder


def made(tmp_path: Path, selection: Selection, rows: Any = ROWS, **options: Any) -> list[list[str]]:
    scores = tmp_path / "scores"
    scored(scores, rows)
    make_list(scores, "churn", selection, tmp_path / "list", created=tiny.PRESENT, **options)
    with (tmp_path / "list" / LIST).open(newline="", encoding="utf-8") as stream:
        return list(csv.reader(stream))


def ids(rows: list[list[str]]) -> list[str]:
    return [row[1] for row in rows[1:]]


def test_scores_fall_and_equals_are_ranked_by_customer(tmp_path: Path) -> None:
    rows = made(tmp_path, Selection(top=5))
    assert rows[0] == ["rank", "customer", "score", "band"]
    assert [row[0] for row in rows[1:]] == ["1", "2", "3", "4", "5"]
    assert ids(rows) == ["'=1+1", "bert", "anna", "dora", "emil"]
    assert [float(row[2]) for row in rows[1:]] == [0.9, 0.7, 0.5, 0.5, 0.3]


def test_the_order_of_the_table_does_not_matter(tmp_path: Path) -> None:
    first = made(tmp_path / "1", Selection(top=4))
    assert made(tmp_path / "2", Selection(top=4), list(reversed(ROWS))) == first


@pytest.mark.parametrize(
    ("selection", "count"),
    [
        (Selection(top=1), 1),
        (Selection(top=100), 6),
        (Selection(share=0.5), 3),
        (Selection(share=0.99), 5),
        (Selection(share=1.0), 6),
        (Selection(share=0.0), 0),
        (Selection(at_least=0.5), 4),
        (Selection(at_least=0.95), 0),
    ],
)
def test_the_size_is_exact(selection: Selection, count: int, tmp_path: Path) -> None:
    assert len(made(tmp_path, selection)) - 1 == count
    assert read_manifest(tmp_path / "list").files[0].rows == count


def test_who_must_not_be_contacted_is_never_listed(tmp_path: Path) -> None:
    exclude = tmp_path / "exclude.txt"
    exclude.write_bytes('\ufeffbert\r\n\n"dora"  \r\nnobody\n'.encode())
    rows = made(tmp_path, Selection(top=3), exclude=exclude, parameters={"command": "list"})
    assert ids(rows) == ["'=1+1", "anna", "emil"]
    told = read_manifest(tmp_path / "list").parameters
    assert (told["scored"], told["excluded"], told["listed"]) == (6, 2, 3)
    assert told["exclusions"] == 3
    assert told["exclusions_sha256"] == hashlib.sha256(exclude.read_bytes()).hexdigest()
    assert told["command"] == "list"


def test_an_excluded_id_is_found_in_every_form(tmp_path: Path) -> None:
    exclude = tmp_path / "exclude.txt"
    exclude.write_text("'=1+1\n dora\n")
    rows = [*ROWS, ("dora ", 0.95)]
    assert ids(made(tmp_path, Selection(top=2), rows, exclude=exclude)) == ["bert", "anna"]


def test_a_share_is_of_those_who_may_be_listed(tmp_path: Path) -> None:
    exclude = tmp_path / "exclude.txt"
    exclude.write_text("carl\nemil\n")
    assert len(ids(made(tmp_path, Selection(share=0.5), exclude=exclude))) == 2


NUMBERS = [(2, 0.5), (10, 0.5), (7, 0.5), (1, 0.2)]


def test_ids_that_are_numbers_are_ranked_as_numbers(tmp_path: Path) -> None:
    exclude = tmp_path / "exclude.txt"
    exclude.write_text("007\n")
    assert ids(made(tmp_path, Selection(top=9), NUMBERS, exclude=exclude)) == ["2", "10", "1"]


def test_an_exclusion_that_cannot_be_read_stops_the_list(tmp_path: Path) -> None:
    exclude = tmp_path / "exclude.txt"
    exclude.write_text("7\ncustomer x\n--3\n1,2\n")
    with pytest.raises(DefinitionError) as told:
        made(tmp_path, Selection(top=9), NUMBERS, exclude=exclude)
    assert "line 2: expected a whole number" in str(told.value)
    assert "line 3" in str(told.value)
    assert "line 4: expected one id, got 2 cells" in str(told.value)
    assert not (tmp_path / "list").exists()
    with pytest.raises(StateError, match=r"exclusions .* cannot be read: No such file"):
        made(tmp_path / "2", Selection(top=9), exclude=tmp_path / "none")
    exclude.write_bytes(b"\xff\xfe7")
    with pytest.raises(StateError, match="are not UTF-8"):
        made(tmp_path / "3", Selection(top=9), exclude=exclude)


def test_reasons_stand_beside_the_listed(tmp_path: Path) -> None:
    asked: list[list[int | str]] = []

    def explain(customers: Sequence[int | str]) -> list[list[Reason]]:
        asked.append(list(customers))
        both = [
            Reason("f", 1.0, "-days since: 1", 0.5, "raises"),
            Reason("g", None, "spend: none", -0.1, "lowers"),
        ]
        return [both[: place + 1] for place, _ in enumerate(customers)]

    rows = made(tmp_path, Selection(top=2), explain=explain, reasons=2)
    assert asked == [["=1+1", "bert"]]
    assert rows[0][4:] == ["reason_1", "reason_2"]
    assert rows[1][4:] == ["'-days since: 1 (raises)", ""]
    assert rows[2][4:] == ["'-days since: 1 (raises)", "spend: none (lowers)"]


@given(st.text(max_size=8))
def test_no_text_begins_a_formula(text: str) -> None:
    cell = safe(text)
    assert not cell.startswith(("=", "+", "-", "@", "\t", "\r", "\n"))
    assert cell.removeprefix("'") == text.removeprefix("'")


def test_an_unknown_task_is_told(tmp_path: Path) -> None:
    scored(tmp_path / "scores")
    with pytest.raises(UnknownTaskError, match="no score of 'win'; it holds churn, coffee"):
        make_list(tmp_path / "scores", "win", Selection(top=1), tmp_path / "list")


def test_damaged_scores_are_not_listed(tmp_path: Path) -> None:
    folder = scored(tmp_path / "scores")
    content = (folder / SCORES).read_bytes()
    (folder / SCORES).write_bytes(content[:-1] + b"x")
    with pytest.raises(StateError, match="is not what its manifest promises"):
        make_list(folder, "churn", Selection(top=1), tmp_path / "list")
    assert not (tmp_path / "list").exists()


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ({}, "give exactly one of top, share and at_least, got none"),
        ({"top": 1, "share": 0.5}, "exactly one"),
        ({"top": 0}, "top must be 1 or more, got 0"),
        ({"share": 1.5}, "share must be from 0 to 1, got 1.5"),
        ({"at_least": float("nan")}, "at_least must be from 0 to 1, got nan"),
    ],
)
def test_a_selection_is_one_thing(arguments: dict[str, Any], words: str) -> None:
    with pytest.raises(DefinitionError, match=words):
        Selection(**arguments)


def with_reasons(folder: Path) -> Path:
    """Rows of a ready-made table: a customer twice, the last with one reason."""
    cells = {
        "customer": [7, 8, 7, 9],
        "task": ["win"] * 4,
        "score": [0.2, 0.3, 0.9, 0.1],
        "band": ["low", "low", "high", "low"],
        "reason_1": ["a", "b", "=c", "d"],
        "reason_1_effect": [1.0, -1.0, 2.0, 1.0],
        "reason_2": ["e", "f", "g", None],
        "reason_2_effect": [0.5, 0.5, -0.5, None],
    }
    with whole_folder(folder) as partial:
        pq.write_table(pa.table(cells), partial / SCORES)
        manifest = Manifest("scores", "now", "2024-10-01T00:00:00Z", {"win": "abc"})
        seal(partial, replace(manifest, parameters={"reasons": 2, "language": "zh"}), {SCORES: 4})
    return folder


def test_rows_are_listed_once_a_customer_with_the_reasons_beside_them(tmp_path: Path) -> None:
    scores = with_reasons(tmp_path / "scores")
    manifest = make_list(scores, "win", Selection(share=1.0), tmp_path / "list")
    with (tmp_path / "list" / LIST).open(newline="", encoding="utf-8") as stream:
        rows = list(csv.reader(stream))
    assert rows == [
        ["rank", "customer", "score", "band", "reason_1", "reason_2"],
        ["1", "7", "0.9", "high", "'=c（提高分数）", "g（降低分数）"],
        ["2", "8", "0.3", "low", "b（降低分数）", "f（提高分数）"],
        ["3", "9", "0.1", "low", "d（提高分数）", ""],
    ]
    told = manifest.parameters
    assert (told["scored"], told["repeated"], told["listed"]) == (4, 1, 3)
    (tmp_path / "no.txt").write_text("7\n")
    manifest = make_list(
        scores, "win", Selection(top=1), tmp_path / "more", exclude=tmp_path / "no.txt"
    )
    assert (manifest.parameters["excluded"], manifest.parameters["listed"]) == (2, 1)
    assert "repeated" not in manifest.parameters


def test_a_list_is_no_table_of_scores(tmp_path: Path) -> None:
    scored(tmp_path / "scores")
    make_list(tmp_path / "scores", "churn", Selection(top=2), tmp_path / "list")
    with pytest.raises(StateError, match="holds a list; name a folder that `score` made"):
        make_list(tmp_path / "list", "churn", Selection(top=1), tmp_path / "more")
