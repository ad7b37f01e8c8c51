import json
import subprocess
import sys
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays
from scipy.optimize import minimize
from scipy.special import expit

from features.errors import BundleError, CohortError, DefinitionError
from training.calibration.calibrate import ISOTONIC_FROM, Calibrator, fit_calibrator
from training.calibration.sigmoid import sigmoid
from training.judge.metrics import log_loss
from training.judge.reliability import ece

KNOTS = Calibrator(
    "isotonic",
    margins=(-2.0, -0.5, 0.1, 3.0),
    probabilities=(0.01, 0.2, 0.2, 0.93),
    rows=98,
)
CALIBRATORS = [
    Calibrator("identity"),
    Calibrator("sigmoid", slope=0.7310585786300049, intercept=-1.1),
    Calibrator("sigmoid", slope=0.0, intercept=-1.1),
    KNOTS,
    Calibrator("isotonic", margins=(0.5,), probabilities=(0.25,), rows=9),
]
MARGINS = arrays.arrays(
    np.float64,
    st.integers(1, 70),
    elements=st.floats(allow_nan=False, allow_infinity=True) | st.floats(-40, 40),
)


def simulated(n: Any, bend: Any, seed: int = 0) -> Any:
    random = np.random.default_rng(seed)
    margins = random.normal(-1, 1.5, n)
    return margins, random.random(n) < bend(margins)


@pytest.mark.parametrize("calibrator", CALIBRATORS, ids=lambda each: each.kind)
@given(margins=MARGINS, offset=st.integers(0, 9), step=st.integers(1, 3))
def test_one_row_equals_many_bit_for_bit(
    calibrator: Any, margins: Any, offset: Any, step: Any
) -> None:
    many = calibrator.apply(margins)
    alone = [calibrator.apply(margins[row : row + 1])[0] for row in range(len(margins))]
    scalars = [calibrator.apply_one(margin) for margin in margins.tolist()]
    # Other starts and strides take other paths through vectorised loops.
    apart = np.zeros((len(margins) + offset) * step)[offset * step :: step]
    apart[:] = margins
    for other in (np.array(alone), np.array(scalars), calibrator.apply(apart)):
        assert other.tobytes() == many.tobytes()
    assert ((many > 0) & (many < 1)).all()
    assert (np.diff(many[np.argsort(margins)]) >= -1e-15).all()


def test_sigmoid_has_the_bits_it_had() -> None:
    # Written once: another processor or numpy must find the same.
    made = sigmoid(np.array([-7.3, -0.1, 0.3, 1.7, 20.0]))
    assert [each.hex() for each in made.tolist()] == [
        "0x1.61f0120055274p-11",
        "0x1.e66bdb1aca090p-2",
        "0x1.261d545e46a8bp-1",
        "0x1.b0e9edc4324d8p-1",
        "0x1.ffffffee4b79ap-1",
    ]


@given(st.floats(-36, 36))
def test_sigmoid_is_exact_to_the_last_bits(z: Any) -> None:
    assert sigmoid(np.array([z]))[0] == pytest.approx(expit(z), rel=5e-16, abs=0)


@pytest.mark.parametrize("calibrator", CALIBRATORS, ids=lambda each: each.kind)
def test_json_keeps_every_bit(calibrator: Any) -> None:
    again = Calibrator.from_json(json.loads(json.dumps(calibrator.to_json(), allow_nan=False)))
    assert again == calibrator
    margins = np.random.default_rng(0).normal(0, 3, 500)
    assert again.apply(margins).tobytes() == calibrator.apply(margins).tobytes()


def test_platt_minimises_the_log_loss_of_smoothed_targets() -> None:
    margins, y = simulated(600, lambda z: expit(0.4 + 0.6 * z))
    positives, negatives = y.sum(), (~y).sum()
    targets = np.where(y, (positives + 1) / (positives + 2), 1 / (negatives + 2))

    def loss(at: Any) -> Any:
        z = at[0] + at[1] * margins
        return (np.logaddexp(0, z) - targets * z).sum()

    found = fit_calibrator(margins, y, "sigmoid")
    best = minimize(loss, [0.0, 1.0], tol=1e-12)
    assert loss([found.intercept, found.slope]) <= best.fun + 1e-9
    assert found.slope == pytest.approx(best.x[1], abs=1e-4)


