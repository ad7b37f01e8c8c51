"""The estimator keeps the contract of scikit-learn, and its own words."""

import subprocess
import sys
from typing import Any

import numpy as np
import pandas as pd
import pytest
from sklearn.model_selection import GridSearchCV, cross_val_predict
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.utils.estimator_checks import parametrize_with_checks

from training import ForetellClassifier
from training.ranks import ranks

QUICK: dict[str, Any] = {"rounds": 40, "patience": 5, "learning_rate": 0.2}


def data(rows: int = 600, seed: int = 1) -> tuple[pd.DataFrame, Any]:
    random = np.random.default_rng(seed)
    frame = pd.DataFrame(
        {
            "age": random.integers(18, 80, rows),
            "job": random.choice(["clerk", "nurse", "student"], rows),
            "shop": pd.Categorical(random.choice(["a", "b"], rows)),
            "owner": random.random(rows) < 0.5,
        }
    )
    frame.loc[::9, "job"] = None
    margin = (frame["age"] - 50) / 10 + 3 * (frame["job"] == "student") - 1
    return frame, np.where(random.random(rows) < 1 / (1 + np.exp(-margin)), "yes", "no")


@parametrize_with_checks([ForetellClassifier(**QUICK)])  # type: ignore[untyped-decorator, unused-ignore]
def test_the_checks_of_scikit_learn(estimator: Any, check: Any) -> None:
    check(estimator)


def test_few_rows_are_weighed_as_if_they_were_repeated() -> None:
    random = np.random.default_rng(2)
    X, y = random.normal(size=(20, 12)), np.arange(20) % 2
    weights = random.integers(0, 4, 20)
    weighed = ForetellClassifier().fit(X, y, sample_weight=weights)
    place = random.permutation(np.repeat(np.arange(20), weights))
    repeated = ForetellClassifier().fit(X[place], y[place])
    assert not weighed.calibrated_
    assert np.array_equal(weighed.predict_proba(X), repeated.predict_proba(X))
    parts = ForetellClassifier().fit(X, y, sample_weight=weights / 2)
    assert not np.array_equal(parts.predict_proba(X), weighed.predict_proba(X))


def test_texts_and_categories_of_a_frame_are_read() -> None:
    X, y = data()
    model = ForetellClassifier(**QUICK).fit(X, y)
    assert model.feature_names_in_.tolist() == ["age", "job", "shop", "owner"]
    assert model.classes_.tolist() == ["no", "yes"]
    with_job = (model.predict(X) == y).mean()
    blind = ForetellClassifier(**QUICK).fit(X.drop(columns="job"), y)
    assert with_job > (blind.predict(X.drop(columns="job")) == y).mean() + 0.02
    unseen = X.head(3).assign(job="pilot")
    assert np.isfinite(model.predict_proba(unseen)).all()
    with pytest.raises(ValueError, match="feature names"):
        model.predict(X.rename(columns={"age": "years"}))


def test_probabilities_are_calibrated_on_rows_of_their_own() -> None:
    X, y = data(4_000)
    later, truth = data(4_000, seed=2)
    model = ForetellClassifier(**QUICK).fit(X, y)
    assert model.calibrated_
    told = model.predict_proba(later)[:, 1]
    assert abs(told.mean() - (truth == "yes").mean()) < 0.03
    for low, high in ((0.0, 0.3), (0.3, 0.7), (0.7, 1.0)):
        inside = (told >= low) & (told <= high)
        assert abs(told[inside].mean() - (truth[inside] == "yes").mean()) < 0.06


def test_it_works_in_pipelines_searches_and_cross_validation() -> None:
    X, y = data(300)
    numbers = X[["age", "owner"]].astype(float)
    piped = make_pipeline(StandardScaler(), ForetellClassifier(**QUICK))
    search = GridSearchCV(piped, {"foretellclassifier__num_leaves": [3, 7]}, cv=2)
    assert search.fit(numbers, y).score(numbers, y) > 0.6
    chances = cross_val_predict(ForetellClassifier(**QUICK), X, y, cv=2, method="predict_proba")
    assert chances.shape == (300, 2)


