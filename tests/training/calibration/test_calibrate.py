from fractions import Fraction
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import minimize
from scipy.special import expit

from features.errors import CohortError, DefinitionError
from training.calibration.calibrate import calibrate, fit_calibrator, levels_of
from training.calibration.calibrator import KINDS
from training.calibration.choose import FREE_FROM, choose
from training.calibration.line import SPREAD, Line, fit_sigmoid, fit_tempered
from training.calibration.seen import Seen, joined, parted
from training.calibration.settings import Calibration
from training.calibration.sigmoid import sigmoid
from training.calibration.venn_abers import fit_venn_abers
from training.judge.metrics import log_loss
from training.judge.reliability import ece


def simulated(n: Any, bend: Any, seed: int = 0) -> Any:
    random = np.random.default_rng(seed)
    margins = random.normal(-1, 1.5, n)
    return margins, random.random(n) < bend(margins)


def loss_of(design: Any, y: Any) -> Any:
    positives, negatives = y.sum(), (~y).sum()
    targets = np.where(y, (positives + 1) / (positives + 2), 1 / (negatives + 2))

    def loss(at: Any) -> Any:
        z = design @ at
        return (np.logaddexp(0, z) - targets * z).sum()

    return loss


def test_platt_minimises_the_log_loss_of_smoothed_targets() -> None:
    margins, y = simulated(600, lambda z: expit(0.4 + 0.6 * z))
    loss = loss_of(np.column_stack([np.ones(600), margins]), y)
    found: Any = fit_calibrator(margins, y, "sigmoid").curve
    best = minimize(loss, [0.0, 1.0], tol=1e-12)
    assert loss([found.intercept, found.slope]) <= best.fun + 1e-9
    assert found.slope == pytest.approx(best.x[1], abs=1e-4)


def test_a_tempered_slope_has_the_highest_posterior_density() -> None:
    margins, y = simulated(600, lambda z: expit(0.4 + 0.6 * z))
    loss = loss_of(np.column_stack([np.ones(600), margins]), y)
    for around in (1.0, 1.3):

        def drawn(at: Any, to: float = around) -> Any:
            return loss(at) + (at[1] - to) ** 2 / (2 * SPREAD**2)

        found = fit_tempered(margins, y, None, around)
        assert (found.intercept, found.slope) == pytest.approx(
            minimize(drawn, [0.0, 1.0]).x, abs=1e-4
        )
        assert fit_sigmoid(margins, y).slope < found.slope < around


def test_a_tempered_slope_is_nearer_the_truth_than_none_and_than_a_free_one() -> None:
    apart: dict[str, list[float]] = {"identity": [], "tempered": [], "sigmoid": []}
    for seed in range(40):
        margins, y = simulated(500, lambda z: expit(1.15 * z), seed)
        for kind, missed in apart.items():
            told: Any = fit_calibrator(margins, y, kind).curve
            missed.append((told.slope - 1.15) ** 2)
    found = {kind: float(np.mean(missed)) for kind, missed in apart.items()}
    assert found["tempered"] < min(found["identity"], found["sigmoid"])


def test_beta_minimises_the_same_with_two_slopes() -> None:
    margins, y = simulated(3000, lambda z: expit(0.2 + np.where(z < 0, 0.6, 1.4) * z))
    softplus = np.logaddexp(0, margins)
    loss = loss_of(np.column_stack([np.ones(3000), margins - softplus, softplus]), y)
    found: Any = fit_calibrator(margins, y, "beta").curve
    best = minimize(loss, [0.0, 1.0, 1.0], tol=1e-12)
    assert loss([found.intercept, found.low, found.high]) <= best.fun + 1e-6
    assert found.low < 0.9 < found.high


def test_shift_makes_the_mean_right() -> None:
    margins, y = simulated(4000, lambda z: expit(z - 0.8))
    made = fit_calibrator(margins, y, "shift")
    assert made.apply(margins).mean() == pytest.approx(y.mean(), abs=2e-4)
    assert isinstance(made.curve, Line)
    assert made.curve.slope == 1


@pytest.mark.parametrize("kind", ["tempered", "sigmoid", "beta", "shift"])
def test_margins_that_part_the_outcomes_stay_finite(kind: Any) -> None:
    margins = np.linspace(-3, 3, 40)
    made = fit_calibrator(margins, margins > 0, kind)
    assert 0.001 < made.apply(margins)[0] < 0.06


@pytest.mark.parametrize("kind", ["tempered", "sigmoid", "beta", "isotonic"])
def test_a_ranking_is_never_turned_round(kind: Any) -> None:
    margins, y = simulated(500, lambda z: expit(-z))
    told = fit_calibrator(margins, y, kind).apply(np.array([-9.0, 9.0]))
    assert told[0] == told[1] == pytest.approx(y.mean(), abs=0.01)