def test_margins_that_part_the_outcomes_stay_finite() -> None:
    margins = np.linspace(-3, 3, 40)
    made = fit_calibrator(margins, margins > 0, "sigmoid")
    assert 0 < made.slope < np.inf
    assert 0.001 < made.apply(margins)[0] < 0.05


@pytest.mark.parametrize("kind", ["sigmoid", "isotonic"])
def test_a_ranking_is_never_turned_round(kind: Any) -> None:
    margins, y = simulated(500, lambda z: expit(-z))
    told = fit_calibrator(margins, y, kind).apply(np.array([-9.0, 9.0]))
    assert told[0] == told[1] == pytest.approx(y.mean(), abs=0.01)


def test_isotonic_stays_off_the_edges() -> None:
    margins = np.linspace(-3, 3, 98)
    told = fit_calibrator(margins, margins > 0, "isotonic").apply(np.array([-9.0, 9.0]))
    assert told.tolist() == [0.01, 0.99]


def test_auto_needs_rows_and_a_reason_for_isotonic() -> None:
    def bent(z: Any) -> Any:
        return np.where(z > 0.5, 0.9, 0.15)

    few, many = simulated(1500, bent), simulated(9000, bent)
    assert min(few[1].sum(), (~few[1]).sum()) < ISOTONIC_FROM
    assert fit_calibrator(*few).kind == "sigmoid"
    assert fit_calibrator(*many).kind == "isotonic"
    assert fit_calibrator(*simulated(9000, lambda z: expit(z))).kind == "sigmoid"


@pytest.mark.parametrize("kind", ["sigmoid", "isotonic"])
def test_calibration_mends_new_rows(kind: Any) -> None:
    margins, y = simulated(8000, lambda z: expit(0.5 * z - 1))
    later, outcome = simulated(8000, lambda z: expit(0.5 * z - 1), seed=1)
    told, raw = fit_calibrator(margins, y, kind).apply(later), sigmoid(later)
    assert log_loss(outcome, told) < log_loss(outcome, raw) - 0.05
    assert ece(outcome, told) < 0.03 < ece(outcome, raw)


def test_customers_stay_on_one_side_of_a_fold() -> None:
    # Margins name the customer: only folds by customer see that isotonic learnt names by heart.
    random = np.random.default_rng(0)
    z = random.permutation(300) / 100 - 1.5
    margins, y = np.repeat(z, 20), np.repeat(random.random(300) < 0.5, 20)
    owners = np.repeat(np.arange(300), 20)
    assert fit_calibrator(margins, y, customers=owners).kind == "sigmoid"
    assert fit_calibrator(margins, y).kind == "isotonic"


def test_serving_needs_numpy_alone() -> None:
    # scipy is not asked for: numba imports it wherever it is installed.
    code = (
        "import sys; from training.calibration.calibrate import Calibrator; "
        "print(sorted({'sklearn', 'matplotlib', 'lightgbm'} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_faults_are_all_named() -> None:
    unknown: Any = "platt"
    with pytest.raises(DefinitionError) as caught:
        Calibrator(unknown, slope=-1.0, margins=(1.0, 0.0), probabilities=(0.5, 0.2, 1.0))
    assert len(caught.value.faults) == 6
    with pytest.raises(DefinitionError) as caught:
        fit_calibrator(np.array([np.nan, 0.0]), np.array([0, 2, 1]), unknown)
    assert len(caught.value.faults) == 4
    with pytest.raises(CohortError, match="has 0 positives and 3 negatives"):
        fit_calibrator(np.zeros(3), np.zeros(3, bool))
    with pytest.raises(DefinitionError, match="NaN in row 1"):
        KNOTS.apply(np.array([0.0, np.nan]))
    with pytest.raises(DefinitionError, match="came NaN"):
        KNOTS.apply_one(float("nan"))


@pytest.mark.parametrize(
    "value",
    [
        {},
        [],
        {"kind": "sigmoid", "rows": 1, "slope": None},
        {"kind": "isotonic", "rows": 1},
        {"kind": "sigmoid", "rows": 1, "slope": float("nan")},
        {"kind": "isotonic", "rows": 1, "margins": [1, 0], "probabilities": [0.1, 0.2]},
    ],
)
def test_a_damaged_calibrator_is_refused(value: Any) -> None:
    with pytest.raises(BundleError, match="expected a calibrator"):
        Calibrator.from_json(value)
