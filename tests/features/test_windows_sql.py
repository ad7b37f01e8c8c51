"""Windows in SQL are those of numpy."""

from __future__ import annotations

import numpy as np
import pytest

from features.connection import connected
from features.instants import DAY
from features.windows import Window, feature_bounds, visible_ends
from features.windows_sql import visible_sql, within_sql

TIMES = np.array([-8, -7, -7, -3, -2, -1, 0, 0, 1]) * DAY


@pytest.mark.parametrize("shift", [-1, 0, 1])
@pytest.mark.parametrize("lag", [0, 2])
@pytest.mark.parametrize("days", [1, 7, 0.5])
def test_rows_of_a_window_are_those_of_the_kernel(shift: int, lag: int, days: float) -> None:
    occurred_at = TIMES + shift
    known_at = occurred_at + lag * DAY
    rows = ", ".join(f"({a}, {b})" for a, b in zip(occurred_at, known_at, strict=True))
    query = (
        f"SELECT count_if({visible_sql(0)}), count_if({within_sql(0, days)}) "
        f"FROM (VALUES {rows}) AS t(occurred_at, known_at)"
    )
    one = np.array([0])
    ends = visible_ends(occurred_at, known_at, one, one + len(TIMES), one)
    (starts,), (stops,) = feature_bounds(occurred_at, one, ends, one, (Window(days),))
    with connected() as connection:
        found = connection.execute(query).fetchall()[0]
    assert found == (int(ends[0]), int(stops[0] - starts[0]))
