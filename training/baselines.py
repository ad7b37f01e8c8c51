"""What a model must beat: one feature alone, and a straight line in all of them."""

from __future__ import annotations

import warnings
from dataclasses import dataclass, replace
from typing import Any, Final

import numpy as np

from features.arrays import Bools, Floats, Ints, Values
from features.errors import CohortError, DefinitionError
from features.schema import Schema

PENALTIES: Final = (1e-4, 1e-3, 1e-2, 1e-1, 1.0, 10.0)
"""Values of C, the inverse of the L2 penalty, tried in this order until the stop slice loses."""

_SHAPES: Final = ("rising", "falling", "free")
_POSITIVES_A_BIN: Final = 25
_BINS: Final = (5, 12)
_FURTHEST: Final = 8.0  # standard deviations; a stray value must not rule the score


@dataclass(frozen=True)
class FeatureBaseline:
    """The rate of positives as a function of one feature, of whatever shape.

    Lines between points, level outside; null ("never") has a rate of its own. Training picks the
    shape that tells one half of its rows best from the other: rising, falling (both isotonic), or
    free (binned), since a habit that is due again after a month is neither rising nor falling. Of
    a text each level has its rate, drawn towards the base rate by the weight of one row.

    Parameters
    ----------
    values, rates : tuple of float
        Points; none when training saw only null.
    null : float
        Rate of null rows, drawn towards the base rate by the weight of one row.

    Examples
    --------
    >>> days, bought = np.array([1.0, 2.0, 60.0, np.nan] * 200), np.array([1, 1, 0, 0] * 200)
    >>> baseline = FeatureBaseline.fit(days, bought)
    >>> np.round(baseline.predict(np.array([1.0, 90.0, np.nan])), 2).tolist()
    [1.0, 0.0, 0.0]
    """

    values: tuple[float, ...]
    rates: tuple[float, ...]
    null: float

    @classmethod
    def fit(cls, values: Floats, y: Values, *, levels: bool = False) -> FeatureBaseline:
        """Learn from training rows.

        Parameters
        ----------
        values : (n,) float64
            The feature; NaN for null.
        y : (n,) bool
            Outcomes.
        levels : bool
            Values are numbers of levels, see `features.schema.Schema`; NaN for unseen ones too.

        Raises
        ------
        CohortError
            When all outcomes are the same.
        DefinitionError
            When shapes differ or a value is infinite.
        """
        hits = _outcomes("the baseline of one feature", y)
        found = np.asarray(values, dtype=np.float64)
        if found.shape != hits.shape or np.isinf(found).any():
            fault = f"values must be {hits.shape} and finite or NaN, got {found.shape}"
            raise DefinitionError("baseline of one feature", [fault])
        known = ~np.isnan(found)
        null = (hits[~known].sum() + hits.mean()) / ((~known).sum() + 1)
        if not known.any():
            return cls((), (), float(null))
        inside, told = found[known], hits[known]
        if levels:
            points, rates = _means(inside, np.unique(inside, return_inverse=True)[1], told)
        else:
            rival = {shape: _halves_loss(inside, told, shape) for shape in _SHAPES}
            points, rates = _curve(inside, told, min(rival, key=rival.__getitem__))
        return cls(tuple(points.tolist()), tuple(rates.tolist()), float(null))

    def predict(self, values: Floats) -> Floats:
        """Return rates, (n,) float64 in (0, 1)."""
        found = np.asarray(values, dtype=np.float64)
        told = np.full(found.shape, self.null)
        known = ~np.isnan(found)
        if self.values:
            told[known] = np.interp(found[known], self.values, self.rates)
        return told


