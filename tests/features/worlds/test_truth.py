"""The truth of the worlds, held against futures drawn anew and against a slow, obvious sum."""

from itertools import product
from typing import Any

import numpy as np
import pytest

from features.arrays import Floats, Ints
from features.errors import DefinitionError
from features.instants import DAY
from features.worlds import Truth, World, bank, retailer
from features.worlds.borrowers import PAYS, Clients, Standing
from features.worlds.calendar import Calendar
from features.worlds.months import Moves, no_default
from features.worlds.shoppers import QUIT, WARM, Paths, Shoppers, no_basket
from features.worlds.subscribers import draw_subscribers, next_week, stays
from features.worlds.telecom import _first
from tests.helpers.worlds import MAKERS, QUESTIONS, midnight, world

FUTURES = 100
SMALL = 800
VIVID: dict[str, dict[str, Any]] = {
    "shoppers": {"WARM": 0.03, "QUIT": 0.012, "DRIFT": 0.2},
    "borrowers": {"LEAVES": 0.02, "REPLACED": 0.03, "ORPHAN_TIMES": 12.0, "LOSES": 0.1},
    "subscribers": {"JOINS": 0.08, "MEMBER_TIMES": 0.1, "MOODS": np.array([1.0, 4.0, 20.0, 90.0])},
}


