"""Parts come in order, one ahead; faults arrive, and nothing is left running."""

from __future__ import annotations

import threading
from collections.abc import Generator

import pytest

from features.carriers.ahead import ahead


def counted(log: list[str], last: int = 4, fails_at: int | None = None) -> Generator[int]:
    try:
        for number in range(last):
            if number == fails_at:
                raise ValueError(f"part {number} is broken")
            log.append(f"made {number}")
            yield number
    finally:
        log.append(f"closed in {threading.current_thread().name}")


def test_parts_come_in_order_and_the_generator_is_closed_in_its_thread() -> None:
    log: list[str] = []
    assert list(ahead(counted(log))) == [0, 1, 2, 3]
    assert log[-1] == "closed in foretell-ahead"


def test_no_more_than_one_part_is_made_ahead() -> None:
    log: list[str] = []
    parts = ahead(counted(log, last=9))
    assert next(parts) == 0
    for _ in range(50):
        threading.Event().wait(0.002)
        if "made 1" in log:
            break
    threading.Event().wait(0.02)
    assert log == ["made 0", "made 1"]
    parts.close()  # type: ignore[attr-defined]


def test_what_the_generator_raises_is_raised_where_the_part_is_wanted() -> None:
    log: list[str] = []
    parts = ahead(counted(log, fails_at=2))
    assert [next(parts), next(parts)] == [0, 1]
    with pytest.raises(ValueError, match="part 2 is broken"):
        next(parts)


def test_who_stops_early_leaves_no_thread_behind() -> None:
    log: list[str] = []
    for part in ahead(counted(log, last=99)):
        if part == 1:
            break
    names = [each.name for each in threading.enumerate()]
    assert "foretell-ahead" not in names
    assert log[-1] == "closed in foretell-ahead"
    assert len(log) < 6
