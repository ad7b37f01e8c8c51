"""Out-of-time target encoding, against loops over rows and dates that state it once more."""

from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.metrics import roc_auc_score

from features import usual
from features.arrays import Bools, Floats
from features.errors import SchemaError
from features.instants import DAY, instant
from features.kernel import Vectors
from tests.helpers import rated, shop
from training import Cohort, Task, silent, target_rate
from training.encoded import encoded
from training.encoding import encoding_from_json, learn_encoding
from training.inputs import learn_rates, no_rates, with_rates
from training.rates import TargetRate
from training.snapshots import Snapshot, snapshot

SHOP = usual("visits", "shop", 56)
BEGIN = datetime(2024, 1, 1, tzinfo=UTC)


@dataclass(frozen=True)
class Row:
    day: int
    level: str | None
    yes: bool


def task(rate: TargetRate, horizon: float = 5, gap: float = 2) -> Task:
    return Task("churn", silent("visits"), Cohort(56), horizon=horizon, gap=gap, encode=[rate])


def rows_of(rows: list[Row]) -> Snapshot:
    cutoffs = np.array([instant(BEGIN + timedelta(days=row.day)) for row in rows], dtype=np.int64)
    levels = np.array([row.level for row in rows], dtype=object)
    label = np.array([row.yes for row in rows], dtype=np.bool_)
    return Snapshot(Vectors(np.arange(len(rows)), cutoffs, {SHOP.name: levels}), label)


def roles_of(rows: list[Row], test_from: int) -> dict[str, Bools]:
    """Everything before the test slice is learnt from."""
    days = np.array([row.day for row in rows])
    before = days < test_from
    return {"train": before, "final": before}


def stated(rows: list[Row], rate: TargetRate, wait: timedelta, test_from: int) -> list[float]:
    """Encode one row after the other, looking at every other row and at its dates."""
    found = []
    for row in rows:
        of_level, of_all = [], []
        for other in rows:
            settled = BEGIN + timedelta(days=other.day) + wait
            cutoff = BEGIN + timedelta(days=row.day)
            if settled <= cutoff and other.day < test_from and other.level is not None:
                of_all.append(other.yes)
                if other.level == row.level:
                    of_level.append(other.yes)
        if row.level is None or not of_all:
            found.append(float("nan"))
            continue
        base = sum(of_all) / len(of_all)
        if len(of_level) < rate.rarest:
            found.append(base)
        else:
            found.append((sum(of_level) + rate.prior * base) / (len(of_level) + rate.prior))
    return found


def same_bits(one: Any, other: Any) -> bool:
    first, second = (np.asarray(each, dtype=np.float64).view(np.int64) for each in (one, other))
    return np.array_equal(first, second)


drawn = st.builds(
    Row, st.integers(0, 40), st.sampled_from(["a", "b", "c", "rare", None]), st.booleans()
)


@given(
    st.lists(drawn, min_size=1, max_size=40),
    st.sampled_from([0, 1, 2.5, 20]),
    st.integers(1, 4),
    st.integers(0, 3),
    st.integers(10, 45),
)
def test_every_row_is_encoded_by_what_was_settled_at_its_cutoff(
    rows: list[Row], prior: float, rarest: int, late: int, test_from: int
) -> None:
    rate = target_rate(SHOP, prior, rarest)
    rows = [Row(0, "a", True), *rows]  # so that there is something to learn from
    snap, roles = rows_of(rows), roles_of(rows, test_from)
    encodings, _ = learn_rates(task(rate), snap, roles, late * DAY)
    wanted = stated(rows, rate, timedelta(days=2 + 5 + late), test_from)
    if encodings:
        found = with_rates(snap, encodings, snap.vectors).vectors.columns[rate.name]
        assert np.array_equal(found, wanted, equal_nan=True)
        again = encoding_from_json(encodings[0].to_json(), [rate])
        columns = encoded([again], snap.vectors)
        assert same_bits(columns[rate.name], found)
    else:
        assert np.isnan(np.array(wanted)[roles["train"]]).all()


