"""Intervals of rates against exact ones and slow references; reliability by segment."""

import numpy as np
import pytest
from scipy.stats import binomtest, fisher_exact

from training.judge.contacts import decile_rates
from training.judge.fairness import fairness
from training.judge.intervals import Interval, bootstrap, quantiles
from training.judge.rates import apart, rate_interval
from training.judge.reliability import bin_codes, ece, reliability
from training.judge.segments import segments
from training.judge.slices import slices


def drawn(y: np.ndarray, customers: np.ndarray, resamples: int = 4000) -> np.ndarray:
    random, (_, codes) = np.random.default_rng(0), np.unique(customers, return_inverse=True)
    size = codes.max() + 1
    positives, rows = np.bincount(codes, y), np.bincount(codes)
    picked = random.integers(0, size, (resamples, size))
    return np.asarray(positives[picked].sum(axis=1) / rows[picked].sum(axis=1))


@pytest.mark.parametrize(("positives", "rows"), [(0, 60), (3, 200), (100, 250), (60, 60)])
def test_rates_of_independent_rows_have_the_exact_interval(positives: int, rows: int) -> None:
    y = np.arange(rows) < positives
    found = rate_interval(y.mean(), drawn(y, np.arange(rows)), rows, rows)
    wanted = binomtest(positives, rows).proportion_ci(method="exact")
    assert (found.low, found.high) == pytest.approx((wanted.low, wanted.high), abs=0.005)
    assert found.low <= found.value <= found.high


def test_rows_that_repeat_are_worth_their_customers() -> None:
    y, ids = np.repeat(np.arange(200) < 30, 5), np.repeat(np.arange(200), 5)
    found = rate_interval(y.mean(), drawn(y, ids), 1000, 200)
    wanted = binomtest(30, 200).proportion_ci(method="exact")
    assert (found.low, found.high) == pytest.approx((wanted.low, wanted.high), abs=0.01)
    nothing = rate_interval(0.0, np.zeros(9), 1000, 200)
    assert nothing.high == pytest.approx(1 - 0.025 ** (1 / 200))


def test_a_rate_of_no_rows_has_no_interval() -> None:
    empty = rate_interval(float("nan"), np.full(9, np.nan), 0, 0)
    assert np.isnan([empty.value, empty.low, empty.high]).all()
    unsure = rate_interval(0.5, np.r_[np.nan, np.full(9, 0.5)], 9, 9)
    assert np.isnan([unsure.low, unsure.high]).all()


def test_a_difference_of_rates_is_that_of_newcombe() -> None:
    # Table II of the source: 56 of 70 against 48 of 80, with the intervals of Wilson.
    both = [binomtest(*each).proportion_ci(method="wilson") for each in ((56, 70), (48, 80))]
    high, low = (
        Interval(value, each.low, each.high) for value, each in zip((0.8, 0.6), both, strict=True)
    )
    found = apart(high, low)
    assert (found.value, found.low, found.high) == pytest.approx((0.2, 0.0524, 0.3339), abs=1e-4)


def test_bins_and_deciles_without_positives_are_not_sure() -> None:
    p = np.linspace(0.01, 0.6, 2000)
    y = (np.arange(2000) % 5 == 0) & (p > 0.3)
    whose = np.arange(2000) // 2
    made = bootstrap(y, {"m": p}, whose, resamples=50)["m"]
    last = decile_rates(made, 2000, 1000)[-1]
    assert (last.value, last.low) == (0, 0)
    assert last.high == pytest.approx(1 - 0.025 ** (1 / 100))
    rates = [each.value for each in decile_rates(made, 2000, 1000)]
    assert np.mean(rates) == pytest.approx(y.mean())
    (found,) = segments(
        y, p, whose, np.full(2000, "a", dtype=object), bins=10, resamples=50, seed=0
    )
    assert (found.observed[0].value, found.observed[0].low) == (0, 0)
    assert found.observed[0].high == pytest.approx(1 - 0.025 ** (1 / 100))


