"""The raw tables of the worlds: as untidy as those of a business, and still within contracts."""

from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pytest

from features.contract import check
from features.instants import DAY
from features.tables import EventTable
from features.worlds.calendar import arrivals, calendar
from tests.helpers.worlds import MAKERS, world

SMALL = 800


def column(name: str, table: str, wanted: str) -> Any:
    return world(name, SMALL).sources[table][wanted]


@pytest.mark.parametrize("name", MAKERS)
def test_tables_keep_their_contracts(name: str) -> None:
    made = world(name, SMALL)
    for table in made.tables:
        check(table, made.sources[table.name])
        rows = made.sources[table.name]
        assert len(rows)
        assert set(rows[table.customer].unique().to_pylist()) <= set(made.customers.tolist())
        for moment in (table.occurred_at, table.known_at):
            if moment and isinstance(table, EventTable):
                times = rows[moment].cast("int64").to_numpy()
                assert made.calendar.begins <= times.min()
                assert times.max() < made.calendar.ends


@pytest.mark.parametrize(
    ("name", "table"), [("retailer", "purchases"), ("bank", "premiums"), ("telecom", "calls")]
)
def test_some_customers_have_no_events(name: str, table: str) -> None:
    made = world(name, SMALL)
    rows = made.sources[table]
    seen = pc.count_distinct(rows[rows.column_names[0]]).as_py()
    assert 0.5 * SMALL < seen < SMALL


def test_ids_are_texts_in_one_world() -> None:
    assert isinstance(world("bank", SMALL).customers[0], str)
    assert world("retailer", SMALL).customers.dtype == np.int64


def test_some_events_share_a_time_and_some_values_are_absent() -> None:
    rows = world("retailer", SMALL).sources["purchases"]
    assert rows.group_by(["customer", "at"]).aggregate([]).num_rows < 0.9 * len(rows)
    assert 0 < rows["store"].null_count < 0.1 * len(rows)
    assert column("bank", "surveys", "score").null_count
    assert column("telecom", "calls", "seconds").null_count


@pytest.mark.parametrize(
    ("name", "table", "occurred", "known"),
    [
        ("retailer", "returns", "at", "known_at"),
        ("bank", "payments", "at", "booked_at"),
        ("bank", "advisers", "since", "recorded_at"),
        ("telecom", "contact_losses", "at", "known_at"),
    ],
)
def test_some_events_are_known_late(name: str, table: str, occurred: str, known: str) -> None:
    happened, told = (
        column(name, table, each).cast("int64").to_numpy() for each in (occurred, known)
    )
    assert (told >= happened).all()
    assert (told - happened).max() > 6 * 3_600_000_000


def test_amounts_have_heavy_tails() -> None:
    amounts = column("retailer", "purchases", "amount").to_numpy()
    assert np.quantile(amounts, 0.999) > 10 * np.median(amounts)


def test_purchases_follow_weekdays_and_hours() -> None:
    at = column("retailer", "purchases", "at")
    weekdays = np.bincount(pc.day_of_week(at).to_numpy(), minlength=7)
    assert weekdays.argmax() == 5
    assert weekdays[5] > 2 * weekdays[6]
    hours = np.bincount(pc.hour(at).to_numpy(), minlength=24)
    assert hours.argmax() == 17
    assert hours[3] < 0.1 * hours[17]


def test_an_agent_leaves_all_of_his_customers_at_once() -> None:
    rows: pa.Table = world("bank", SMALL).sources["advisers"]
    orphans = rows.filter(pc.equal(rows["care"], "ORPHAN"))
    assert orphans["agent"].null_count == len(orphans) > 0
    together = orphans.group_by("since").aggregate([("client", "count")])
    assert pc.min(together["client_count"]).as_py() > 10


def test_arrivals_are_poisson_with_the_rate_of_owner_and_day() -> None:
    rates, weights = np.array([0.5, 2.0]), np.array([1.0, 3.0, 0.0])
    random = np.random.default_rng(4)
    counts = np.zeros((3_000, 2, 3))
    for each in counts:
        owner, day = arrivals(random, rates, weights, 2.0, lambda o, d: np.where(o == 1, 2.0, 0.5))
        np.add.at(each, (owner, day), 1)
    mean = rates[:, None] * weights * np.array([[0.5], [2.0]])
    for moment in (counts.mean(axis=0), counts.var(axis=0)):
        np.testing.assert_allclose(moment, mean, rtol=0.12)
    assert abs(np.corrcoef(counts[:, 1, 0], counts[:, 1, 1])[0, 1]) < 0.07


def test_moments_lie_inside_their_day() -> None:
    days = calendar(14, [1] * 7, [1, *[0] * 22, 1])
    moments = days.moments(np.random.default_rng(1), np.full(2_000, 3)) - days.begins
    assert (moments // DAY == 3).all()
    hours = set((moments % DAY // 3_600_000_000).tolist())
    assert hours == {0, 23}
