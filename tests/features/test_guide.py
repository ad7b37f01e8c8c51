"""The page about features says what the definitions say."""

from __future__ import annotations

import doctest
from pathlib import Path

from features.aggregators import AGGREGATES
from features.guide import examples, guide
from features.operations import OPERATIONS

PAGE = Path(__file__).parents[2] / "docs" / "features.md"


def test_the_page_about_features_of_ones_own_runs() -> None:
    found = doctest.testfile(str(PAGE.with_name("own-features.md")), module_relative=False)
    assert found.attempted > 15
    assert found.failed == 0


def test_the_page_is_current() -> None:
    assert PAGE.read_text(encoding="utf-8") == guide(), "run `make docs`"


def test_every_aggregate_and_operation_is_on_the_page() -> None:
    page = guide()
    kinds = [each.name for each in AGGREGATES.values() if each.column != "board"]
    assert [name for name in kinds if f"| `{name}` |" not in page] == []
    assert {each.operation.name for each in examples()} == set(OPERATIONS)
