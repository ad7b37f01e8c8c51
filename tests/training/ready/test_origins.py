"""Earlier origins of ready-made tables."""

from typing import Any

import numpy as np
import pytest

from features import DefinitionError, LabelledTable
from features.instants import DAY, instant
from tests.helpers.readymade import CALLS, calls, project
from tests.helpers.shop import config
from training import Task, labelled
from training.calibration.settings import Calibration
from training.data import open_data
from training.prepare import prepare
from training.prepared import Prepared
from training.purity import ImpureSplitError
from training.ready import origins
from training.ready.origins import Pair, periods, rolling
from training.ready.slicing import Slicing
from training.ready.split import split_by_time

SETTLING = Task("again", labelled("calls"), gap=2, horizon=8)
RANDOM = np.random.default_rng(2)
TIMES = instant("2020-01-01") + RANDOM.permutation(np.repeat(np.arange(400), 3)) * DAY
SLICING = Slicing(stop=0.1, calibrate=0.1, origins=4)
SPLIT = split_by_time(SETTLING, TIMES, SLICING)


def spans(pairs: tuple[Pair, ...]) -> list[Any]:
    """Days of the last row learnt from, and of the first and the last row scored."""
    days = (TIMES - instant("2020-01-01")) // DAY
    return [(days[a].max(), days[b].min(), days[b].max(), b.sum()) for a, b in pairs]


def test_the_search_has_older_origins_that_are_purged() -> None:
    stop = int((TIMES[SPLIT.roles["stop"]].min() - instant("2020-01-01")) // DAY)
    assert stop == 256
    # 960 rows lie before the test, of which each stop part holds a tenth: 96, of 32 days.
    wanted = [(stop - 32 * n - 11, stop - 32 * n, stop - 32 * n + 31, 96) for n in (1, 2, 3)]
    assert spans(rolling(SPLIT, TIMES, SETTLING, SLICING)) == wanted
    assert rolling(SPLIT, TIMES, SETTLING, Slicing(stop=0.1, calibrate=0.1, origins=1)) == ()


def test_the_calibrator_has_periods_that_are_purged_from_one_another() -> None:
    found = periods(SPLIT, TIMES, SETTLING, SLICING, 9)
    assert np.array_equal(found[0][0], SPLIT.roles["train"])
    assert np.array_equal(found[0][1], SPLIT.roles["stop"])
    assert spans(found)[1:] == [(203, 214, 245, 96), (161, 172, 203, 96)]
    assert [len(periods(SPLIT, TIMES, SETTLING, SLICING, most)) for most in (0, 1, 2)] == [0, 1, 2]


def test_rows_of_one_instant_stay_together_where_only_the_order_counts() -> None:
    rows = np.repeat(np.arange(40), 5)
    split = split_by_time(SETTLING, rows, SLICING, by_row=True)
    for train, scored in (
        *rolling(split, rows, SETTLING, SLICING),
        *periods(split, rows, SETTLING, SLICING, 3),
    ):
        assert rows[train].max() < rows[scored].min()
        assert scored.sum() % 5 == 0


def test_a_pair_that_is_not_purged_is_found_out(monkeypatch: pytest.MonkeyPatch) -> None:
    def nothing(task: Task, slices: Any) -> int:
        return 0

    monkeypatch.setattr(origins, "purge_of", nothing)
    with pytest.raises(ImpureSplitError, match=r"labels of 'train' reach to .* of 'scored'"):
        rolling(SPLIT, TIMES, SETTLING, SLICING)


def prepared(table: LabelledTable, **changes: Any) -> Prepared:
    asked = project(table)
    data = open_data(asked, {"calls": calls(1_600)}, lambda text: None)
    return prepare(data.described(asked), asked.tasks[0], data, data.timed(config(**changes)))


def test_times_and_orders_have_earlier_origins() -> None:
    ordered = LabelledTable(
        "calls", "y", "yes", order=True, as_of="2021-01-01", leave_out=["seconds", "day", "client"]
    )
    for table in (CALLS, ordered):
        found = prepared(table, calibration=Calibration(periods=3))
        (train, stop), (earlier, scored) = found.origins
        assert np.array_equal(train, found.splits[0]["train"])
        assert np.array_equal(stop, found.splits[0]["stop"])
        assert [int(each.sum()) for each in (scored, earlier)] == [192, 704]
        assert [[int(each.sum()) for each in pair] for pair in found.earlier] == [[704, 192]]
    one = prepared(CALLS, calibration=Calibration(periods=1), slicing=Slicing(origins=1))
    assert (one.origins, one.earlier) == ((), ())


def test_origins_are_at_least_one() -> None:
    with pytest.raises(DefinitionError, match="origins must be 1 or more, got 0"):
        Slicing(origins=0)
