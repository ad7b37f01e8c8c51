"""Slices, fairness, periods and money against sums by hand and slow references."""

from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from scipy.stats import ks_2samp

from features.errors import DefinitionError
from tests.helpers import shop
from training.config import Params
from training.fit import Rows
from training.judge import refits, weighing
from training.judge.contacts import best, contacts, decile_rates
from training.judge.effective import effective_size
from training.judge.fairness import fairness
from training.judge.groups import beside
from training.judge.intervals import bootstrap
from training.judge.metrics import captured_at, deciles, roc_auc
from training.judge.moves import auc_difference, auc_interval
from training.judge.settings import Judging
from training.judge.slices import slices
from training.judge.stability import stability


def simulated(n: int = 3000, seed: int = 0) -> Any:
    random = np.random.default_rng(seed)
    ids = random.integers(0, n // 3, n)
    z = random.normal(-1, 1, n // 3)[ids] + random.normal(0, 0.5, n)
    y = random.random(n) < 1 / (1 + np.exp(-z))
    return y, np.round(1 / (1 + np.exp(-z)), 2), ids


def test_gaps_between_groups_equal_those_by_hand() -> None:
    # f: 300 rows, 100 positive, the first 60 positives and 30 negatives score 0.9; m: 40 and 10.
    y = np.tile(np.arange(300) < 100, 2)
    f = np.where((np.arange(300) < 60) | (np.arange(300) >= 270), 0.9, 0.1)
    m = np.where((np.arange(300) < 40) | (np.arange(300) >= 290), 0.9, 0.1)
    sex = np.repeat(np.array(["f", "m"], dtype=object), 300)
    p = np.concatenate([f, m])
    found = fairness(y, p, np.arange(600), {"sex": sex}, share=140 / 600, resamples=100, seed=0)
    gaps = {each.measure: each for each in found.gaps}
    wanted = {
        "selection_rate": 90 / 300 - 50 / 300,
        "tpr": 0.6 - 0.4,
        "fpr": 30 / 200 - 10 / 200,
        "calibration": (90 * 0.9 + 210 * 0.1 - 50 * 0.9 - 250 * 0.1) / 300,
    }
    for name, value in wanted.items():
        assert gaps[name].gap.value == pytest.approx(value), name
        assert (gaps[name].highest, gaps[name].lowest) == ("f", "m")
        assert gaps[name].gap.low < value < gaps[name].gap.high
    # Half of a tie is taken when the list ends inside it.
    half = fairness(y, p, np.arange(600), {"sex": sex}, share=70 / 600, resamples=2, seed=0)
    assert half.groups[0].tpr is not None
    assert half.groups[0].tpr.value == pytest.approx(0.3)


def test_slices_and_groups_below_the_minimum_show_no_rate() -> None:
    y, p, ids = simulated()
    level = np.where(np.arange(3000) < 150, "few", "many").astype(object)
    rare = y & (np.cumsum(y) <= 19) | (~y & (np.cumsum(~y) <= 400))
    outcomes = np.where(rare, "rare", "usual").astype(object)
    for row in slices(y, p, ids, {"a": level, "b": outcomes}, resamples=10, seed=0):
        assert row.told == (row.level in ("many", "usual"))
        assert (row.positives is None) == (not row.told)
        assert ("note" in row.to_json()) == (not row.told)
        assert (row.to_json()["observed"] is None) == (not row.told)
    found = fairness(y, p, ids, {"a": level}, share=0.1, resamples=10, seed=0)
    many, few = found.groups
    assert (few.group, few.positives, few.selection_rate) == ("few", int(y[:150].sum()), None)
    assert few.left_out == dict.fromkeys(("selection_rate", "calibration"), "fewer than 200 rows")
    assert many.left_out == {}
    assert [each.measure for each in found.gaps] == ["tpr", "fpr"]
    assert found.uncompared == (("a", "selection_rate"), ("a", "calibration"))


def test_each_measure_leaves_out_only_the_groups_too_small_for_it() -> None:
    # b has 4 positives among 400 rows and is on the list throughout; c has 60 rows.
    sizes, positives = {"a": 1000, "b": 400, "c": 60}, {"a": 200, "b": 4, "c": 30}
    level = np.repeat(np.array(list(sizes), dtype=object), list(sizes.values()))
    y = np.concatenate([np.arange(sizes[each]) < positives[each] for each in sizes])
    p = np.where(level == "b", 0.9, np.where(y & (np.arange(1460) % 2 == 0), 0.8, 0.1))
    found = fairness(y, p, np.arange(1460), {"x": level}, share=400 / 1460, resamples=50, seed=0)
    a, b, c, both = found.groups
    assert [each.rows for each in (a, b, c)] == list(sizes.values())
    assert b.left_out == {"tpr": "fewer than 20 positives"}
    assert c.left_out == {"selection_rate": "fewer than 200 rows"}
    assert b.within == c.within == {"calibration": "others (2 levels, in calibration)"}
    gaps = {each.measure: (each.highest, each.lowest, each.gap.value) for each in found.gaps}
    assert gaps["selection_rate"] == ("b", "a", 1.0)
    assert gaps["fpr"] == ("b", "a", 1.0)
    assert {*gaps["tpr"][:2]} <= {"a", "c"}
    assert gaps["calibration"][:2] == (both.group, "a")
    assert found.uncompared == ()
    assert (b.positives, b.tpr, b.calibration) == (4, None, None)
    assert (c.selection_rate, c.calibration) == (None, None)
    assert a.to_json()["left_out"] == {}
    assert b.to_json()["left_out"]["tpr"] == "fewer than 20 positives"


def test_groups_too_small_for_one_measure_stand_together_in_that_one() -> None:
    # Levels of 300 rows: two with 15 positives each, and one with 90; two of 90 rows with 1 each.
    sizes, positives = [300, 300, 300, 90, 90], [90, 15, 15, 1, 1]
    level = np.repeat(np.array(list("abcde"), dtype=object), sizes)
    y = np.concatenate([np.arange(n) < k for n, k in zip(sizes, positives, strict=True)])
    p = np.where(np.arange(1080) % 3 == 0, 0.9, 0.1)
    found = fairness(y, p, np.arange(1080), {"x": level}, share=0.3, resamples=50, seed=0)
    told = {each.group: each for each in found.groups}
    rows = "others (2 levels, in selection rate)"
    hits = "others (4 levels, in true positive rate and calibration)"
    assert list(told) == ["a", "b", "c", "d", "e", rows, hits]
    assert told["b"].within == told["c"].within == {"tpr": hits, "calibration": hits}
    assert told["b"].selection_rate is not None
    assert told[rows].left_out == {"selection_rate": "fewer than 200 rows"}
    assert told["d"].within == {"selection_rate": rows, "tpr": hits, "calibration": hits}
    assert told["d"].fpr is not None
    assert (told[hits].rows, told[hits].positives) == (780, 32)
    assert told[hits].selection_rate is None
    taken = np.where(p > 0.5, 0.3 * 1080 / 360, 0.0)
    caught = told[hits].tpr
    assert caught is not None
    assert caught.value == pytest.approx(taken[y & (level != "a")].mean())
    for measure in ("selection_rate", "tpr", "fpr", "calibration"):
        stand = [
            each
            for each in found.groups
            if getattr(each, measure) is not None or measure in each.left_out
        ]
        assert sum(each.rows for each in stand) == 1080, measure


def test_levels_too_small_for_every_measure_stand_together_and_nothing_is_compared() -> None:
    y, p = np.arange(300) % 2 == 0, np.linspace(0.01, 0.9, 300)
    level = np.array([f"l{each}" for each in np.arange(300) // 30], dtype=object)
    found = fairness(y, p, np.arange(300), {"x": level}, share=0.1, resamples=9, seed=0)
    assert [(each.group, each.told) for each in found.groups] == [("others (10 levels)", True)]
    assert found.gaps == ()
    assert len(found.uncompared) == 4


def test_a_slice_is_judged_by_its_rows_alone() -> None:
    y, p, ids = simulated()
    level = np.where(ids % 2 == 0, "even", "odd").astype(object)
    for row in slices(y, p, ids, {"a": level}, resamples=10, seed=0):
        here = level == row.level
        assert row.roc_auc is not None
        assert row.observed is not None
        assert row.roc_auc.value == pytest.approx(roc_auc(y[here], p[here]))
        assert row.observed.value == pytest.approx(y[here].mean())
        assert row.predicted == pytest.approx(p[here].mean())
    times = np.where(ids % 2 == 0, 0, 86_400_000_000)
    even = stability(y, p, ids, times, resamples=10, seed=0)[0]
    assert even.gini is not None
    assert even.gini.value == pytest.approx(2 * roc_auc(y[ids % 2 == 0], p[ids % 2 == 0]) - 1)


def test_ks_and_captured_equal_slow_references() -> None:
    y, p, ids = simulated()
    made = bootstrap(y, {"m": p, "upside_down": 1 - p}, ids, resamples=20)
    for name, scores in (("m", p), ("upside_down", 1 - p)):
        wanted = ks_2samp(scores[y], scores[~y]).statistic
        assert made[name].values["ks"] == pytest.approx(wanted)
    rows = contacts(made["m"], len(y), Judging(hit_value=10, contact_cost=2))
    assert rows[1].captured.value == pytest.approx(captured_at(y, p, 0.1))
    assert rows[1].profit is not None
    hits = captured_at(y, p, 0.1) * y.sum()
    assert rows[1].profit.value == pytest.approx(10 * hits - 2 * 300)
    assert best(rows) is max(rows, key=lambda each: each.profit.value if each.profit else 0)
    rates = [each.value for each in decile_rates(made["m"], len(y), len(set(ids)))]
    assert rates == pytest.approx([each.rate for each in deciles(y, p)])


def test_moves_give_the_intervals_and_the_design_effect_of_the_bootstrap() -> None:
    y, p, ids = simulated()
    drawn = bootstrap(y, {"m": p}, ids, shares=(), resamples=400)["m"].draws["roc_auc"]
    alone = bootstrap(y, {"m": p}, np.arange(3000), shares=(), resamples=400)["m"].draws["roc_auc"]
    found = auc_interval(y, p, ids)
    assert (found.high - found.low) / 3.92 == pytest.approx(drawn.std(), rel=0.12)
    size = effective_size(y, p, ids)
    assert size.design_effect == pytest.approx(drawn.var() / alone.var(), rel=0.3)
    assert size.effective_rows < 3000
    assert effective_size(y, p, np.arange(3000)).design_effect == pytest.approx(1)
    nothing = auc_difference((y, p, ids), (y, p, ids))
    assert (nothing.low, nothing.value, nothing.high) == pytest.approx((0, 0, 0))


def test_many_rows_are_drawn_in_steps_and_tell_the_same(monkeypatch: Any) -> None:
    y, p, ids = simulated(n=9000)
    fine = bootstrap(y, {"m": p}, ids, resamples=50)["m"]
    monkeypatch.setattr(weighing, "LARGE", 1000)
    coarse = bootstrap(y, {"m": p}, ids, resamples=50)["m"]
    assert coarse.values == pytest.approx(fine.values, nan_ok=True)
    for name in ("roc_auc", "average_precision", "lift_at_10", "ks"):
        spread = fine.draws[name].std()
        assert np.abs(coarse.draws[name] - fine.draws[name]).max() < 0.2 * spread, name


def test_a_random_split_and_the_learning_curve_never_learn_from_the_test_slice(
    monkeypatch: Any,
) -> None:
    random = np.random.default_rng(0)
    known, test = random.normal(size=(600, 2)), random.normal(size=(200, 2)) + 100
    labels = [each[:, 0] - each[:, 0].mean() > 0 for each in (known, test)]
    learnt: list[Rows] = []

    def fitted(rows: Rows, *_: object) -> Rows:
        learnt.append(rows)
        return rows

    monkeypatch.setattr(refits, "fit_members", fitted)
    monkeypatch.setattr(refits, "margins", lambda _, matrix: matrix[:, 0])
    learned: Any = SimpleNamespace(
        schema=SimpleNamespace(names=("a", "b"), categorical=[]),
        members=(SimpleNamespace(params=Params(), rounds=3),),
        scores=np.linspace(0, 1, 200),
    )
    ids = np.arange(600) // 2
    given = refits.Material(
        Rows(known, labels[0]),
        Rows(test, labels[1]),
        ids,
        np.arange(200),
        (600, 300),
        learned,
        shop.config(),
    )
    found = refits.random_split(given)
    assert found is not None
    assert found.random.value == pytest.approx(1)
    assert [len(each.label) for each in learnt] == [400, 400, 400]
    curve = refits.learning_curve(given)
    assert [each.customers for each in curve] == [37, 75, 150, 300]
    # They are fitted side by side, in any order.
    assert sorted(len(each.label) for each in learnt[3:]) == [74, 150, 300]
    assert curve[0].roc_auc.value == pytest.approx(1)
    assert curve[-1].roc_auc.value == pytest.approx(roc_auc(labels[1], np.linspace(0, 1, 200)))
    assert all(each.matrix.max() < 50 for each in learnt)


def test_attributes_are_found_or_named_in_a_refusal() -> None:
    project = shop.project()
    names = Judging(protected=("city",), slices=("clients.city",)).names
    found = beside(project, project.catalogue, names)
    assert [each.name for each in found.values()] == ["judged_clients_city"] * 2
    words = (
        "'sex' is neither a feature nor a column of an attribute table; such columns are "
        "clients.city"
    )
    with pytest.raises(DefinitionError, match=words):
        beside(project, project.catalogue, ("sex",))


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ({"protected": (3,)}, "protected must hold names of features or columns, got 3"),
        ({"slices": ("a", "a")}, "slices names 'a' twice"),
        ({"hit_value": -1.0}, "hit_value must be 0 or more, got -1.0"),
        ({"contact_cost": 1.0}, "contact_cost needs hit_value"),
    ],
)
def test_wrong_settings_are_refused(settings: Any, words: str) -> None:
    with pytest.raises(DefinitionError, match=words):
        Judging(**settings)


def test_a_small_group_that_strays_hides_no_gap_beyond_chance() -> None:
    random = np.random.default_rng(0)
    names = np.repeat(np.array(["a", "b", "c"], dtype=object), [4_000, 4_000, 320])
    y = np.r_[np.arange(8_000) % 2 == 0, np.arange(320) < 24]
    lift = np.select([names == "a", names == "b"], [0.0, 0.25], 0.35)
    p = 1 / (1 + np.exp(-(random.normal(size=len(names)) + y + lift - 1)))
    everyone = np.arange(len(y))
    found = fairness(y, p, everyone, {"g": names}, share=0.3, resamples=100, seed=1)
    told = {each.group: each.tpr.value for each in found.groups if each.tpr}
    assert told["c"] > told["b"] > told["a"]
    (gap,) = [each for each in found.gaps if each.measure == "tpr"]
    assert (gap.highest, gap.lowest) == ("b", "a")
    assert gap.gap.low is not None
    assert gap.gap.low > 0.05
