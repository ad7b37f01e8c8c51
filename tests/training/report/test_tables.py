"""The tables behind the figures, counted again row by row."""

import numpy as np
import pytest

from training.judge.evaluate import evaluate
from training.judge.settings import Judging
from training.report.drawing import Plot
from training.report.scoreplots import score_plots

ROWS = 1_000
RANDOM = np.random.default_rng(5)
P = RANDOM.permutation(np.arange(1, ROWS + 1) / (ROWS + 1)) ** 2
Y = RANDOM.random(ROWS) < P
ORDER = np.argsort(-P)


@pytest.fixture(scope="module")
def plots() -> dict[str, Plot]:
    judging = Judging(hit_value=20, contact_cost=4)
    times = np.zeros(ROWS, dtype=np.int64)
    made = evaluate("coffee", Y, P, np.arange(ROWS), {}, times, resamples=20, judging=judging)
    return score_plots(made)


def numbers(plot: Plot) -> list[list[float]]:
    """The first number of every cell, parts of a hundred as parts of one."""
    found = []
    for row in plot.rows:
        cells = [cell.splitlines()[0].split(" to ")[0].replace(",", "") for cell in row]
        found.append([float(c[:-1]) / 100 if c.endswith("%") else float(c) for c in cells])
    return found


def above(rows: float) -> tuple[float, float]:
    """Parts of the positives and of the negatives among the highest-scored rows."""
    top = ORDER[: round(rows)]
    return float(Y[top].sum() / Y.sum()), float((~Y[top]).sum() / (~Y).sum())


def test_deciles(plots: dict[str, Plot]) -> None:
    assert plots["lift"].head == ("Decile", "Rows", "Rate", "Lift", "Captured so far")
    for place, told in enumerate(numbers(plots["lift"])):
        here = Y[ORDER[place * 100 : place * 100 + 100]]
        wanted = [place + 1, 100, here.mean(), here.mean() / Y.mean(), above(place * 100 + 100)[0]]
        assert told == pytest.approx(wanted, abs=0.006)


@pytest.mark.parametrize("name", ["roc", "precision_recall"])
def test_curves(plots: dict[str, Plot], name: str) -> None:
    assert plots[name].head == ("Rows", "Captured (recall)", "False positive rate", "Precision")
    told = numbers(plots[name])
    assert len(told) >= 19
    for share, captured, false, precision in told:
        if share:
            wanted = (*above(share * ROWS), Y[ORDER[: round(share * ROWS)]].mean())
            assert (captured, false, precision) == pytest.approx(wanted, abs=0.001)


def test_kolmogorov_and_smirnov(plots: dict[str, Plot]) -> None:
    assert plots["ks"].head == ("Rows", "Positives above", "Negatives above", "Gap")
    for share, yes, no, gap in numbers(plots["ks"]):
        wanted = above(share * ROWS)
        assert (yes, no, gap) == pytest.approx((*wanted, wanted[0] - wanted[1]), abs=0.001)


def test_reliability(plots: dict[str, Plot]) -> None:
    assert plots["reliability"].head == ("Probability", "Rows", "Mean told", "Rate found")
    told = numbers(plots["reliability"])
    assert sum(rows for _, rows, _, _ in told) == ROWS
    rising, first = ORDER[::-1], 0
    for low, rows, mean, rate in told:
        here = rising[first : first + int(rows)]
        wanted = (P[here].min(), P[here].mean(), Y[here].mean())
        assert (low, mean, rate) == pytest.approx(wanted, abs=0.02)
        assert (mean, rate) == pytest.approx(wanted[1:], abs=0.001)
        first += int(rows)


def test_gain_and_histogram(plots: dict[str, Plot]) -> None:
    for share, rows, captured in numbers(plots["gain"]):
        assert rows == round(share * ROWS)
        assert captured == pytest.approx(above(rows)[0], abs=0.001)
    assert plots["scores"].head == ("Probability", "Negatives", "Positives")
    counted = np.zeros(2)
    for row in plots["scores"].rows:
        low, high = map(float, row[0].split(" to "))
        inside = (low <= P) & (high > P)
        told = [int(cell.replace(",", "")) for cell in row[1:]]
        # Edges are told to three decimals.
        assert told == pytest.approx([(~Y[inside]).sum(), Y[inside].sum()], abs=3)
        counted += told
    assert counted.tolist() == [(~Y).sum(), Y.sum()]
