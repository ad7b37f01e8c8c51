from functools import cache

import numpy as np
import pytest

from features.arrays import Bools, Floats, Ints
from features.errors import CohortError, DefinitionError
from tests.helpers.contacts import world
from training import Cohort, Task, bought, contacted
from training.censoring.followed import Followed
from training.censoring.inverse import inverse, strata
from training.censoring.settings import Censoring
from training.censoring.stand_in import repeats, stood_for
from training.censoring.told import StoodFor
from training.config import Config, Params
from training.fit import Columns, Rows, margins, refit
from training.snapshots import Snapshot

TASK = Task("buys", bought("visits"), Cohort(active=28), horizon=28, weigh=[contacted("campaigns")])
ROWS, TRUTH = world(20_000, seed=3)
EVERYONE = np.ones(len(ROWS), dtype=np.bool_)


@cache
def weighed(rows: Snapshot = ROWS, strata: int = 10) -> Snapshot:
    everyone = np.ones(len(rows), dtype=np.bool_)
    return stood_for(TASK, rows, {"all": everyone}, everyone, Censoring(strata), seed=1)


def thirds(rows: Snapshot) -> Ints:
    habit = rows.vectors.columns["habit"]
    edges = np.quantile(ROWS.vectors.columns["habit"], [1 / 3, 2 / 3])
    found: Ints = np.searchsorted(edges, habit).astype(np.int64)
    return found


def rates(rows: Snapshot) -> Floats:
    group = thirds(rows)
    return np.array([rows.label[group == each].mean() for each in range(3)])


def test_rows_that_stand_for_contacted_ones_tell_the_true_rates() -> None:
    group = thirds(ROWS)
    truth = np.array([TRUTH[group == each].mean() for each in range(3)])
    assert rates(weighed()) == pytest.approx(truth, rel=0.05)


def test_neither_all_rows_nor_those_without_a_contact_tell_them() -> None:
    group = thirds(ROWS)
    truth = np.array([TRUTH[group == each].mean() for each in range(3)])
    assert ROWS.followed is not None
    assert (rates(ROWS)[1:] > 1.15 * truth[1:]).all()
    # Who bought early had no time to be contacted.
    assert (rates(ROWS.take(~ROWS.followed.interrupted))[1:] > 1.1 * truth[1:]).all()
    # Without groups, those who buy most are thought to be contacted as little as others.
    assert rates(weighed(strata=1))[2] > rates(weighed())[2]


def learnt(rows: Snapshot) -> Floats:
    names = ("habit", "noise")
    matrix = np.column_stack([rows.vectors.columns[name] for name in names])
    params = Params(min_data_in_leaf=100, learning_rate=0.1)
    booster = refit(Rows(matrix, rows.label), Columns(names, ()), params, Config(), 40)
    whole = np.column_stack([ROWS.vectors.columns[name] for name in names])
    found: Floats = 1 / (1 + np.exp(-margins(booster, whole)))
    return found


def test_a_model_learns_the_risk_without_contacts() -> None:
    mean = TRUTH.mean()
    assert learnt(ROWS).mean() > 1.2 * mean
    told = learnt(weighed())
    assert told.mean() == pytest.approx(mean, rel=0.04)
    top = np.quantile(told, 0.9)
    assert told[told > top].mean() == pytest.approx(TRUTH[told > top].mean(), rel=0.08)


def test_weights_of_a_group_sum_to_its_rows() -> None:
    seen = ROWS.followed
    assert seen is not None
    groups = strata(ROWS.vectors, seen, EVERYONE, 5)
    assert np.unique(groups).tolist() == [0, 1, 2, 3, 4]
    share = [seen.interrupted[groups == each].mean() for each in range(5)]
    assert share == sorted(share)
    weights = inverse(seen, groups, most=20)
    assert np.bincount(groups, weights) == pytest.approx(np.bincount(groups))
    assert (weights[seen.interrupted] == 0).all()
    assert (weights[~seen.interrupted] >= 1).all()


def test_an_interruption_at_the_instant_of_an_answer_came_first() -> None:
    seen = Followed(np.array([2, 2, 5]), np.array([True, False, False]))
    assert inverse(seen, np.zeros(3, int), 20) == pytest.approx([0, 1.5, 1.5])


def test_few_interruptions_make_one_group() -> None:
    few = Followed(np.arange(1, 101), np.arange(100) < 20)
    assert strata(ROWS.take(np.arange(100)).vectors, few, np.ones(100, bool), 10).max() == 0


def test_rows_stand_in_no_other_slice_and_in_no_order() -> None:
    halves = {"early": ROWS.vectors.cutoffs == 0, "late": ROWS.vectors.cutoffs == 1}

    def made(rows: Snapshot, parts: dict[str, Bools], learnt: Bools) -> Snapshot:
        return stood_for(TASK, rows, parts, learnt, Censoring(), 1)

    whole = made(ROWS, halves, halves["early"])
    assert ROWS.followed is not None
    late = halves["late"]
    changed = Followed(ROWS.followed.elapsed, np.where(late, False, ROWS.followed.interrupted))
    other = made(Snapshot(ROWS.vectors, ROWS.label, followed=changed), halves, halves["early"])
    early = [each.vectors.customers[each.vectors.cutoffs == 0].tolist() for each in (whole, other)]
    assert early[0] == early[1]
    assert other.vectors.cutoffs.sum() == late.sum()

    order = np.random.default_rng(0).permutation(len(ROWS))
    turned = made(
        ROWS.take(order), {name: mask[order] for name, mask in halves.items()}, ~late[order]
    )
    assert sorted(turned.vectors.customers) == sorted(whole.vectors.customers)


def test_whole_numbers_keep_the_sum_and_are_near_the_weights() -> None:
    random = np.random.default_rng(0)
    weights = random.gamma(2, 1, 1_000) * (random.random(1_000) < 0.8)
    times = repeats(weights, random.random(1_000))
    assert abs(times.sum() - weights.sum()) <= 1
    assert (np.abs(times - weights) < 1).all()
    assert (times[weights == 0] == 0).all()


def test_it_is_told_how_many_rows_were_stood_for() -> None:
    found = weighed().stood_for
    assert found is not None
    assert ROWS.followed is not None
    assert found.interrupted == ROWS.followed.interrupted.sum()
    assert found.rows == len(ROWS)
    assert 0.4 * found.rows < found.effective < found.rows - found.interrupted + 1
    assert found.missing < 1e-6
    assert StoodFor(**found.to_json()) == found
    few = StoodFor(100, 60, 20.0, 33.4, 20.0).sentence
    assert few.endswith(
        "; nobody stands for 33 rows, since nearly all customers like them are contacted or "
        "censored: of these the model knows little"
    )


def test_a_slice_in_which_everyone_was_contacted_is_refused() -> None:
    assert ROWS.followed is not None
    all_of_them = Followed(ROWS.followed.elapsed, EVERYONE)
    with pytest.raises(CohortError) as caught:
        weighed(Snapshot(ROWS.vectors, ROWS.label, followed=all_of_them))
    assert str(caught.value) == (
        "task 'buys': all 20,000 rows of slice 'all' were contacted or censored before their "
        "answer, so nothing tells what they would have done; keep some customers uncontacted, or "
        "narrow what `weigh` asks for"
    )


def test_wrong_settings_are_refused_with_every_fault() -> None:
    with pytest.raises(DefinitionError) as caught:
        Censoring(strata=0, most=0.5)
    assert caught.value.faults == (
        "strata must be 1 or more, got 0",
        "most must be 1 or more and finite, got 0.5",
    )