@dataclass(frozen=True, eq=False)
class LogisticBaseline:
    """Logistic regression on the model's own columns, regularised by the stop slice.

    Parameters
    ----------
    penalty : float
        Chosen C, the inverse of the L2 penalty.
    loss : float
        Log loss on the stop slice.
    pipeline : sklearn Pipeline
        Fitted on training rows alone.
    """

    penalty: float
    loss: float
    pipeline: Any

    @classmethod
    def fit(
        cls,
        schema: Schema,
        train: Floats,
        y: Values,
        stop: Floats,
        y_stop: Values,
        kept: float = 1.0,
    ) -> LogisticBaseline:
        """Learn from training rows; rows of the stop slice only choose the penalty.

        Numbers: median for null with a column that says so, ``sign(x) log(1 + |x|)`` (money and
        counts have long tails), standard scale, cut at 8 standard deviations. Categories: one
        column a level of the schema; null and unseen levels have none.

        Parameters
        ----------
        schema : Schema
            Kinds and levels of the columns.
        train, stop : (n, columns) float64
            As `Schema.matrix` arranges them; NaN for null.
        y, y_stop : (n,) bool
            Outcomes.
        kept : float
            Share of the negatives that stand in ``train``; log-odds are set back by it.

        Raises
        ------
        CohortError
            When a slice holds one outcome only.
        DefinitionError
            When a matrix does not fit the schema, or no penalty converges.
        """
        from sklearn.exceptions import ConvergenceWarning
        from sklearn.linear_model import LogisticRegression
        from sklearn.metrics import log_loss
        from sklearn.pipeline import make_pipeline

        hits = _outcomes("the logistic baseline", y)
        stopping = _outcomes("the stop slice of the logistic baseline", y_stop)
        for name, matrix, rows in (("train", train, hits), ("stop", stop, stopping)):
            wanted = (len(rows), len(schema.columns))
            if matrix.shape != wanted:
                fault = f"matrix of '{name}' must be {wanted}, got {matrix.shape}"
                raise DefinitionError("logistic baseline", [fault])
        prepare = preparation(schema)
        # Prepared once: the penalty changes nothing before the regression.
        inside, outside = prepare.fit_transform(train), prepare.transform(stop)
        best: LogisticBaseline | None = None
        for penalty in PENALTIES:
            # Newton's method: lbfgs needs thousands of steps on collinear windows.
            model = LogisticRegression(C=penalty, solver="newton-cholesky", max_iter=200)
            with warnings.catch_warnings():
                warnings.simplefilter("error", ConvergenceWarning)
                try:
                    model.fit(inside, hits)
                except ConvergenceWarning:
                    continue
            model.intercept_ += np.log(kept)
            loss = float(log_loss(stopping, model.predict_proba(outside)[:, 1]))
            if best is not None and loss >= best.loss:
                break  # weaker penalties only fit more noise
            best = cls(penalty, loss, make_pipeline(prepare, model))
        if best is None:
            fault = f"no fit with C in {PENALTIES} converged; look for columns of huge values"
            raise DefinitionError("logistic baseline", [fault])
        return best

    def refit(self, matrix: Floats, y: Values, kept: float = 1.0) -> LogisticBaseline:
        """Fit again on more rows, with the penalty that was chosen.

        Parameters
        ----------
        matrix : (n, columns) float64
            As for `fit`.
        y : (n,) bool
            Outcomes.
        kept : float
            As for `fit`.
        """
        from sklearn.base import clone

        whole = clone(self.pipeline).fit(matrix, _outcomes("the logistic baseline", y))
        whole[-1].intercept_ += np.log(kept)
        return replace(self, pipeline=whole)

    def predict(self, matrix: Floats) -> Floats:
        """Return probabilities, (n,) float64 in [0, 1]."""
        return np.asarray(self.pipeline.predict_proba(matrix)[:, 1], dtype=np.float64)


def _curve(values: Floats, y: Bools, shape: str) -> tuple[Floats, Floats]:
    """Return the points of one shape: mean value and rate of each run of pooled rows."""
    from sklearn.isotonic import IsotonicRegression

    from training.judge.reliability import bin_codes

    if shape == "free":
        rarer = min(int(y.sum()), int((~y).sum()))
        codes = bin_codes(values, int(np.clip(rarer // _POSITIVES_A_BIN, *_BINS)))
    else:
        pooled = IsotonicRegression(increasing=shape == "rising").fit_transform(values, y)
        # Level runs would tie; lines between their means keep the order inside them.
        codes = np.unique(pooled, return_inverse=True)[1]
    return _means(values, codes, y)


def _means(values: Floats, codes: Ints, y: Bools) -> tuple[Floats, Floats]:
    """Return the mean value and the rate of each run of rows, in the order of the values."""
    counts = np.bincount(codes)
    means = np.bincount(codes, values) / counts
    rates = (np.bincount(codes, y) + y.mean()) / (counts + 1)
    order = np.argsort(means)
    return means[order], rates[order]


def _halves_loss(values: Floats, y: Bools, shape: str) -> float:
    half = np.arange(len(y)) % 2 == 0
    loss = 0.0
    for fit, held in ((half, ~half), (~half, half)):
        if not 0 < y[fit].sum() < fit.sum():
            return 0.0
        told = np.interp(values[held], *_curve(values[fit], y[fit], shape))
        loss -= float(np.log(np.where(y[held], told, 1 - told)).sum())
    return loss


def preparation(schema: Schema) -> Any:
    """Return what makes columns for a linear model of a matrix; see `LogisticBaseline.fit`."""
    from sklearn.compose import ColumnTransformer
    from sklearn.impute import SimpleImputer
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import FunctionTransformer, OneHotEncoder, StandardScaler

    codes = schema.categorical
    numbers = [place for place in range(len(schema.columns)) if place not in set(codes)]
    parts: list[tuple[str, Any, list[int]]] = []
    if numbers:
        scaled = make_pipeline(
            SimpleImputer(strategy="median", add_indicator=True, keep_empty_features=True),
            FunctionTransformer(_signed_log),
            StandardScaler(),
            FunctionTransformer(_cut),
        )
        parts.append(("numbers", scaled, numbers))
    if codes:
        levels = [np.arange(float(len(schema.columns[place].levels or ()))) for place in codes]
        encoder = OneHotEncoder(categories=levels, handle_unknown="ignore", sparse_output=False)
        filled = SimpleImputer(strategy="constant", fill_value=-1.0, keep_empty_features=True)
        parts.append(("categories", make_pipeline(filled, encoder), codes))
    return ColumnTransformer(parts)


def _signed_log(values: Floats) -> Floats:
    return np.sign(values) * np.log1p(np.abs(values))


def _cut(values: Floats) -> Floats:
    return np.clip(values, -_FURTHEST, _FURTHEST)


def _outcomes(whose: str, y: Values) -> Bools:
    hits = np.asarray(y).astype(np.bool_)
    positives = int(hits.sum())
    if not 0 < positives < len(hits):
        raise CohortError(
            f"{whose} needs both outcomes; there are {positives:,} positives and "
            f"{len(hits) - positives:,} negatives. Use more cutoffs, or a longer horizon."
        )
    return hits
