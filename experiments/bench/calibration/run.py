"""Kinds of calibrators, before and after the base rate moved, on Bank marketing."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Final

import lightgbm
import numpy as np

from experiments.bench.calibration.bank import Calls, calls
from experiments.bench.record import Figure, write_results
from features.arrays import Bools, Floats, Values
from training.calibration.calibrate import Calibrated, calibrate
from training.calibration.calibrator import KINDS
from training.calibration.line import fit_shift
from training.calibration.prior import Reference, corrected, estimate_rate
from training.calibration.seen import Seen, joined
from training.calibration.settings import AUTO, Calibration
from training.calibration.sigmoid import sigmoid
from training.judge.metrics import brier, log_loss, roc_auc
from training.judge.reliability import (
    calibration_intercept,
    calibration_slope,
    ece,
    log_odds,
)

HERE: Final = Path(__file__).parent
TEST: Final = 16
"""Month of the first test row since January 2008: May 2009."""

ORIGINS: Final = ((8, 12), (12, TEST))
"""First months of the rows that are scored for the calibrator, and the months after them."""

SAMPLE: Final = 300
"""Calls of the new time whose outcomes the sample knows: the first ones."""

MEASURES: Final[Mapping[str, Callable[[Values, Values], float]]] = {
    "brier": brier,
    "log_loss": log_loss,
    "ece": ece,
    "slope": calibration_slope,
    "intercept": calibration_intercept,
}
PARAMS: Final = {
    "objective": "binary",
    "learning_rate": 0.03,
    "num_leaves": 15,
    "min_data_in_leaf": 50,
    "feature_fraction": 0.5,
    "lambda_l2": 10.0,
    "seed": 7,
    "num_threads": 1,
    "deterministic": True,
    "force_row_wise": True,
    "verbosity": -1,
}


def main() -> None:
    """Fit, calibrate, correct and judge; write the figures and print the table."""
    table = calls()
    test = table.month >= TEST
    # The first calls are the labelled sample, and judge nobody.
    judged = np.flatnonzero(test)[SAMPLE:]
    learnt = table.month < ORIGINS[-1][0]
    margin = scored(table, learnt, table.month >= ORIGINS[-1][0])
    told = np.full(len(table.y), np.nan)
    told[table.month >= ORIGINS[-1][0]] = margin
    seen = joined([period(table, start, end) for start, end in ORIGINS])
    figures = {
        "rows.bank.test": Figure(len(judged), "rows"),
        "base_rate.bank.calibrate": Figure(float(seen.y.mean()), "share"),
        "base_rate.bank.test": Figure(float(table.y[judged].mean()), "share"),
        "auc.bank.model": Figure(roc_auc(table.y[judged], sigmoid(told[judged])), "AUC"),
    }
    for kind in (*KINDS, AUTO):
        made = calibrate(seen, Calibration(kind), seed=7)
        if kind == AUTO:
            print(f"auto takes {made.calibrator.kind}: {made.choice.why}")
        found = ways(table, made, told, seen, test, judged)
        for way, p in found.items():
            for name, measure in MEASURES.items():
                value = measure(table.y[judged], p)
                figures[f"{name}.bank.{kind}.{way}"] = Figure(value, name)
        if kind in ("sigmoid", AUTO):
            figures |= shifts(table, made, told, seen, judged, kind)
    write_results(HERE, figures, ("lightgbm", "numpy", "scikit-learn"))
    show(figures)


def scored(table: Calls, learnt: Bools, later: Bools) -> Floats:
    """Learn from some calls and return the margins of others."""
    data = lightgbm.Dataset(
        table.matrix[learnt],
        label=table.y[learnt].astype(np.float64),
        categorical_feature=list(table.categorical),
        params={"verbosity": -1},
    )
    booster = lightgbm.train(PARAMS, data, num_boost_round=150)
    raw = booster.predict(table.matrix[later], raw_score=True, num_threads=1)
    return np.asarray(raw, dtype=np.float64)


def period(table: Calls, start: int, end: int) -> Seen:
    """Score the calls of some months by a model of all before them."""
    here = (table.month >= start) & (table.month < end)
    return Seen.of(scored(table, table.month < start, here), table.y[here])


def ways(
    table: Calls,
    made: Calibrated,
    told: Floats,
    seen: Seen,
    test: Bools,
    judged: np.ndarray,
) -> dict[str, Floats]:
    """Return the probabilities of the judged calls, corrected in each way."""
    p = np.full(len(table.y), np.nan)
    p[test] = made.calibrator.apply(told[test])
    first = np.flatnonzero(test)[:SAMPLE]
    sample = fit_shift(log_odds(p[first]), table.y[first])
    known = float(table.y[judged].mean())
    found = {
        "none": p[judged],
        "known": corrected(p[judged], made.rate, known),
        "em": corrected(p[judged], made.rate, estimate_rate(p[judged], made.rate).rate),
        "sample": sample.apply(log_odds(p[judged])),
    }
    by_em, by_before = p.copy(), p.copy()
    for month in np.unique(table.month[judged]):
        here = table.month == month
        # Outcomes of the month before, if any of the new time, are known; else nothing is.
        rate = estimate_rate(p[here], made.rate, resamples=2).rate
        by_em[here] = corrected(p[here], made.rate, rate)
        before = (table.month == month - 1) & test
        if before.any():
            shift = fit_shift(log_odds(p[before]), table.y[before])
            by_before[here] = shift.apply(log_odds(p[here]))
        else:
            by_before[here] = sample.apply(log_odds(p[here]))
    return found | {"em_monthly": by_em[judged], "month_before": by_before[judged]}


def shifts(
    table: Calls, made: Calibrated, told: Floats, seen: Seen, judged: np.ndarray, kind: str
) -> Mapping[str, Figure]:
    """Estimate the new base rate, and test whether it alone has changed."""
    p = made.calibrator.apply(told[judged])
    reference = Reference(made.calibrator.apply(seen.margins), seen.y)
    found = estimate_rate(p, made.rate, reference=reference)
    head = f"bank.{kind}"
    return {
        f"rate_made_for.{head}": Figure(made.rate, "share"),
        f"rate_em.{head}": Figure(found.rate, "share"),
        f"rate_em_low.{head}": Figure(found.low, "share"),
        f"rate_em_high.{head}": Figure(found.high, "share"),
        f"label_shift_p.{head}": Figure(found.fit or 0.0, "p", "0.01 or more: label shift holds"),
    }


def show(figures: Mapping[str, Figure]) -> None:
    """Print the table as Markdown."""
    print("| calibrator | correction | " + " | ".join(MEASURES) + " |")
    print("|---|---|" + "---|" * len(MEASURES))
    corrections = ("none", "known", "em", "sample", "em_monthly", "month_before")
    for kind in (*KINDS, AUTO):
        for way in corrections:
            cells = [f"{figures[f'{name}.bank.{kind}.{way}'].value:.4f}" for name in MEASURES]
            print(f"| {kind} | {way} | " + " | ".join(cells) + " |")


if __name__ == "__main__":
    main()