def test_segments_are_judged_by_their_rows_alone() -> None:
    random = np.random.default_rng(1)
    p = random.random(3000) * 0.5
    y, ids = random.random(3000) < p, random.integers(0, 900, 3000)
    levels = np.array(["small", "large", None], dtype=object)[
        random.choice(3, 3000, p=[0.3, 0.6, 0.1])
    ]
    few = np.where(np.arange(3000) < 150, "few", levels)
    found = segments(y, p, ids, few, bins=8, resamples=40, seed=3)
    assert [each.segment for each in found] == ["large", "small"]
    for each in found:
        here = few == each.segment
        assert (each.rows, each.positives) == (here.sum(), y[here].sum())
        assert each.ece.value == pytest.approx(ece(y[here], p[here], 8))
        assert each.reliability == reliability(y[here], p[here], 8)
        codes = bin_codes(p[here], 8)
        rates = [y[here][codes == code].mean() for code in range(8)]
        assert [rate.value for rate in each.observed] == pytest.approx(rates)
        assert all(rate.low < rate.value < rate.high for rate in each.observed)
    assert segments(y, p, ids, np.full(3000, None), bins=8, resamples=9, seed=0) == ()


def test_a_gap_of_few_rows_is_beyond_chance_no_sooner_than_an_exact_test_says() -> None:
    # 20 positives in each group; 0 and 4 of them are on the list.
    y = np.tile(np.arange(300) < 20, 2)
    p = np.full(600, 0.1)
    p[300:304] = 0.9
    p[320:376] = 0.9
    p[20:80] = 0.9
    sex = np.repeat(np.array(["f", "m"], dtype=object), 300)
    found = fairness(y, p, np.arange(600), {"sex": sex}, share=0.2, resamples=200, seed=0)
    gap = next(each.gap for each in found.gaps if each.measure == "tpr")
    assert gap.value == pytest.approx(0.2)
    assert fisher_exact(np.array([[0, 20], [4, 16]])).pvalue > 0.05
    assert gap.low < 0
    tpr = found.groups[0].tpr
    assert tpr is not None
    assert (tpr.value, tpr.low) == (0, 0)
    assert tpr.high == pytest.approx(1 - 0.025 ** (1 / 20))


def test_protected_levels_too_rare_or_too_many_stand_together() -> None:
    random = np.random.default_rng(2)
    y, p = random.random(9000) < 0.3, random.random(9000)
    place = np.array([f"p{each}" for each in random.integers(0, 300, 9000)], dtype=object)
    place[:6000] = np.array([f"q{each}" for each in np.arange(6000) % 20], dtype=object)
    found = fairness(y, p, np.arange(9000), {"place": place}, share=0.1, resamples=9, seed=0)
    assert len(found.groups) == 13
    assert found.groups[-1].group == "others (308 levels)"
    assert all(each.told for each in found.groups)
    assert sum(each.rows for each in found.groups) == 9000


def test_the_very_same_rows_are_judged_once_with_all_their_names() -> None:
    random = np.random.default_rng(0)
    y, p = random.random(1200) < 0.3, random.random(1200)
    half = np.arange(1200) % 2 == 0
    town = np.where(half, "Bonn", "Rome").astype(object)
    land = np.where(half, "Germany", "Italy").astype(object)
    third = np.where(np.arange(1200) % 3 == 0, "yes", "no").astype(object)
    found = slices(
        y, p, np.arange(1200), {"town": town, "vip": third, "land": land}, resamples=9, seed=0
    )
    assert [(each.name, each.same) for each in found] == [
        ("town: Bonn", ("land: Germany",)),
        ("town: Rome", ("land: Italy",)),
        ("vip: no", ()),
        ("vip: yes", ()),
    ]
    assert found[0].to_json()["same"] == ("land: Germany",)
    assert found[0].rows == 600


def test_what_a_list_captures_has_the_interval_of_the_metric() -> None:
    from training.judge.contacts import contacts
    from training.judge.settings import Judging

    random = np.random.default_rng(4)
    p = random.random(900)
    y = random.random(900) < 0.05 * p
    made = bootstrap(y, {"m": p}, np.arange(900), resamples=200)["m"]
    at_ten = contacts(made, 900, Judging())[1].captured
    metric = made.interval("captured_at_10")
    assert (at_ten.low, at_ten.high) == pytest.approx((metric.low, metric.high))
    assert at_ten.high > quantiles(made.draws["captured_at_10"])[1]
