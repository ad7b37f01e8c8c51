"""The model half for scikit-learn: trees, stopped and calibrated on rows of their own."""

from __future__ import annotations

from typing import Any, Self

import numpy as np
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.utils import check_random_state
from sklearn.utils.multiclass import check_classification_targets
from sklearn.utils.validation import check_is_fitted, validate_data

from features.arrays import Bools, Floats, Ints, Values
from features.kernel import Vectors
from features.schema import Schema
from training import cells
from training.calibration.calibrate import fit_calibrator
from training.calibration.sigmoid import sigmoid
from training.config import Config, Params
from training.few import ROUNDS, in_order, repeats
from training.fit import Binned, Columns, Rows, fit, margins, refit
from training.ranks import codes_of, ranks

_FEWEST = 5
"""Rows of either class that a slice needs; with fewer nothing is stopped or calibrated."""


class ForetellClassifier(ClassifierMixin, BaseEstimator):  # type: ignore[misc]
    """Boosted trees for two classes, with calibrated probabilities.

    ``fit`` lays rows into three slices: the first ones teach, the next ones say when to stop. Trees
    of these two score the last ones, which they have not met, and the calibrator learns from that;
    then trees with as many rounds learn from all rows, and serve. With ``times`` the slices stand
    in time order, with ``groups`` no group is in two of them, otherwise they are drawn with the
    classes in equal shares. With both, groups stay whole and stand in the order of their last
    times: until the rounds are known, nothing teaches that is later than the last row of what
    stops. The same data, parameters and threads give the same model.

    Weights reach trees, stopping and calibrator; weights of 1 are as none, and rows of weight 0 as
    if they were not there. Where rows are too few to be laid into slices, a row of weight 2 is two
    rows, as scikit-learn's check asks. Where they are not, it is so in most ways but not all: it
    lies in one slice, where two could lie in two, and where rows are counted or drawn
    (``min_data_in_leaf``, ``bagging_fraction``, five of either class) it is one.

    Parameters
    ----------
    learning_rate, num_leaves, min_data_in_leaf, feature_fraction, bagging_fraction, lambda_l2
        See `training.config.Params`. Leaves of few rows are allowed where there are few.
    rounds, patience : int
        Most boosting rounds, and rounds without gain before stopping.
    stop, calibrate : float
        Shares of the rows, above 0; together below 1.
    random_state : int, RandomState or None
        Of the draw and the trees; None is 0.
    threads : int
        Of LightGBM.

    Attributes
    ----------
    classes_ : (2,) ndarray
        The second one is the positive.
    n_features_in_ : int
        Columns seen by ``fit``.
    feature_names_in_ : (columns,) ndarray of str
        Where they had names.
    calibrated_ : bool
        Whether there were rows enough to stop and to calibrate: five of either class in each
        slice. Without them 50 rounds are fitted on all rows.
    rounds_ : int
        Boosting rounds.

    Examples
    --------
    >>> random = np.random.default_rng(0)
    >>> X = random.normal(size=(400, 3))
    >>> y = np.where(X[:, 0] + random.normal(size=400) > 0, "stays", "leaves")
    >>> model = ForetellClassifier().fit(X, y)
    >>> model.classes_.tolist(), model.calibrated_, model.predict_proba(X).shape
    (['leaves', 'stays'], True, (400, 2))
    """

    def __init__(
        self,
        *,
        learning_rate: float = 0.05,
        num_leaves: int = 15,
        min_data_in_leaf: int = 20,
        feature_fraction: float = 0.8,
        bagging_fraction: float = 0.8,
        lambda_l2: float = 1.0,
        rounds: int = 500,
        patience: int = 30,
        stop: float = 0.15,
        calibrate: float = 0.2,
        random_state: Any = 7,
        threads: int = 1,
    ) -> None:
        self.learning_rate = learning_rate
        self.num_leaves = num_leaves
        self.min_data_in_leaf = min_data_in_leaf
        self.feature_fraction = feature_fraction
        self.bagging_fraction = bagging_fraction
        self.lambda_l2 = lambda_l2
        self.rounds = rounds
        self.patience = patience
        self.stop = stop
        self.calibrate = calibrate
        self.random_state = random_state
        self.threads = threads

    def fit(
        self, X: Any, y: Any, sample_weight: Any = None, *, groups: Any = None, times: Any = None
    ) -> Self:
        """Fit trees and calibrator.

        Parameters
        ----------
        X : (n, columns) array, pandas.DataFrame or polars.DataFrame
            Numbers; in a frame, texts and categories too: their 32 most frequent levels are told
            apart, and a warning names a column where none is frequent. NaN and None are absent
            values. A polars frame gives the same model, bit for bit, as one of pandas with the
            same columns.
        y : (n,) array
            Two classes.
        sample_weight : (n,) array, optional
            How often each row counts, 0 or more; left out, once.
        groups : (n,) array, optional
            Whose row it is.
        times : (n,) array, optional
            When it was: anything that sorts.

        Raises
        ------
        ValueError
            When there are not two classes, shares cannot be, columns hold infinities, weights
            are negative or all 0, or groups or times lack a value.
        """
        found, y = self._read(X, y)
        check_classification_targets(y)
        self.classes_, codes = np.unique(y, return_inverse=True)
        if len(self.classes_) != 2:
            raise ValueError(
                f"Only binary classification is supported: expected two classes, got "
                f"{len(self.classes_)} class{'' if len(self.classes_) == 1 else 'es'}"
            )
        if not (self.stop > 0 and self.calibrate > 0 and self.stop + self.calibrate < 1):
            raise ValueError(
                "stop and calibrate must be above 0 and together below 1, got "
                f"{self.stop} and {self.calibrate}"
            )
        label = codes == 1
        whose = codes_of("groups", groups, label)
        when = codes_of("times", times, label)
        owners = np.arange(len(label)) if groups is None else np.asarray(groups)
        weights = cells.weights_of(sample_weight, label)
        if weights is not None and not weights.all():
            kept = np.flatnonzero(weights)
            found, label, owners, weights = (
                found.take(kept),
                label[kept],
                owners[kept],
                weights[kept],
            )
            if label.all() or not label.any():
                raise ValueError(
                    "expected rows of two classes with a weight above 0, got one class: "
                    f"{self.classes_[int(label[0])]!r}"
                )
            whose, when = (None if each is None else _dense(each[kept]) for each in (whose, when))
        seed = _seed(self.random_state)
        rank = ranks(label, seed, whose, when)
        return self._learn(found, label, weights, rank, owners, seed)

    def _learn(
        self,
        found: Vectors,
        label: Bools,
        weights: Floats | None,
        rank: Floats,
        owners: Values,
        seed: int,
    ) -> Self:
        """Fit trees and calibrator on rows that have a place in the slices."""
        last, middle = rank >= 1 - self.calibrate, rank >= 1 - self.calibrate - self.stop
        slices = {"train": ~middle, "stop": middle & ~last, "calibrate": last}
        enough = all(
            min(label[rows].sum(), (~label[rows]).sum()) >= _FEWEST for rows in slices.values()
        )
        self.calibrated_ = bool(enough)
        if not enough and (again := repeats(weights)) is not None:
            found, label, weights = found.take(again), label[again], None
        learnt = slices["train"] if enough else np.ones(len(label), dtype=np.bool_)
        self._schema = Schema.fit(found.take(learnt))
        cells.warn_of_single_cases(self._schema)
        # By place: LightGBM refuses names with brackets and the like.
        names = tuple(f"column_{place}" for place in range(len(self._schema.names)))
        columns = Columns(names, self._schema.categorical)
        whole = Rows(self._schema.matrix(found), label, weights)
        params, config = self._params(int(learnt.sum())), self._config(seed)
        self._calibrator = None
        if enough:
            train, stop = (_part(whole, slices[name]) for name in ("train", "stop"))
            self.rounds_ = fit(Binned.of(train, stop, columns, config), params, config).rounds
            before = refit(_part(whole, ~last), columns, params, config, self.rounds_)
            later = _part(whole, last)
            self._calibrator = fit_calibrator(
                margins(before, later.matrix),
                later.label,
                customers=owners[last],
                weights=later.weight,
                seed=seed,
            )
        else:
            whole = in_order(whole)
            self.rounds_ = min(self.rounds, ROUNDS)
        self._booster = refit(whole, columns, params, config, self.rounds_).model_to_string()
        return self

    def predict_proba(self, X: Any) -> Floats:
        """Return the probabilities of both classes, (n, 2) float64 in [0, 1]."""
        import lightgbm

        check_is_fitted(self)
        found, _ = self._read(X)
        told = margins(lightgbm.Booster(model_str=self._booster), self._schema.matrix(found))
        yes = sigmoid(told) if self._calibrator is None else self._calibrator.apply(told)
        return np.column_stack([1 - yes, yes])

    def predict(self, X: Any) -> Values:
        """Return the likelier class of every row, (n,)."""
        chances = self.predict_proba(X)
        found: Values = self.classes_[np.argmax(chances, axis=1)]
        return found

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.classifier_tags.multi_class = False
        tags.input_tags.allow_nan = True
        return tags

    def _read(self, X: Any, y: Any = None) -> tuple[Vectors, Any]:
        """Hold rows against those of ``fit``, and return them by column."""
        begun = y is not None
        X = cells.as_pandas(X)
        named = {} if begun else cells.named_in(getattr(self, "_schema", None))
        if cells.has_texts(X) or (hasattr(X, "columns") and any(named.values())):
            checked = validate_data(
                self, X, y if begun else "no_validation", reset=begun, skip_check_array=True
            )
            y = np.asarray(checked[1]) if begun else None
            columns = {str(name): cells.column(X[name], named.get(str(name))) for name in X.columns}
        else:
            settings: dict[str, Any] = {"dtype": np.float64, "ensure_all_finite": "allow-nan"}
            if begun:
                matrix, y = validate_data(self, X, y, **settings)
            else:
                matrix = validate_data(self, X, reset=False, **settings)
            names = getattr(self, "feature_names_in_", range(matrix.shape[1]))
            columns = {
                f"column_{n}" if isinstance(n, int) else str(n): matrix[:, place]
                for place, n in enumerate(names)
            }
        rows = np.arange(len(next(iter(columns.values()))))
        return Vectors(rows, np.zeros(len(rows), dtype=np.int64), columns), y

    def _params(self, rows: int) -> Params:
        return Params(
            learning_rate=self.learning_rate,
            num_leaves=self.num_leaves,
            min_data_in_leaf=min(self.min_data_in_leaf, max(1, rows // 20)),
            feature_fraction=self.feature_fraction,
            bagging_fraction=self.bagging_fraction,
            lambda_l2=self.lambda_l2,
        )

    def _config(self, seed: int) -> Config:
        return Config(rounds=self.rounds, patience=self.patience, seed=seed, threads=self.threads)


def _seed(random_state: Any) -> int:
    if random_state is None:
        return 0
    if isinstance(random_state, int | np.integer):
        return int(random_state) % 2**31
    return int(check_random_state(random_state).randint(2**31 - 1))


def _part(rows: Rows, here: Bools) -> Rows:
    weight = None if rows.weight is None else rows.weight[here]
    return Rows(rows.matrix[here], rows.label[here], weight)


def _dense(codes: Ints) -> Ints:
    """Number codes anew where some of them are gone."""
    found: Ints = np.unique(codes, return_inverse=True)[1]
    return found