def test_a_label_window_that_ends_at_the_cutoff_is_settled_and_one_microsecond_later_is_not() -> (
    None
):
    rate = target_rate(SHOP, prior=0, rarest=1)
    levels = np.array(["a", "a", "a"], dtype=object)
    made = learn_encoding(rate, levels, np.full(3, 7 * DAY), np.array([True, False, False]))
    cutoffs = np.array([7 * DAY - 1, 7 * DAY, 8 * DAY])
    assert np.array_equal(made.encode(levels, cutoffs), [np.nan, 1 / 3, 1 / 3], equal_nan=True)


def noise(customers: int = 300, cutoffs: int = 12, levels: int = 120) -> Snapshot:
    """Levels and outcomes that have nothing to do with each other."""
    random = np.random.default_rng(11)
    count = customers * cutoffs
    days = np.repeat(np.arange(cutoffs) * 7, customers)
    names = np.array([f"l{each:03}" for each in random.integers(0, levels, count)], dtype=object)
    moments = instant(BEGIN) + days * DAY
    label = random.random(count) < 0.3
    return Snapshot(Vectors(np.arange(count), moments, {SHOP.name: names}), label)


def telling() -> tuple[Snapshot, Floats]:
    """Levels that differ in how often the answer is yes, and the true probability of each row."""
    rows = noise()
    random = np.random.default_rng(12)
    chance = {name: random.beta(2, 4) for name in sorted({*rows.vectors.columns[SHOP.name]})}
    truth = np.array([chance[name] for name in rows.vectors.columns[SHOP.name]])
    return Snapshot(rows.vectors, random.random(len(rows)) < truth), truth


def area(rows: Snapshot, rate: TargetRate) -> tuple[float, float]:
    """Return the area under the curve of a rate alone over all rows, and its standard error."""
    everyone = np.ones(len(rows), dtype=np.bool_)
    roles = dict.fromkeys(("train", "final"), everyone)
    encodings, _ = learn_rates(task(rate), rows, roles, 0)
    values: Floats = encoded(encodings, rows.vectors)[rate.name]
    told = ~np.isnan(values)
    yes, no = int(rows.label[told].sum()), int((~rows.label[told]).sum())
    error = np.sqrt((1 / yes + 1 / no) / 12)
    return float(roc_auc_score(rows.label[told], values[told])), float(error)


def test_levels_of_pure_noise_tell_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    rate = target_rate(SHOP, prior=2, rarest=1)
    found, error = area(noise(), rate)
    assert abs(found - 0.5) < 3 * error
    # The usual way, every row among those that encode it, finds a signal that is not there.
    monkeypatch.setattr(
        "training.inputs.settled_at", lambda task, cutoffs, late: np.zeros_like(cutoffs)
    )
    naive, error = area(noise(), rate)
    assert naive > 0.5 + 10 * error


def test_levels_that_differ_are_told_apart() -> None:
    rows, truth = telling()
    late = rows.take(rows.vectors.cutoffs >= rows.vectors.cutoffs[0] + 42 * DAY)
    wanted = roc_auc_score(late.label, truth[rows.vectors.cutoffs >= late.vectors.cutoffs[0]])
    found, error = area(rows, target_rate(SHOP, prior=5, rarest=1))
    assert wanted > 0.65
    assert 0.6 * (wanted - 0.5) < found - 0.5 < wanted - 0.5 + 3 * error


def test_outcomes_that_are_not_settled_change_no_bit() -> None:
    random = np.random.default_rng(3)
    days = random.integers(0, 60, 400).tolist()
    rows = [
        Row(day, str(random.choice(["a", "b", "c"])), bool(random.random() < 0.4)) for day in days
    ]
    rate = target_rate(SHOP, prior=3, rarest=2)

    def rates(given: list[Row]) -> Floats:
        snap = rows_of(given)
        encodings, _ = learn_rates(task(rate), snap, roles_of(given, 61), DAY)
        return encoded(encodings, snap.vectors)[rate.name]

    before = rates(rows)
    for day in range(0, 60, 3):
        here = np.array([row.day == day for row in rows])
        flipped = [replace(row, yes=not row.yes) if row.day + 8 > day else row for row in rows]
        assert same_bits(rates(flipped)[here], before[here])
        # What is settled counts, so the test would see a label that is read too early.
        early = [replace(row, yes=not row.yes) if row.day + 8 == day else row for row in rows]
        if early != rows and here.any():
            assert not same_bits(rates(early)[here], before[here])