def deciles(truth: Floats) -> Ints:
    ranks = np.empty(len(truth), np.int64)
    ranks[np.argsort(truth, kind="stable")] = np.arange(len(truth))
    return np.asarray(ranks * 10 // len(truth))


@pytest.fixture
def vivid(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let everything move so fast that leaving one of its moves out would show."""
    for module, changes in VIVID.items():
        for constant, value in changes.items():
            monkeypatch.setattr(f"features.worlds.{module}.{constant}", value)


@pytest.mark.usefixtures("vivid")
@pytest.mark.parametrize(("name", "question"), QUESTIONS)
def test_futures_drawn_from_the_same_state_agree_with_the_truth(name: str, question: str) -> None:
    made = MAKERS[name](2_000, 1)
    cutoff = midnight(made, 77 if name == "telecom" else 371)
    truth = made.truth(question, [cutoff]).values[:, 0]
    drawn = made.rerun(question, cutoff, FUTURES, seed=5)
    asked = ~np.isnan(truth)
    p, found = truth[asked], drawn[asked]
    group = deciles(p)
    spread = np.sqrt(np.bincount(group, p * (1 - p) / FUTURES)) + 1e-9
    z = np.bincount(group, found - p) / spread
    assert np.abs(z).max() < 3.8, z
    # Each customer's own share too: the mean square is that of fair coins.
    likely = (p > 0.02) & (p < 0.98)
    p, found = p[likely], found[likely]
    squares = (found - p) ** 2 / (p * (1 - p) / FUTURES)
    assert abs(squares.mean() - 1) < 5 * np.sqrt(2.5 / len(squares))


def test_whoever_is_not_at_risk_has_no_truth_and_no_event_again() -> None:
    made = world("bank", SMALL)
    cutoff = midnight(made, 600)
    truth = made.truth("default", [cutoff]).values[:, 0]
    assert 0 < np.isnan(truth).sum() < SMALL / 2
    assert not made.rerun("default", cutoff, 2)[np.isnan(truth)].any()


def test_chance_of_default_is_the_sum_over_all_ways_to_pay() -> None:
    # One month of ten days, then one due day; neither work nor distress can move.
    one = np.ones(1, np.int64)
    who = Clients(one, np.zeros(1), np.ones(1), 0 * one, 9 * one, 99 * one, 0 * one)
    still = Moves(np.eye(2)[None], np.eye(5)[None, None].repeat(2, 1), np.eye(4), np.zeros(1))
    for owed, level in product(range(4), range(5)):
        state = Standing(0 * one, level * one, 0 * one, owed * one, 0 * one, 0 * one)
        stands = no_default(who, still, state, 3 * one, 10 * one, 1)[0]
        breaks = (1 - PAYS[level]) ** 10 if owed == 3 else 0.0
        assert stands == pytest.approx(1 - breaks)
        # The last instalment was that of month 9.
        assert no_default(who, still, state, 10 * one, 10 * one, 2)[0] == 1


def shopper(rate: float, cool: float) -> Shoppers:
    """One customer whom no mailing moves."""
    no, none = np.zeros(1, np.bool_), np.zeros(1)
    first = np.zeros(1, np.int64)
    rates = np.full(1, rate), np.full(1, cool)
    return Shoppers(first, rates[0], first, first, rates[1], first, no, none, none, none, no, no)


def staying(mood: int) -> Paths:
    """Return the first hundred days of one customer, in one mood."""
    still = np.zeros((1, 100), np.uint8)
    return Paths(0, still + np.uint8(mood), still, still.astype(np.bool_))


@pytest.mark.parametrize(("day", "counts"), [(106, 0), (107, 1), (162, 1), (163, 0)])
def test_only_the_days_of_the_label_window_count(day: int, counts: int) -> None:
    open_on = np.zeros(200)
    open_on[day] = 2.0
    shop = Calendar(0, open_on, np.ones(24))
    chance = no_basket(shopper(0.3, 0.0), staying(0), shop, 100, (107, 163))
    assert chance[0] == pytest.approx(np.exp(-0.6 * counts))


def test_whoever_is_sure_to_shop_stays_away_only_when_gone() -> None:
    shop = Calendar(0, np.ones(200), np.ones(24))
    who = shopper(1e5, 0.2)
    found = {
        (mood, start): no_basket(who, staying(mood), shop, 100, (start, start + 1))[0]
        for mood in range(3)
        for start in (100, 101)
    }
    twice = QUIT + (1 - WARM - QUIT) * QUIT
    wanted = {(0, 100): 0.0, (0, 101): 0.2 * QUIT, (1, 100): QUIT, (1, 101): twice}
    assert found == pytest.approx(wanted | {(2, 100): 1.0, (2, 101): 1.0})


def test_churn_does_not_spread_inside_four_weeks_and_does_after() -> None:
    random = np.random.default_rng(2)
    who = draw_subscribers(random, 400)
    state = _first(random, 400)
    target = int(who.target[who.source == 7][0])
    state.left[target] = 30
    before, after = (stays(who, state, week, 4) for week in (30, 31))
    knew = state.left.copy()
    state.left[target] = 10_000
    np.testing.assert_array_equal(before, stays(who, state, 30, 4))
    assert after[7] < stays(who, state, 31, 4)[7]
    state.left[:] = knew
    with pytest.raises(ValueError, match="exact up to 4 weeks, got 5"):
        stays(who, next_week(random, who, state, 31), 32, 5)


def test_a_coin_finds_the_mean_effect_of_the_mailing_and_the_rule_does_not() -> None:
    made = retailer(4_000, seed=8)
    starts = [14 + 28 * campaign for campaign in range(12, 24)]
    effects = made.effects("mailing", [midnight(made, day) for day in starts]).values
    bought = made.sources["purchases"]
    owner = bought["customer"].to_numpy() - 10_000
    at = bought["at"].cast("int64").to_numpy() - made.calendar.begins
    sent = made.sources["mailings"].to_pydict()
    who = np.array(sent["customer"]) - 10_000
    when = (made.sources["mailings"]["at"].cast("int64").to_numpy() - made.calendar.begins) // DAY
    coin = np.array(sent["arm"]) == "COIN"
    mailed = np.array(sent["action"]) == "MAILED"
    told: dict[str, list[Floats]] = {"effect": [], "coin": [], "noise": [], "rule": []}
    for column, day in enumerate(starts):
        inside = (at >= day * DAY) & (at < (day + 14) * DAY)
        buys = np.bincount(owner[inside], minlength=4_000) > 0
        here = (when == day) & coin
        yes, no = buys[who[here & mailed]], buys[who[here & ~mailed]]
        told["effect"].append(effects[who[here], column].mean())
        told["coin"].append(yes.mean() - no.mean())
        told["noise"].append(yes.var() / len(yes) + no.var() / len(no))
        ruled = np.setdiff1d(np.arange(4_000), who[here])
        sent_by_rule = who[(when == day) & ~coin]
        told["rule"].append(
            buys[sent_by_rule].mean() - buys[np.setdiff1d(ruled, sent_by_rule)].mean()
        )
    noise = np.sqrt(np.sum(told["noise"])) / len(starts)
    apart = np.mean(told["coin"]) - np.mean(told["effect"])
    assert abs(apart) < 3.5 * noise
    assert np.mean(told["effect"]) > 4 * noise  # there is something to find
    assert np.mean(told["rule"]) - np.mean(told["effect"]) > 4 * noise  # and to be misled by
    assert np.ptp(effects) > 0.1


@pytest.mark.parametrize("name", MAKERS)
def test_one_seed_makes_one_world(name: str) -> None:
    first, again, other = (MAKERS[name](150, seed) for seed in (3, 3, 4))
    for table, rows in first.sources.items():
        assert rows.equals(again.sources[table])
    assert not all(rows.equals(other.sources[table]) for table, rows in first.sources.items())


@pytest.fixture
def shop() -> World:
    return world("retailer", SMALL)


def test_a_question_that_is_not_known_is_refused(shop: World) -> None:
    with pytest.raises(DefinitionError, match="expected one of churn, coffee; got 'tea'"):
        shop.truth("tea", [])
    with pytest.raises(DefinitionError, match="expected one of mailing; got 'call'"):
        shop.effects("call", [])
    with pytest.raises(DefinitionError, match="expected one of none; got 'call'"):
        bank(60, 1).effects("call", [])


def test_a_cutoff_at_which_the_state_is_not_known_is_refused(shop: World) -> None:
    words = "expected a midnight from 2022-01-04T00:00:00Z to 2023-10-30T00:00:00Z .* got 2023-01-0"
    for wrong in (midnight(shop, 365) + 1, midnight(shop, 366) - 3_600_000_000):
        with pytest.raises(DefinitionError, match=words):
            shop.truth("churn", [wrong])
    with pytest.raises(DefinitionError, match="label window is inside the world"):
        shop.truth("churn", [midnight(shop, shop.calendar.days - 62)])
    made = world("telecom", SMALL)
    with pytest.raises(DefinitionError, match="midnight, every 7 days from"):
        made.truth("churn", [midnight(made, 365)])


def test_rows_are_found_by_customer_and_cutoff(shop: World) -> None:
    late, early = midnight(shop, 400), midnight(shop, 200)
    truth = shop.truth("churn", [late, early])
    asked = np.array([10_003, 10_001]), np.array([early, late])
    assert truth.at(*asked).tolist() == [truth.values[3, 1], truth.values[1, 0]]
    with pytest.raises(DefinitionError, match="a customer of the rows is not of this world"):
        truth.at(np.array([3]), np.array([early]))
    with pytest.raises(DefinitionError, match="a cutoff of the rows was not asked of truth"):
        truth.at(np.array([10_003]), np.array([early + 1]))
    assert isinstance(truth, Truth)
