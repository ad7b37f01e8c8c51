import json
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from features.errors import BundleError, DefinitionError
from features.instants import DAY, iso
from training.calibration.certify import Outcomes, certify, judge_again
from training.calibration.contract import Clause, Contract
from training.calibration.settings import Calibration
from training.calibration.sigmoid import sigmoid
from training.judge.intervals import bootstrap

BY = Calibration(by="region")


def drawn(n: int, seed: int = 0, bias: float = 1.0, until: int = DAY) -> Any:
    random = np.random.default_rng(seed)
    p = random.beta(1, 6, n)
    y = random.random(n) < np.minimum(p * bias, 1)
    levels = np.where(np.arange(n) % 10 < 7, "north", "south").astype(object)
    levels[:40] = "tiny"
    return Outcomes(p, y, np.arange(n), levels, until)


def test_a_model_that_tells_the_truth_is_calibrated_and_one_that_does_not_drifts() -> None:
    right = certify(drawn(6000), 0.14, BY, resamples=200)
    assert right.overall.state == "calibrated"
    assert [(each.segment, each.state) for each in right.segments] == [
        ("north", "calibrated"),
        ("south", "calibrated"),
        ("tiny", "uncertified"),
    ]
    assert right.until == iso(DAY)
    wrong = certify(drawn(6000, bias=1.6), 0.14, BY, resamples=200)
    assert wrong.overall.state == "drifting"
    assert wrong.of("north") == "drifting"
    assert wrong.overall.observed > 1.4 * wrong.overall.predicted


def test_a_calibrated_model_is_seldom_called_drifting() -> None:
    told = [
        certify(drawn(2500, seed), 0.14, Calibration(), resamples=200, seed=seed).overall.state
        for seed in range(20)
    ]
    # One is expected; 5 of 20 would come once in 400 times.
    assert told.count("drifting") < 5


def test_a_small_error_that_is_sure_is_calibrated() -> None:
    # With a million rows every model is off by more than sampling allows.
    random = np.random.default_rng(0)
    p = random.beta(1, 6, 120_000)
    y = random.random(120_000) < p * 1.04
    seen = Outcomes(p, y, np.arange(120_000), np.full(120_000, None, dtype=object), DAY)
    assert certify(seen, 0.14, Calibration(), resamples=30).overall.state == "calibrated"
    assert certify(seen, 0.14, Calibration(within=0.01), resamples=30).overall.state == "drifting"


def test_a_small_error_that_is_not_sure_is_drifting() -> None:
    random = np.random.default_rng(0)
    p = random.beta(1, 6, 20_000)
    y = random.random(20_000) < p * 1.12
    seen = Outcomes(p, y, np.arange(20_000), np.full(20_000, None, dtype=object), DAY)
    told = certify(seen, 0.14, Calibration(within=1e-6), resamples=100).overall
    assert told.state == "drifting"
    assert told.ece is not None
    assert told.ece_high is not None
    # The limit lies above what was found, and below what it may be.
    for limit, state in (
        ((told.ece + told.ece_high) / 2, "drifting"),
        (1.01 * told.ece_high, "calibrated"),
    ):
        settings = Calibration(within=limit * told.rows / told.positives)
        assert certify(seen, 0.14, settings, resamples=100).overall.state == state


def test_rows_of_one_customer_count_as_one() -> None:
    # 60 customers with 50 rows each: the gap is large, and sampling allows it.
    random = np.random.default_rng(3)
    p = np.full(3000, 0.2) + random.random(3000) / 100
    y = np.repeat(np.arange(60) < 16, 50)
    levels = np.full(3000, None, dtype=object)
    crowd = certify(Outcomes(p, y, np.arange(3000), levels, DAY), 0.2, Calibration())
    few = certify(Outcomes(p, y, np.repeat(np.arange(60), 50), levels, DAY), 0.2, Calibration())
    assert (crowd.overall.state, few.overall.state) == ("drifting", "calibrated")