@pytest.mark.parametrize("lag", [0, 10])
def test_whatever_happens_after_a_cutoff_changes_no_bit_of_a_rate(lag: int) -> None:
    """The proof of `foretell prove`, for what hangs on labels too."""
    from training import Project
    from training.data import open_data
    from training.labels import settling

    visits = replace(shop.VISITS, lag=lag)
    plan = Project("shop", (visits, shop.CLIENTS), rated.project().catalogue, [rated.CHURN])
    frame = shop.frames(120)
    first, every = instant(shop.BEGIN) + 60 * DAY, 14 * DAY
    cutoffs = [first + step * every for step in range(10)]
    until = cutoffs[-1] + 40 * DAY

    def rates(visits_frame: Any) -> Snapshot:
        frames = {"visits": visits_frame, "clients": frame["clients"]}
        data = open_data(plan, frames, lambda text: None)
        lateness, _ = settling(rated.CHURN, data.partitions)
        assert lateness == lag * DAY
        features = plan.computed_for(rated.CHURN)
        rows = snapshot(plan, rated.CHURN, data.partitions, cutoffs, until, features)
        roles = dict.fromkeys(("train", "final"), np.ones(len(rows), np.bool_))
        made, _ = learn_rates(rated.CHURN, rows, roles, lateness)
        return with_rates(rows, made, rows.vectors)

    def told(rows: Snapshot, upto: int) -> dict[Any, list[bytes]]:
        kept = rows.take(rows.vectors.cutoffs <= upto).vectors
        values = [kept.columns[each.name] for each in rated.CHURN.encode]
        return {
            (customer, cutoff): [column[place].tobytes() for column in values]
            for place, (customer, cutoff) in enumerate(
                zip(kept.customers.tolist(), kept.cutoffs.tolist(), strict=True)
            )
        }

    whole = rates(frame["visits"])
    known = np.array([instant(each) for each in frame["visits"]["at"].to_pylist()]) + lag * DAY
    for cutoff in cutoffs[4:8:2]:
        # Half of what was not known yet is taken away: other outcomes, the same past.
        future = np.flatnonzero(known >= cutoff)
        gone = np.random.default_rng(cutoff % 97).choice(future, len(future) // 2, replace=False)
        changed = rates(frame["visits"].take(np.setdiff1d(np.arange(len(known)), gone)))
        now = told(whole, cutoff)
        assert now == told(changed, cutoff)
        assert len(now) > 100
        assert any(
            column != np.float64("nan").tobytes() for each in now.values() for column in each
        )
    assert told(whole, cutoffs[-1]) != told(changed, cutoffs[-1])


def test_a_rate_that_nothing_is_settled_for_is_left_out_with_the_dates() -> None:
    rows = [Row(day, "a", day % 2 == 0) for day in range(7)]
    rate = target_rate(SHOP)
    encodings, dropped = learn_rates(task(rate), rows_of(rows), roles_of(rows, 20), 0)
    assert encodings == ()
    assert [each.name for each in dropped] == [rate.name]
    assert dropped[0].reason == (
        "the training rows end at 2024-01-07T00:00:00Z and the first outcome is settled at "
        "2024-01-08T00:00:00Z, or no training row has a level by then"
    )
    assert no_rates(task(rate))[1][0].reason.startswith("it learns from outcomes, and a single")


def test_levels_that_are_missing_or_no_texts_are_refused() -> None:
    levels = np.array(["a", None], dtype=object)
    made = learn_encoding(target_rate(SHOP), levels, np.zeros(2, np.int64), np.ones(2, np.bool_))
    moments = np.arange(2)
    with pytest.raises(SchemaError, match="missing column 'visits_shop_usual_56d'"):
        encoded([made], Vectors(moments, moments, {}))
    with pytest.raises(SchemaError, match="'visits_shop_usual_56d': expected texts, came numbers"):
        encoded([made], Vectors(moments, moments, {SHOP.name: np.ones(2)}))
