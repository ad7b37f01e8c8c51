import json
import subprocess
import sys
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays
from scipy.special import expit

from features.errors import BundleError, DefinitionError
from training.calibration.basic import exp, log1p, log1p_one
from training.calibration.beta import Beta
from training.calibration.calibrator import KINDS, Calibrator
from training.calibration.isotonic import Knots
from training.calibration.line import Line
from training.calibration.sigmoid import sigmoid, softplus
from training.calibration.venn_abers import Steps

KNOTS = Knots((-2.0, -0.5, 0.1, 3.0), (0.01, 0.2, 0.2, 0.93))
STEPS = Steps((-1.5, 0.25), (0.0, 0.2, 0.4), (-1.5, 0.1, 0.3), (0.1, 0.25, 0.5, 1.0))
CALIBRATORS = [
    Calibrator("identity"),
    Calibrator("shift", Line(1.0, -0.3)),
    Calibrator("sigmoid", Line(0.7310585786300049, -1.1)),
    Calibrator("sigmoid", Line(0.0, -1.1)),
    Calibrator("beta", Beta(0.7, 1.3, -0.4)),
    Calibrator("beta", Beta(0.0, 0.9, 0.1)),
    Calibrator("isotonic", KNOTS, rows=98),
    Calibrator("isotonic", Knots((0.5,), (0.25,)), rows=9),
    Calibrator("tempered", Line(1.05, 0.02)),
    Calibrator("venn_abers", STEPS, rows=9),
]
MARGINS = arrays.arrays(
    np.float64,
    st.integers(1, 70),
    elements=st.floats(allow_nan=False, allow_infinity=True) | st.floats(-40, 40),
)


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


def test_bits_are_those_that_were_written_down() -> None:
    # Written once: another processor or numpy must find the same.
    at = np.array([-7.3, -0.1, 0.3, 1.7, 20.0])
    assert [each.hex() for each in sigmoid(at).tolist()] == [
        "0x1.61f0120055274p-11",
        "0x1.e66bdb1aca090p-2",
        "0x1.261d545e46a8bp-1",
        "0x1.b0e9edc4324d8p-1",
        "0x1.ffffffee4b79ap-1",
    ]
    assert [each.hex() for each in CALIBRATORS[4].apply(at).tolist()] == [
        "0x1.083427721c288p-8",
        "0x1.eaabf30346fd4p-2",
        "0x1.28f0a4b7e3a2dp-1",
        "0x1.be001be9154ffp-1",
        "0x1.ffffffffef3d4p-1",
    ]


@given(st.floats(-36, 36))
def test_sigmoid_is_exact_to_the_last_bits(z: Any) -> None:
    assert sigmoid(np.array([z]))[0] == pytest.approx(expit(z), rel=5e-16, abs=0)


@given(st.floats(0, 1))
def test_logarithm_is_exact_to_the_last_bits(x: Any) -> None:
    made = log1p(np.array([x]))[0]
    assert made == pytest.approx(np.log1p(x), rel=5e-16, abs=0)
    assert log1p_one(x) == made


@given(st.floats(-700, 700))
def test_softplus_and_exp_are_exact_to_the_last_bits(z: Any) -> None:
    assert exp(np.array([z]))[0] == pytest.approx(np.exp(z), rel=5e-16, abs=0)
    assert softplus(np.array([z]))[0] == pytest.approx(np.logaddexp(0, z), rel=1e-15, abs=3e-16)


def test_beta_is_the_formula_of_its_paper() -> None:
    margins = np.linspace(-5, 5, 41)
    s = expit(margins)
    told = 1 / (1 + 1 / (np.exp(-0.4) * s**0.7 / (1 - s) ** 1.3))
    assert CALIBRATORS[4].apply(margins) == pytest.approx(told, rel=1e-12)


@pytest.mark.parametrize("calibrator", CALIBRATORS, ids=lambda each: each.kind)
def test_json_keeps_every_bit(calibrator: Any) -> None:
    again = Calibrator.from_json(json.loads(json.dumps(calibrator.to_json(), allow_nan=False)))
    assert again == calibrator
    margins = np.random.default_rng(0).normal(0, 3, 500)
    assert again.apply(margins).tobytes() == calibrator.apply(margins).tobytes()