def test_later_outcomes_judge_again_by_the_limits_of_the_contract() -> None:
    made = certify(drawn(6000), 0.14, Calibration(by="region", least=60), resamples=100)
    later = drawn(6000, seed=1, bias=1.7, until=3 * DAY)
    north = np.flatnonzero(later.levels == "north")
    only = Outcomes(
        later.probability[north],
        later.y[north],
        later.customers[north],
        later.levels[north],
        later.until,
    )
    again = judge_again(made, only, resamples=100)
    assert (again.least, again.by, again.rate) == (60, "region", 0.14)
    assert again.of("north") == "drifting"
    # Nothing was seen of the others.
    assert again.of("south") == again.of("tiny") == "uncertified"
    with pytest.raises(DefinitionError, match=r"holds until 1970-01-04.*give later ones"):
        judge_again(again, only)


def test_the_contract_survives_json_and_says_its_state_first() -> None:
    made = certify(drawn(3000), 0.14, BY, resamples=50)
    value = json.loads(json.dumps(made.to_json(), allow_nan=False))
    assert Contract.from_json(value) == made
    assert value["state"] == made.overall.state


@pytest.mark.parametrize(
    "change",
    [
        {"overall": None},
        {"overall": {"state": "fine"}},
        {"rate": 0.0},
        {"rate": "much"},
        {"segments": [1]},
        {"more": 1},
    ],
)
def test_a_damaged_contract_is_refused(change: Any) -> None:
    clause = Clause(None, "calibrated", 10, 5, 0.5, 0.5)
    value = Contract(clause, "2024-01-01T00:00:00Z", 0.5).to_json() | change
    with pytest.raises(BundleError, match="expected a calibration contract"):
        Contract.from_json(value)


def test_a_clause_that_cannot_be_is_refused_with_every_fault() -> None:
    clause = Clause(None, "calibrated", 10, 5, 0.5, 0.5)
    with pytest.raises(DefinitionError) as caught:
        replace(clause, state="fine", positives=11, predicted=1.5)  # type: ignore[arg-type]
    assert len(caught.value.faults) == 3
    with pytest.raises(DefinitionError, match="with a row or more"):
        Outcomes(np.zeros(0), np.zeros(0, bool), np.zeros(0), np.zeros(0), 0)


def shifted(seed: int, rows: int, shift: float, segments: int = 1) -> Outcomes:
    """Draw scores, and outcomes whose log-odds lie above them by a shift."""
    random = np.random.default_rng(seed)
    told = random.normal(-1.5, 1, rows)
    y = random.random(rows) < sigmoid(told + shift)
    names = np.array([f"s{place}" for place in range(segments)], dtype=object)
    levels = names[random.integers(0, segments, rows)]
    return Outcomes(sigmoid(told), y, np.arange(rows), levels, 0)


def test_a_mean_that_is_off_is_drifting_where_no_bin_shows_it() -> None:
    seen = shifted(1, 3_000, 0.2)
    replicates = bootstrap(seen.y, {"model": seen.probability}, seen.customers, resamples=200)
    found = replicates["model"]
    assert found.interval("ece").value < np.quantile(found.noise, 0.975)
    assert certify(seen, 0.2, Calibration(), resamples=200).overall.state == "drifting"
    fair = certify(shifted(1, 3_000, 0.0), 0.2, Calibration(), resamples=200)
    assert fair.overall.state == "calibrated"


def test_many_segments_share_the_doubt_of_one() -> None:
    seen = shifted(2, 20_000, 0.0, segments=20)
    apart = Calibration(by="region")
    states = [each.state for each in certify(seen, 0.2, apart, resamples=200).segments]
    assert states == ["calibrated"] * 20
    # Each by itself, two of the same would be called drifting by chance.
    alone = []
    for name in sorted({*seen.levels.tolist()}):
        here = seen.levels == name
        part = Outcomes(
            seen.probability[here], seen.y[here], seen.customers[here], seen.levels[here], 0
        )
        alone.append(certify(part, 0.2, Calibration(), resamples=200).overall.state)
    assert alone.count("drifting") == 2