def test_groups_and_times_decide_the_slices() -> None:
    X, y = data()
    # The last tenth of the time says the contrary: only calibration and stopping can see it.
    times = np.arange(len(y))
    late = times > 500
    turned = np.where(late, np.where(y == "yes", "no", "yes"), y)
    by_time = ForetellClassifier(**QUICK).fit(X, turned, times=times)
    drawn = ForetellClassifier(**QUICK).fit(X, turned)
    old = by_time.predict_proba(X[~late])[:, 1].std()
    assert old < drawn.predict_proba(X[~late])[:, 1].std() - 0.05
    groups = np.arange(len(y)) // 3
    one = ForetellClassifier(**QUICK).fit(X, y, groups=groups)
    again = ForetellClassifier(**QUICK).fit(X, y, groups=groups)
    assert np.array_equal(one.predict_proba(X), again.predict_proba(X))
    with pytest.raises(ValueError, match="need a value for each of the 600 rows, got an array"):
        ForetellClassifier(**QUICK).fit(X, y, groups=groups[:5])


def test_groups_stay_whole_where_times_are_given_too() -> None:
    random = np.random.default_rng(0)
    groups, times = random.integers(0, 50, 1_000), np.arange(1_000)
    found = ranks(random.random(1_000) < 0.5, 7, groups, times)
    slices = np.where(found >= 0.8, 2, np.where(found >= 0.65, 1, 0))
    assert all(len(set(slices[groups == each])) == 1 for each in range(50))
    assert np.bincount(slices).min() > 100
    last = [times[slices == each].max() for each in (0, 1, 2)]
    assert last == sorted(last)
    # Where every group is met at one time only, their order is that of time.
    assert (np.diff(ranks(times < 9, 7, times // 20, times)) >= 0).all()


@pytest.mark.parametrize(
    ("given", "words"),
    [
        (
            {"groups": np.array(["a", None] * 300, dtype=object)},
            r"groups need a value for each of the 600 rows; 300 are None or NaN, the first is that "
            r"of row 1 \(counted from 0\): fill them in, or leave those rows out",
        ),
        (
            {"times": np.where(np.arange(600) == 4, np.datetime64("NaT"), np.datetime64("2020"))},
            "times need a value for each of the 600 rows; 1 are None or NaN, the first is .* row 4",
        ),
        (
            {"groups": np.array(["a", 1] * 300, dtype=object)},
            "groups need values of one kind, which sort; came a mixture .*: turn them all into tex",
        ),
    ],
)
def test_groups_and_times_are_whole(given: dict[str, Any], words: str) -> None:
    X, y = data()
    with pytest.raises(ValueError, match=words):
        ForetellClassifier(**QUICK).fit(X, y, **given)


@pytest.mark.parametrize(
    ("X", "y", "changes", "words"),
    [
        (data()[0], np.zeros(600), {}, "expected two classes, got 1 class"),
        (*data(), {"stop": 0.9}, "stop and calibrate must be above 0 and together below 1"),
        (data()[0].assign(age=np.inf), data()[1], {}, "contains infinity in column 'age'"),
        (
            data()[0].assign(age=pd.Timestamp("2020-01-01")),
            data()[1],
            {},
            "column 'age' holds dates; turn them into days to some day",
        ),
    ],
)
def test_what_it_refuses(X: Any, y: Any, changes: dict[str, Any], words: str) -> None:
    with pytest.raises(ValueError, match=words):
        ForetellClassifier(**QUICK | changes).fit(X, y)


def test_few_rows_are_fitted_and_not_called_calibrated() -> None:
    X, y = data(20)
    with pytest.warns(UserWarning, match="'job', 'shop': no text is in 20 of the rows"):
        model = ForetellClassifier(**QUICK).fit(X, y)
    assert not model.calibrated_
    assert model.predict(X).shape == (20,)


def test_importing_the_package_brings_neither_trees_nor_scikit_learn() -> None:
    asked = "import sys, training; print({'lightgbm', 'sklearn'} & {*sys.modules})"
    done = subprocess.run([sys.executable, "-c", asked], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "set()"