def test_isotonic_stays_off_the_edges() -> None:
    margins = np.linspace(-3, 3, 98)
    told = fit_calibrator(margins, margins > 0, "isotonic").apply(np.array([-9.0, 9.0]))
    assert told.tolist() == [0.01, 0.99]


def refitted(margins: Any, y: Any, at: float) -> float:
    """Pool adjacent violators by exact fractions, one margin at a time."""
    blocks: list[tuple[int, int, list[float]]] = []
    for value in np.unique(margins).tolist():
        here = margins == value
        blocks.append((int(y[here].sum()), int(here.sum()), [value]))
        while len(blocks) > 1 and Fraction(*blocks[-2][:2]) >= Fraction(*blocks[-1][:2]):
            last, before = blocks.pop(), blocks.pop()
            blocks.append((before[0] + last[0], before[1] + last[1], before[2] + last[2]))
    return next(hits / rows for hits, rows, inside in blocks if at in inside)


@settings(max_examples=60)
@given(
    st.lists(st.tuples(st.integers(0, 12), st.booleans()), min_size=1, max_size=24),
)
def test_venn_abers_is_what_refitting_at_every_point_gives(rows: Any) -> None:
    margins = np.array([float(margin) for margin, _ in rows])
    y = np.array([outcome for _, outcome in rows])
    steps = fit_venn_abers(margins, y)
    points = np.arange(-0.5, 13.0, 0.5)
    low, high = steps.interval(points)
    for place, at in enumerate(points.tolist()):
        both = [
            refitted(np.append(margins, at), np.append(y, label), at) for label in (False, True)
        ]
        assert [low[place], high[place]] == both
    assert steps.apply(points) == pytest.approx(high / (1 - low + high), rel=1e-15)


def test_the_choice_is_the_simplest_that_is_not_clearly_beaten() -> None:
    def bent(z: Any) -> Any:
        return np.where(z > 0.5, 0.9, 0.15)

    few, many = simulated(1500, bent), simulated(9000, bent)
    assert min(few[1].sum(), (~few[1]).sum()) < FREE_FROM
    assert fit_calibrator(*few).kind in ("tempered", "sigmoid", "beta")
    assert fit_calibrator(*many).kind in ("isotonic", "venn_abers")
    assert fit_calibrator(*simulated(9000, expit)).kind == "tempered"
    assert fit_calibrator(*simulated(9000, lambda z: expit(z + 1))).kind == "tempered"
    assert fit_calibrator(*simulated(9000, lambda z: expit(3 * z))).kind == "sigmoid"


@pytest.mark.parametrize("kind", [*KINDS[1:], "auto"])
def test_calibration_mends_new_rows(kind: Any) -> None:
    margins, y = simulated(8000, lambda z: expit(0.9 * z - 1))
    later, outcome = simulated(8000, lambda z: expit(0.9 * z - 1), seed=1)
    told, raw = fit_calibrator(margins, y, kind).apply(later), sigmoid(later)
    assert log_loss(outcome, told) < log_loss(outcome, raw) - 0.05
    assert ece(outcome, told) < 0.03 < ece(outcome, raw)


def test_customers_stay_on_one_side_of_a_fold() -> None:
    # Margins name the customer: only folds by customer see that isotonic learnt names by heart.
    random = np.random.default_rng(0)
    z = random.permutation(300) / 100 - 1.5
    margins, y = np.repeat(z, 20), np.repeat(random.random(300) < 0.5, 20)
    owners = np.repeat(np.arange(300), 20)
    assert fit_calibrator(margins, y, customers=owners).kind not in ("isotonic", "venn_abers")
    assert fit_calibrator(margins, y).kind in ("isotonic", "venn_abers")


def test_a_period_that_stands_alone_does_not_move_the_base_rate() -> None:
    # The rate rises in one period and falls in the next: neither is what the third will have.
    parts = [
        Seen.of(*simulated(3000, lambda z, by=by: expit(z + by), seed))
        for seed, by in enumerate((-0.3, 0.3))
    ]
    made = calibrate(joined(parts), Calibration())
    assert made.choice.why.endswith("on later periods")
    assert made.calibrator.apply_one(0.0) == pytest.approx(0.5, abs=0.02)
    assert fit_calibrator(parts[1].margins, parts[1].y).apply_one(0.0) > 0.55


