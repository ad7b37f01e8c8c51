from dataclasses import replace
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from training.production.history import Entry, last, reign


def moves(*told: tuple[str, int], task: str = "churn") -> list[Entry]:
    return [Entry(task, action, version, None, "", "", "") for action, version in told]  # type: ignore[arg-type]


def reigned(history: list[Entry], current: int) -> list[int]:
    return [each.version for each in reign(history, moves((P, current))[0])]


P, R = "promote", "rollback"


@pytest.mark.parametrize(
    ("told", "current", "expected"),
    [
        ([], 4, [4]),
        ([(P, 1)], 1, [1]),
        ([(P, 1), (P, 1)], 1, [1]),
        ([(P, 1), (P, 5), (P, 3)], 3, [1, 5, 3]),
        ([(P, 1), (P, 5), (R, 1)], 1, [1]),
        ([(P, 1), (P, 5), (R, 1), (P, 6)], 6, [1, 6]),
        ([(P, 1), (P, 5), (P, 1)], 1, [1, 5, 1]),
        ([(P, 1), (P, 2), (P, 3), (R, 2), (R, 1)], 1, [1]),
        ([(P, 1)], 2, [1, 2]),  # killed after the alias moved: the alias is right
        ([(P, 1), (P, 2)], 1, [1]),  # a rollback that was killed
        ([(R, 3)], 3, [3]),
        ([(P, 1), (P, 2), (R, 2)], 2, [1, 2]),
        ([(P, 1), (P, 2), ("challenge", 3), ("withdraw", 3)], 2, [1, 2]),
    ],
)
def test_a_rollback_goes_back_through_those_who_reigned(
    told: list[tuple[str, int]], current: int, expected: list[int]
) -> None:
    assert reigned(moves(*told), current) == expected
    assert reigned([*moves((P, 9), task="coffee"), *moves(*told)], current) == expected


def test_versions_of_a_database_that_was_lost_are_told_apart() -> None:
    told = [
        replace(each, bundle=bundle)
        for each, bundle in zip(moves((P, 1), (P, 2), (P, 1), (R, 2)), "abcb", strict=True)
    ]
    assert [each.bundle for each in reign(told[:3], told[2])] == ["a", "b", "c"]
    assert [each.bundle for each in reign(told, told[3])] == ["a", "b"]
    # Both databases began with version 1: there is one to go back to.
    ones = [
        replace(each, bundle=bundle)
        for each, bundle in zip(moves((P, 1), (P, 1)), "ac", strict=True)
    ]
    assert [each.bundle for each in reign(ones, ones[1])] == ["a", "c"]


@given(st.lists(st.integers(0, 5), max_size=20))
def test_rollbacks_undo_promotions_like_a_stack(steps: list[int]) -> None:
    told: list[tuple[str, int]] = []
    stack: list[int] = []
    for step in steps:  # 0 rolls back, any other promotes that version
        if step:
            told.append((P, step))
            if stack[-1:] != [step]:
                stack.append(step)
        elif len(stack) > 1:
            # The version to go back to may stand in the stack more than once.
            target = reigned(moves(*told), stack[-1])[-2]
            assert target == stack[-2]
            stack.pop()
            told.append((R, target))
    if stack:
        assert reigned(moves(*told), stack[-1]) == stack


def test_who_reigned_at_the_instant_of_a_decision_is_whom_it_made() -> None:
    told = [
        replace(each, at=f"2026-0{n}-01T00:00:00Z")
        for n, each in enumerate(moves((P, 1), (P, 2)), 1)
    ]
    found = last(told, "churn", datetime(2026, 2, 1, tzinfo=UTC))
    assert found is not None
    assert found.version == 2