def test_calibrators_of_older_bundles_are_read() -> None:
    line = Calibrator.from_json({"kind": "sigmoid", "rows": 5, "slope": 0.5, "intercept": 0.1})
    assert line == Calibrator("sigmoid", Line(0.5, 0.1), 5)
    assert Calibrator.from_json({"kind": "identity", "rows": 5}) == Calibrator("identity", rows=5)
    knots = {"kind": "isotonic", "rows": 9, "margins": [0, 1], "probabilities": [0.1, 0.2]}
    assert Calibrator.from_json(knots).curve == Knots((0.0, 1.0), (0.1, 0.2))


def test_only_venn_abers_has_an_interval() -> None:
    found = CALIBRATORS[-1].interval(np.array([-9.0, 0.0, 9.0]))
    assert found is not None
    assert [each.tolist() for each in found] == [[0.0, 0.2, 0.4], [0.1, 0.25, 1.0]]
    assert CALIBRATORS[0].interval(np.array([0.0])) is None


def test_serving_needs_numpy_alone() -> None:
    # scipy is not asked for: numba imports it wherever it is installed.
    code = (
        "import sys; from training.calibration.calibrator import Calibrator; "
        "from training.calibration.contract import Contract; "
        "print(sorted({'sklearn', 'matplotlib', 'lightgbm'} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


@pytest.mark.parametrize(
    ("make", "words"),
    [
        (lambda: Calibrator("platt"), "kind must be one of"),  # type: ignore[arg-type]
        (lambda: Calibrator("beta"), "kind 'beta' needs a Beta, got a Line"),
        (lambda: Calibrator("identity", Line(2.0)), "identity has slope 1 and intercept 0"),
        (lambda: Calibrator("shift", Line(2.0)), "shift has slope 1, got 2.0"),
        (lambda: Calibrator("identity", rows=-1), "rows must be 0 or more, got -1"),
        (lambda: Line(-1.0), "slope must be 0 or more"),
        (lambda: Beta(-1.0, 1.0, 0.0), "slope 'low' must be 0 or more and finite, got -1.0"),
        (lambda: Beta(1.0, 1.0, np.inf), "intercept must be finite"),
        (lambda: Knots((), ()), "as many margins as probabilities, 1 or more, got 0 and 0"),
        (lambda: Knots((1.0, 0.0), (0.1, 0.2)), "margins of knots must be finite and rise"),
        (lambda: Knots((0.0, 1.0), (0.2, 0.1)), "never fall"),
        (lambda: Steps((), (0.0, 0.1), (), (1.0,)), "'lower' needs one value more than margins"),
        (lambda: Steps((), (0.0,), (1.0, 0.0), (0.1, 0.2, 1.0)), "of 'upper' must be finite"),
        (lambda: Steps((), (1.2,), (), (1.0,)), "'lower' must lie in"),
        (lambda: Steps((), (1.0,), (), (1.0,)), "'lower' must stay below 1"),
    ],
)
def test_what_is_no_calibrator_is_refused_in_words(make: Any, words: str) -> None:
    with pytest.raises(DefinitionError, match=words):
        make()


def test_margins_must_be_numbers() -> None:
    for calibrator in CALIBRATORS:
        with pytest.raises(DefinitionError, match="NaN in row 1"):
            calibrator.apply(np.array([0.0, np.nan]))
        with pytest.raises(DefinitionError, match="came NaN"):
            calibrator.apply_one(float("nan"))


@pytest.mark.parametrize(
    "value",
    [
        {},
        [],
        {"kind": "step", "rows": 1},
        {"kind": "sigmoid", "rows": 1, "slope": None},
        {"kind": "isotonic", "rows": 1},
        {"kind": "beta", "rows": 1, "low": 1.0},
        {"kind": "sigmoid", "rows": 1, "slope": float("nan")},
        {"kind": "isotonic", "rows": 1, "margins": [1, 0], "probabilities": [0.1, 0.2]},
        {"kind": "venn_abers", "rows": 1, "lower_from": [], "lower": [0], "upper_to": []},
    ],
)
def test_a_damaged_calibrator_is_refused(value: Any) -> None:
    with pytest.raises(BundleError, match="expected a calibrator"):
        Calibrator.from_json(value)


def test_every_kind_has_a_calibrator_here() -> None:
    assert {each.kind for each in CALIBRATORS} == set(KINDS)
