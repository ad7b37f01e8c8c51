import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from features.errors import StateError
from training.production.history import HISTORY, Entry, append, entry, read_history, reign


def moves(*told: tuple[str, int], task: str = "churn") -> list[Entry]:
    return [Entry(task, action, version, None, "", "", "") for action, version in told]  # type: ignore[arg-type]


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
    ],
)
def test_a_rollback_goes_back_through_those_who_reigned(
    told: list[tuple[str, int]], current: int, expected: list[int]
) -> None:
    assert reign(moves(*told), "churn", current) == expected
    assert reign([*moves((P, 9), task="coffee"), *moves(*told)], "churn", current) == expected


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
            target = reign(moves(*told), "churn", stack[-1])[-2]
            assert target == stack[-2]
            stack.pop()
            told.append((R, target))
    if stack:
        assert reign(moves(*told), "churn", stack[-1]) == stack


def test_entries_are_kept_in_order(tmp_path: Path) -> None:
    assert read_history(tmp_path) == ()
    first, second = entry("churn", P, 1, None, "ab"), entry("churn", R, 2, 1, "cd")  # type: ignore[arg-type]
    append(tmp_path, first)
    before = (tmp_path / HISTORY).read_text()
    append(tmp_path, second)
    assert read_history(tmp_path) == (first, second)
    assert (tmp_path / HISTORY).read_text().startswith(before)
    assert [json.loads(line)["version"] for line in before.splitlines()] == [1]
    assert first.at.endswith("Z")
    assert first.by
    assert [each.name for each in tmp_path.iterdir()] == [HISTORY]


def test_a_user_without_a_name_is_unknown(monkeypatch: pytest.MonkeyPatch) -> None:
    def nameless() -> str:
        raise OSError("no name")

    monkeypatch.setattr("getpass.getuser", nameless)
    assert entry("churn", "promote", 1, None, "ab").by == "unknown"


@pytest.mark.parametrize("line", ["{", "[]", '{"task": "churn"}', "3"])
def test_a_line_that_is_no_promotion_is_told(tmp_path: Path, line: str) -> None:
    append(tmp_path, entry("churn", "promote", 1, None, "ab"))
    with (tmp_path / HISTORY).open("a") as stream:
        stream.write(f"{line}\n")
    with pytest.raises(StateError, match=r"promotions.jsonl, line 2 is no promotion: .*; remove"):
        read_history(tmp_path)