def test_what_judges_is_later_or_of_others() -> None:
    margins, y = simulated(400, expit)
    owners, days = np.arange(400) % 40, np.arange(400) % 3
    for fit, judge in parted(Seen.of(margins, y, owners, cutoffs=days), 0):
        assert not set(owners[fit]) & set(owners[judge])
        assert days[fit].max() < days[judge].min()
    periods = np.repeat([0, 1, 2], [100, 100, 200])
    pairs = list(parted(Seen.of(margins, y, owners, periods=periods), 0))
    assert [(int(fit.sum()), int(judge.sum())) for fit, judge in pairs] == [(100, 100), (200, 200)]


def test_a_segment_gets_its_own_when_it_is_clearly_better() -> None:
    random = np.random.default_rng(1)
    margins = random.normal(-1, 1, 12_000)
    levels = random.choice(np.array(["north", "south", "tiny"], dtype=object), 12_000)
    levels[levels == "tiny"] = np.where(
        random.random((levels == "tiny").sum()) < 0.02, "tiny", "south"
    )
    y = random.random(12_000) < expit(margins + np.where(levels == "north", 0.8, 0.0))
    made = calibrate(Seen.of(margins, y, levels=levels), Calibration("shift", by="region"))
    assert made.segments is not None
    assert list(made.segments.own) == ["north", "south"]
    assert "tiny" not in made.choices
    told = made.apply(np.zeros(3), np.array(["north", "south", "moon"], dtype=object))
    assert told[:2] == pytest.approx([expit(0.8), 0.5], abs=0.02)
    assert told[2] == made.calibrator.apply_one(0.0)
    alike = random.random(12_000) < expit(margins)
    same = calibrate(Seen.of(margins, alike, levels=levels), Calibration(by="region"))
    assert same.segments is not None
    assert not same.segments.own
    assert same.choices["north"].kind == "common"


def test_too_few_rows_of_an_outcome_choose_nothing() -> None:
    made = choose(Seen.of(np.zeros(2), np.array([True, False])))
    assert made.kind == "identity"


def test_faults_are_all_named() -> None:
    with pytest.raises(DefinitionError) as caught:
        fit_calibrator(np.array([np.nan, 0.0]), np.array([0, 2, 1]))
    assert len(caught.value.faults) == 3
    with pytest.raises(CohortError, match="has 0 positives and 3 negatives"):
        fit_calibrator(np.zeros(3), np.zeros(3, bool))
    with pytest.raises(DefinitionError) as caught:
        Calibration("platt", periods=0, least=1, within=1.0)
    assert len(caught.value.faults) == 4
    columns: Any = {"city": np.array(["a"], dtype=object), "age": np.array([1.0])}
    with pytest.raises(DefinitionError, match="got 'age'; there are: city"):
        levels_of(columns, "age", 1)


@pytest.mark.parametrize("kind", [each for each in KINDS if each != "venn_abers"])
def test_a_row_counts_as_often_as_its_weight_says(kind: str) -> None:
    margins, y = simulated(2_000, lambda z: expit(0.6 * z + 0.4))
    weights = np.random.default_rng(1).integers(1, 6, 2_000) + np.where(y, 3, 0)
    many = fit_calibrator(margins.repeat(weights), y.repeat(weights), kind)
    once = fit_calibrator(margins, y, kind, weights=weights.astype(np.float64))
    at = np.linspace(-6, 4, 40)
    assert once.apply(at) == pytest.approx(many.apply(at), abs=1e-9)
    if kind != "identity":
        assert once.apply(at).mean() > fit_calibrator(margins, y, kind).apply(at).mean() + 0.05


def test_the_kind_is_chosen_by_weighted_rows_and_counts_take_no_weights() -> None:
    # Heavy rows come as told, the others more often.
    random = np.random.default_rng(0)
    margins = random.normal(0, 1, 12_000)
    heavy = random.random(12_000) < 0.5
    y = random.random(12_000) < expit(np.where(heavy, margins, margins + 1))
    at = np.zeros(1)
    assert fit_calibrator(margins, y).apply(at) > 0.6
    light = fit_calibrator(margins, y, weights=np.where(heavy, 1.0, 1e-4))
    assert light.apply(at) == pytest.approx(0.5, abs=0.02)
    weighed = choose(Seen.of(margins, y, weights=np.where(heavy, 3.0, 1.0)))
    assert "isotonic" in weighed.losses
    assert "venn_abers" not in weighed.losses
    assert "venn_abers" in choose(Seen.of(margins, y)).losses
    with pytest.raises(DefinitionError, match="counts rows and takes no weights other than 1"):
        fit_calibrator(margins, y, "venn_abers", weights=np.full(12_000, 2.0))
    with pytest.raises(DefinitionError, match="weights must be finite and above 0; leave out"):
        Seen.of(margins, y, weights=np.zeros(12_000))
