"""What each feature is worth on drawn tables, and the laws that hold for all of them."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from features.builders import (
    count,
    distinct,
    latest,
    mean,
    total,
)
from features.catalogue import Catalogue
from features.errors import CohortError, ContractError
from features.feature import Feature
from features.kernel import Vectors, vectors
from features.recipes import (
    trend,
)
from features.rhythms import (
    days_between,
    days_since,
)
from features.segments import Events, Number, Partition, Spine
from tests.helpers.compared import differing
from tests.helpers.drawn import CUTOFF, Row, at_cutoffs, partition, rows
from tests.helpers.everything import EVERYTHING
from tests.helpers.reference import value


def one(feature: Feature, text: str) -> object:
    """Compute a feature of the only customer of a drawing."""
    drawn = partition(rows(text))
    return vectors(Catalogue([feature]), drawn, at_cutoffs(drawn)).columns[feature.name][0]


def test_count_ends_before_the_cutoff_and_begins_at_the_window() -> None:
    drawing = """
        anna  a  -7.1   1   <- before the window
        anna  a  -7     1   <- the first instant of the window
        anna  a  -0.001 1
        anna  a   0     1   <- the cutoff itself is not past
        anna  a   3     1
    """
    assert one(count("events", 7), drawing) == 2


def test_an_event_known_late_is_not_seen_until_it_is_known() -> None:
    drawing = """
        anna  a  -5   1
        anna  a  -4   1    0   <- became known at the cutoff
        anna  a  -3   1   -2
        anna  a  -1   1    9
    """
    assert one(count("events", 7), drawing) == 2
    assert one(days_since("events"), drawing) == 3


def test_lag_shifts_the_window_back() -> None:
    drawing = """
        anna  a  -6   1
        anna  a  -5   1
        anna  a  -3   1   <- the window ends here
        anna  a  -1   1
    """
    assert one(count("events", 2, lag=3), drawing) == 1


def test_cadence_is_the_median_gap_of_distinct_times() -> None:
    drawing = """
        anna  a  -20  1
        anna  b  -10  1
        anna  c  -10  1   <- the same visit
        anna  a   -8  1
        anna  a   -4  1
    """
    assert one(days_between("events"), drawing) == 4
    assert one(days_between("events", 9), drawing) == 4
    assert math.isnan(float(str(one(days_between("events", 5), drawing))))


def test_distinct_does_not_count_absent_levels() -> None:
    drawing = """
        anna  a  -9  1
        anna  a  -3  1
        anna  -  -2  1
        anna  b  -1  1
    """
    assert one(distinct("events", "kind", 7), drawing) == 2


def test_trend_compares_with_the_window_before() -> None:
    drawing = """
        anna  a  -6  1
        anna  a  -3  1
        anna  a  -2  1
        anna  a  -1  1
    """
    assert one(trend("events", 4), drawing) == pytest.approx(0.5)


def test_trend_stays_between_its_ends_where_refunds_outweigh_sales() -> None:
    drawing = """
        anna  a  -6  -30
        anna  a  -1   50
    """
    assert one(trend("events", 4, of="amount"), drawing) == 1
    assert one(trend("events", 4, of="amount"), drawing.replace("50", "30")) == 1


def test_nothing_is_null_or_zero_as_the_dictionary_says() -> None:
    drawn = partition([], customers=["nobody"])
    found = vectors(EVERYTHING, drawn, at_cutoffs(drawn)).columns
    for feature in EVERYTHING:
        came = found[feature.name][0]
        assert (came is None or np.isnan(came)) == bool(feature.null), feature.name


def test_latest_reads_a_category_as_of_the_cutoff() -> None:
    drawing = """
        anna  gold    -9  1
        anna  silver  -2  1
        anna  iron     0  1
    """
    assert one(latest("events", "kind"), drawing) == "silver"


days = st.integers(-40, 20).map(lambda quarter: quarter / 4)
some_rows = st.lists(
    st.builds(
        Row,
        customer=st.sampled_from(["anna", "bela", "cleo"]),
        kind=st.sampled_from(["a", "b", "c", None]),
        day=days,
        amount=st.none() | st.integers(-30, 30),
    ),
    max_size=25,
)


@st.composite
def late_rows(draw: st.DrawFn) -> list[Row]:
    """Draw rows of which some become known days after they happened."""
    lags = st.sampled_from([0.0, 0.0, 0.25, 2.0, 9.0])
    return [
        Row(row.customer, row.kind, row.day, row.amount, row.day + draw(lags))
        for row in draw(some_rows)
    ]


def computed(events: Sequence[Row], *cutoffs: float) -> tuple[Partition, Spine, Vectors]:
    drawn = partition(events, customers=["anna", "bela", "cleo"])
    spine = at_cutoffs(drawn, *cutoffs)
    return drawn, spine, vectors(EVERYTHING, drawn, spine)


@settings(max_examples=60)
@given(some_rows | late_rows(), st.lists(days, min_size=1, max_size=4, unique=True))
def test_every_feature_equals_the_slow_reference(events: list[Row], cutoffs: list[float]) -> None:
    drawn, spine, found = computed(events, *cutoffs)
    for row in range(len(spine)):
        customer, cutoff = drawn.customers[spine.customer[row]], int(spine.cutoff[row])
        for feature in EVERYTHING:
            expected = value(feature, events, customer, cutoff)
            came = found.columns[feature.name][row]
            if expected is None or isinstance(expected, str):
                assert came == expected, feature.name
                continue
            assert came == pytest.approx(expected, rel=1e-9, abs=1e-9, nan_ok=True), feature.name


@settings(max_examples=40)
@given(late_rows(), st.randoms(use_true_random=False))
def test_the_order_of_rows_changes_no_bit(events: list[Row], random: object) -> None:
    shuffled = list(events)
    random.shuffle(shuffled)  # type: ignore[attr-defined]
    assert differing(computed(events)[2], computed(shuffled)[2]) == []


@settings(max_examples=40)
@given(late_rows(), late_rows())
def test_what_happens_or_is_known_from_the_cutoff_on_changes_no_bit(
    events: list[Row], others: list[Row]
) -> None:
    past = [row for row in events if row.occurred_at < CUTOFF and row.known_at < CUTOFF]
    future = [row for row in others if row.occurred_at >= CUTOFF or row.known_at >= CUTOFF]
    assert differing(computed(past)[2], computed([*past, *future])[2]) == []


@settings(max_examples=20)
@given(late_rows(), st.lists(days, min_size=12, max_size=12, unique=True))
def test_twelve_cutoffs_at_once_equal_twelve_runs(events: list[Row], cutoffs: list[float]) -> None:
    _, spine, together = computed(events, *cutoffs)
    alone = Vectors.concat([computed(events, cutoff)[2] for cutoff in cutoffs])
    order = np.lexsort((alone.cutoffs, alone.customers.astype(str)))
    expected = np.lexsort((spine.cutoff, together.customers.astype(str)))
    assert differing(together.take(expected), alone.take(order)) == []


@settings(max_examples=40)
@given(late_rows())
def test_one_customer_alone_equals_the_batch_row(events: list[Row]) -> None:
    drawn, spine, batch = computed(events)
    for position in range(len(drawn.customers)):
        single = Spine(np.array([0]), spine.cutoff[position : position + 1])
        alone = vectors(EVERYTHING, drawn.of(position), single)
        assert differing(alone, batch.take(np.array([position]))) == []


@given(late_rows())
def test_no_rows_make_empty_columns(events: list[Row]) -> None:
    drawn = partition(events, customers=["anna"])
    nobody = Spine(np.zeros(0, dtype=np.int64), np.zeros(0, dtype=np.int64))
    found = vectors(EVERYTHING, drawn, nobody)
    assert list(found.columns) == list(EVERYTHING.names)
    assert {len(values) for values in found.columns.values()} == {0}


def test_no_part_is_refused() -> None:
    with pytest.raises(CohortError, match="at least one partition, came none"):
        Vectors.concat([])


def large(*values: int, customers: int = 1) -> Partition:
    """Make a partition in which the values, in smallest units, belong to one customer each."""
    each = len(values) // customers
    times = np.arange(len(values), dtype=np.int64)
    amount = Number(np.array(values, dtype=np.int64), None, 0)
    events = Events(np.arange(customers + 1) * each, times, times, {"amount": amount})
    return Partition(np.arange(customers), {"events": events})


def test_sums_that_could_leave_64_bits_are_refused() -> None:
    catalogue = Catalogue([total("events", "amount")])
    much = 2**62
    for values in ((much, much), (much, -much), (-much, -much)):
        with pytest.raises(ContractError, match=r"table 'events'.*\n.*'amount'.*sums of 64 bits"):
            vectors(catalogue, large(*values), at_cutoffs(large(*values)))
    with pytest.raises(ContractError, match="column 'amount'"):
        vectors(Catalogue([mean("events", "amount")]), large(much, much), at_cutoffs(large(0)))


def test_a_sum_is_exact_where_only_all_customers_together_leave_64_bits() -> None:
    much = large(*[2**61 + 1, 2**61] * 4, customers=4)
    found = vectors(Catalogue([total("events", "amount")]), much, at_cutoffs(much))
    assert found.columns["events_amount_total_ever"].tolist() == [float(2**62 + 1)] * 4
    uneven = large(*[2**62, 7] * 4, customers=4)
    found = vectors(Catalogue([total("events", "amount", 7)]), uneven, at_cutoffs(uneven))
    assert found.columns["events_amount_total_7d"].tolist() == [0.0] * 4


def test_vectors_become_a_frame() -> None:
    drawn = partition(rows("anna a -1 5"))
    frame = vectors(Catalogue([count("events", 7)]), drawn, at_cutoffs(drawn)).to_pandas()
    assert frame.to_dict("list")["events_count_7d"] == [1.0]
    assert frame["customer"].tolist() == ["anna"]
    assert frame["cutoff"][0].value == CUTOFF * 1000
