"""What a lender asks of the past, on drawn events: ``amount`` is days late, in tenths of a day."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from itertools import pairwise
from typing import Any

import numpy as np
import pytest

from features.catalogue import Catalogue
from features.conditions import between, conditions
from features.errors import DefinitionError
from features.feature import Feature
from features.kernel import vectors
from features.lending import (
    ageing,
    current_stage,
    delinquency,
    months_since_late,
    months_since_worst,
    on_time_share,
    peak_utilisation,
    share_at_most,
    utilisation,
    worst_stage,
)
from features.rhythms import days_since_largest
from features.tables import EventTable
from tests.helpers.drawn import at_cutoffs, partition, rows

LOANS = EventTable("events", customer="id", occurred_at="at", measures={"amount": "decimal(1)"})

DRAWN = partition(
    rows(
        """
        anna  due  -100   950   <- 95 days late, and out of the window of 92
        anna  due   -92   300   <- the first instant of it
        anna  due   -61   600
        anna  due   -31   600        <- as bad again: this is the last time
        anna  due   -30   290
        anna  due   -10     0
        anna  due    -5     -   <- nobody knows how late
        anna  due    -1    10  2     <- told only after the cutoff
        anna  due     0   990        <- the cutoff itself is not past
        bela  due    -3     0
        bela  due    -2    -4   <- before it was due
        """
    ),
    customers=["cleo"],
)


def _values(*features: Feature) -> dict[str, list[float]]:
    catalogue = Catalogue(features)
    catalogue.check([LOANS])
    again = Catalogue.from_json(json.loads(json.dumps(catalogue.to_json())))
    found = vectors(again, DRAWN, at_cutoffs(DRAWN)).columns
    return {name: found[name].tolist() for name in catalogue.names}


def _only(feature: Feature) -> Sequence[float]:
    return next(iter(_values(feature).values()))


def test_the_current_and_the_worst_stage() -> None:
    now = _only(current_stage(LOANS, "amount"))
    np.testing.assert_equal(now, [np.nan, -0.4, np.nan])  # The last event says nothing.
    np.testing.assert_equal(_only(worst_stage(LOANS, "amount", 92)), [60, 0, np.nan])
    np.testing.assert_equal(_only(worst_stage(LOANS, "amount")), [95, 0, np.nan])


def test_since_the_worst_counts_from_its_last_time() -> None:
    np.testing.assert_equal(_only(days_since_largest(LOANS, "amount", 92)), [31, 3, np.nan])
    np.testing.assert_equal(_only(days_since_largest(LOANS, "amount")), [100, 3, np.nan])
    months = _only(months_since_worst(LOANS, "amount", 92))
    np.testing.assert_allclose(months, [31 / 30.4375, 3 / 30.4375, np.nan])


def test_months_since_late_asks_for_a_least_stage() -> None:
    found = _values(months_since_late(LOANS, "amount"), months_since_late(LOANS, "amount", 61))
    expected = {
        "events_amount_months_since_1_ever": [30 / 30.4375, np.nan, np.nan],
        "events_amount_months_since_61_ever": [100 / 30.4375, np.nan, np.nan],
    }
    assert found.keys() == expected.keys()
    for name, values in expected.items():
        np.testing.assert_allclose(found[name], values)


def test_the_share_on_time_leaves_out_what_is_not_known() -> None:
    np.testing.assert_allclose(_only(on_time_share(LOANS, "amount", 92)), [0.2, 1, np.nan])
    np.testing.assert_allclose(
        _only(on_time_share(LOANS, "amount", 92, grace=29)), [0.4, 1, np.nan]
    )
    # A table and its name say the same, also of values with decimals.
    for table in (LOANS, "events"):
        np.testing.assert_allclose(_only(share_at_most(table, "amount", -1)), [0, 0, np.nan])
        np.testing.assert_allclose(_only(share_at_most(table, "amount", -0.4)), [0, 0.5, np.nan])
        np.testing.assert_allclose(_only(share_at_most(table, "amount", -0.1)), [0, 0.5, np.nan])


SPANS = ("below_1", "1_to_below_30", "30_to_below_60", "60_to_below_90", "90_and_over")


def test_bands_hold_every_late_event_once() -> None:
    names = [f"events_amount_{span}" for span in SPANS]
    found = _values(*ageing(LOANS, "amount"))
    assert found == dict(
        zip([f"{name}_count_ever" for name in names],
            [[1, 2, 0], [1, 0, 0], [1, 0, 0], [2, 0, 0], [1, 0, 0]], strict=True)
    )  # fmt: skip
    summed = _values(*ageing(LOANS, "amount", 92, of="amount"))
    assert summed == dict(
        zip([f"{name}_amount_total_92d" for name in names],
            [[0, -0.4, 0], [29, 0, 0], [30, 0, 0], [120, 0, 0], [0, 0, 0]], strict=True)
    )  # fmt: skip


@pytest.mark.parametrize("bands", [(1, 30, 60, 90), (0, 0.1), (0.5,), (2, 2.25, 7)])
@pytest.mark.parametrize("table", [LOANS, "events"])
def test_bands_sum_to_the_whole_whatever_the_decimals(
    table: EventTable | str, bands: tuple[float, ...]
) -> None:
    drawn = np.random.default_rng(7)
    late = drawn.choice([-3, 0, 1, 4, 5, 9, 10, 11, 20, 295, 299, 300, 599, 895, 900, 9999], 300)
    text = "\n".join(f"c{n % 5} due {-1 - n} {tenths}" for n, tenths in enumerate(late))
    part = partition(rows(text))
    catalogue = Catalogue([*ageing(table, "amount", bands=bands),
                           *ageing(table, "amount", of="amount", bands=bands)])  # fmt: skip
    found = vectors(catalogue, part, at_cutoffs(part)).columns
    many = len(bands) + 1
    edges = [-np.inf, *(10 * each for each in bands), np.inf]
    for customer in range(5):
        mine = late[np.arange(300) % 5 == customer]
        held = [[x for x in mine if low <= x < high] for low, high in pairwise(edges)]
        counts = [found[name][customer] for name in catalogue.names[:many]]
        sums = [found[name][customer] for name in catalogue.names[many:]]
        assert counts == [len(each) for each in held]
        assert sum(counts) == 60
        np.testing.assert_allclose(sums, [sum(each) / 10 for each in held])
        np.testing.assert_allclose(sum(sums), mine.sum() / 10)


def test_utilisation_is_the_last_balance_over_the_last_limit() -> None:
    table = EventTable("events", "id", "at", measures={"amount": "decimal(1)"}, categories=["kind"])
    now, peak = (
        utilisation(table, "amount", "amount"),
        peak_utilisation(table, "amount", "amount", 92),
    )
    assert (now.name, peak.name) == (
        "events_amount_utilisation",
        "events_amount_peak_utilisation_92d",
    )
    np.testing.assert_allclose(_only(now), [np.nan, 1, np.nan])
    np.testing.assert_allclose(_only(peak), [np.nan, -0.0, np.nan])
    other = utilisation("events", "amount", "limit", limits="clients")
    assert [each.table for each in other.inputs] == ["events", "clients"]


def test_one_call_asks_for_all_of_it_with_units_and_the_meaning_of_null() -> None:
    asked = delinquency(LOANS, "amount", 92, of="amount", bands=(1, 30))
    assert [each.name.removeprefix("events_amount_") for each in asked] == [
        "current",
        "worst_92d",
        "months_since_worst_92d",
        "months_since_1_ever",
        "months_since_30_ever",
        "on_time_share_92d",
        "below_1_count_92d",
        "1_to_below_30_count_92d",
        "30_and_over_count_92d",
        "below_1_amount_total_92d",
        "1_to_below_30_amount_total_92d",
        "30_and_over_amount_total_92d",
    ]
    told = {row["name"]: row for row in Catalogue(asked).dictionary([LOANS])}
    assert told["events_amount_months_since_worst_92d"]["unit"] == "months"
    assert told["events_amount_on_time_share_92d"]["unit"] == "share"
    assert told["events_amount_on_time_share_92d"]["null"] == "both are 0"
    assert (
        "amount is at least 1 and amount is below 30"
        in told["events_amount_1_to_below_30_count_92d"]["description"]
    )


@pytest.mark.parametrize(
    ("bands", "words"),
    [
        ((), "must be numbers of days that ascend from 0 or more, got ()"),
        ((30, 1), "must be numbers of days that ascend from 0 or more, got (30, 1)"),
        ((1, 1), "must be numbers of days that ascend from 0 or more, got (1, 1)"),
        ((-1, 1), "must be numbers of days that ascend from 0 or more, got (-1, 1)"),
        (
            (1, float("nan")),
            "bands must be numbers of days that ascend from 0 or more, got (1, nan)",
        ),
        (("1", 30), "expected a number, got '1'; write it without quotes, such as 30"),
        (30, "expected a list, each a number, got 30 alone; put it in brackets"),
    ],
)
def test_bands_must_be_numbers_that_ascend(bands: Any, words: str) -> None:
    with pytest.raises(DefinitionError, match=re.escape(words)):
        ageing(LOANS, "amount", bands=bands)


@pytest.mark.parametrize("column", ["nothing", "kind"])
def test_a_lateness_that_is_no_measure_is_told_when_it_meets_its_table(column: str) -> None:
    table = EventTable("events", "id", "at", measures={"amount": "int"}, categories=["kind"])
    with pytest.raises(
        DefinitionError, match=f"needs a measure column of 'events', got '{column}'"
    ):
        Catalogue(delinquency(table, column, 92)).check([table])


def test_between_needs_a_lower_and_then_an_upper_bound() -> None:
    held = conditions({"amount": between(1, 1)})
    assert [each.slug for each in held] == ["amount_ge_1", "amount_le_1"]
    for least, most in ((2, 1), ("a", "b"), (float("nan"), 1), (1, None)):
        words = f"a lower and then an upper bound, got {least!r} and {most!r}"
        with pytest.raises(DefinitionError, match=words):
            between(least, most)  # type: ignore[arg-type]
