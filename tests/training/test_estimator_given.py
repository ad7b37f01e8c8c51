"""Frames of polars and weights, as the estimator takes them."""

from datetime import date
from decimal import Decimal
from typing import Any

import numpy as np
import pandas as pd
import polars as pl
import pytest

from features.errors import SchemaError
from training import ForetellClassifier, estimator
from training.cells import as_pandas, column

QUICK: dict[str, Any] = {"rounds": 40, "patience": 5, "learning_rate": 0.2}
POLARS: dict[str, Any] = {"shop": pl.Categorical, "spent": pl.Float32}
PANDAS = {"owner": "boolean", "shop": "category", "spent": "float32", "age": "Int64"}


def cells(rows: int = 800, seed: int = 1) -> tuple[dict[str, list[Any]], Any]:
    """Draw columns of every kind, with nulls in each, and outcomes of three of them."""
    random = np.random.default_rng(seed)
    age, owner = random.integers(18, 80, rows), random.random(rows) < 0.5
    job = random.choice(["clerk", "nurse", "student"], rows)
    margin = (age - 50) / 10 + 3 * (job == "student") - 1 + owner
    y = np.where(random.random(rows) < 1 / (1 + np.exp(-margin)), "yes", "no")
    columns: dict[str, list[Any]] = {
        "age": age.tolist(),
        "owner": owner.tolist(),
        "job": job.tolist(),
        "shop": random.choice(["a", "b"], rows).tolist(),
        "spent": random.normal(size=rows).tolist(),
    }
    for place, name in enumerate(columns):
        columns[name][place :: 9 + place] = [None] * len(columns[name][place :: 9 + place])
    return columns, y


def both(columns: dict[str, list[Any]]) -> tuple[pl.DataFrame, pd.DataFrame]:
    drawn = {name: kind for name, kind in POLARS.items() if name in columns}
    kinds = {name: kind for name, kind in PANDAS.items() if name in columns}
    return pl.DataFrame(columns, schema_overrides=drawn), pd.DataFrame(columns).astype(kinds)


@pytest.mark.parametrize("names", [["age", "owner", "job", "shop", "spent"], ["owner", "spent"]])
def test_a_polars_frame_gives_the_bits_of_a_pandas_frame(names: list[str]) -> None:
    columns, y = cells()
    polars, pandas = both({name: columns[name] for name in names})
    weights = np.random.default_rng(0).integers(0, 4, len(y))
    groups = np.arange(len(y)) // 2
    one = ForetellClassifier(**QUICK).fit(
        polars, pl.Series(y), pl.Series(weights), groups=pl.Series(groups)
    )
    other = ForetellClassifier(**QUICK).fit(pandas, y, weights, groups=groups)
    assert one.feature_names_in_.tolist() == other.feature_names_in_.tolist() == polars.columns
    assert one.calibrated_
    told = other.predict_proba(pandas)
    assert np.ptp(told[:, 1]) > 0.1
    for model in (one, other):
        assert model.predict_proba(polars).tobytes() == told.tobytes()
        assert model.predict_proba(pandas).tobytes() == told.tobytes()
        assert (model.predict(polars) == other.predict(pandas)).all()


def test_polars_frames_are_refused_as_those_of_pandas() -> None:
    columns, y = cells()
    frame, _ = both(columns)
    model = ForetellClassifier(**QUICK).fit(frame, y)
    with pytest.raises(ValueError, match="feature names"):
        model.predict(frame.rename({"age": "years"}))
    with pytest.raises(ValueError, match=r"came a polars LazyFrame: give X\.collect\(\)"):
        model.predict(frame.lazy())
    with pytest.raises(ValueError, match="'age' holds dates"):
        ForetellClassifier(**QUICK).fit(frame.with_columns(age=pl.lit(date(2020, 1, 1))), y)


def test_polars_decimals_are_numbers() -> None:
    found = as_pandas(pl.DataFrame({"owed": [Decimal("1.50"), None]}))
    assert found["owed"].dtype == np.float64
    assert found["owed"][0] == 1.5


def test_weights_of_one_are_none_and_rows_of_weight_zero_are_not_there() -> None:
    columns, y = cells()
    X = both(columns)[1]
    random = np.random.default_rng(3)
    groups, times = random.integers(0, 300, len(y)), random.integers(0, 90, len(y))
    plain = ForetellClassifier(**QUICK).fit(X, y).predict_proba(X)
    for ones in (np.ones(len(y)), [1] * len(y), pd.Series(1, index=X.index), 1.0):
        assert ForetellClassifier(**QUICK).fit(X, y, ones).predict_proba(X).tobytes() == (
            plain.tobytes()
        )
    kept = random.random(len(y)) < 0.7
    weights = np.where(kept, random.integers(1, 4, len(y)), 0)
    for given in ({}, {"groups": groups}, {"times": times}, {"groups": groups, "times": times}):
        part = {name: values[kept] for name, values in given.items()}
        whole = ForetellClassifier(**QUICK).fit(X, y, weights, **given)
        alone = ForetellClassifier(**QUICK).fit(X[kept], y[kept], weights[kept], **part)
        assert whole.calibrated_
        assert whole.predict_proba(X).tobytes() == alone.predict_proba(X).tobytes()


def test_weights_reach_trees_stopping_and_calibrator(monkeypatch: pytest.MonkeyPatch) -> None:
    columns, y = cells(2_000)
    X = both(columns)[1]
    seen: dict[str, Any] = {}
    module: Any = estimator
    fit, refit, calibrator = module.Binned.of, module.refit, module.fit_calibrator

    def binned(train: Any, stop: Any, *rest: Any) -> Any:
        seen.update(train=train.weight, stop=stop.weight)
        return fit(train, stop, *rest)

    def refitted(rows: Any, *rest: Any) -> Any:
        seen[f"rows {len(rows.label)}"] = rows.weight
        return refit(rows, *rest)

    def fitted(*given: Any, **named: Any) -> Any:
        seen["calibrate"] = named["weights"]
        return calibrator(*given, **named)

    monkeypatch.setattr(module.Binned, "of", binned)
    monkeypatch.setattr(module, "refit", refitted)
    monkeypatch.setattr(module, "fit_calibrator", fitted)
    weights = 1 + np.arange(2_000) / 1_000
    ForetellClassifier(**QUICK).fit(X, y, weights, times=np.arange(2_000))
    slices = {"train": weights[:1300], "stop": weights[1300:1600], "calibrate": weights[1600:]}
    wanted = slices | {"rows 1600": weights[:1600], "rows 2000": weights}
    assert {*seen} == {*wanted}
    for name, values in wanted.items():
        assert seen[name].tolist() == values.tolist(), name


def test_probabilities_are_those_of_the_weighted_rows() -> None:
    columns, y = cells(4_000)
    X = both(columns)[1]
    weights = np.where(y == "yes", 4.0, 1.0)
    rate = float(np.average(y == "yes", weights=weights))
    assert rate > (y == "yes").mean() + 0.2
    told = ForetellClassifier(**QUICK).fit(X, y, weights).predict_proba(X)[:, 1]
    assert np.average(told, weights=weights) == pytest.approx(rate, abs=0.02)
    few = slice(0, 20)  # nothing is stopped or calibrated
    drawn = X[["age"]].astype(float).fillna(0)[few]
    plain = ForetellClassifier(**QUICK).fit(drawn, y[few])
    weighed = ForetellClassifier(**QUICK).fit(drawn, y[few], weights[few])
    assert not weighed.calibrated_
    assert weighed.predict_proba(drawn)[:, 1].mean() > plain.predict_proba(drawn)[:, 1].mean() + 0.1


def test_texts_that_name_single_cases_are_told() -> None:
    columns, y = cells()
    X = both(columns)[1].assign(name=[f"n{row}" for row in range(len(y))])
    with pytest.warns(UserWarning, match="^'name': no text is in 20 of the rows"):
        model = ForetellClassifier(**QUICK).fit(X, y)
    plain = model.predict_proba(X)
    assert (model.predict_proba(X.assign(name="n1")) == plain).all()


@pytest.mark.parametrize(
    ("weights", "words"),
    [
        (np.ones(5), r"sample_weight\.shape == \(5,\), expected \(800,\)"),
        (np.full(800, -1.0), "Negative values in data passed to `sample_weight`"),
        (np.full(800, np.nan), "Input sample_weight contains NaN"),
        (np.zeros(800), "[Ww]eights .*zero"),
        (np.where(cells()[1] == "yes", 1, 0), "weight above 0, got one class: .*yes"),
    ],
)
def test_weights_that_cannot_be_are_refused(weights: Any, words: str) -> None:
    columns, y = cells()
    with pytest.raises(ValueError, match=words):
        ForetellClassifier(**QUICK).fit(both(columns)[1], y, weights)


def test_levels_come_of_what_teaches_and_groups_reach_the_calibrator(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    columns, y = cells(2_000)
    late = np.arange(2_000) >= 1_300
    job = np.where(late, "pilot", np.array(columns["job"], dtype=object))
    X = both({**columns, "job": job.tolist()})[1]
    seen: dict[str, Any] = {}
    calibrator = vars(estimator)["fit_calibrator"]

    def fitted(*given: Any, **named: Any) -> Any:
        seen.update(named)
        return calibrator(*given, **named)

    monkeypatch.setattr(estimator, "fit_calibrator", fitted)
    # Every third row is not there: whose the others are must not move.
    weights, groups = np.where(np.arange(2_000) % 3 == 1, 0.0, 1.0), np.arange(2_000) // 4 + 900
    model = ForetellClassifier(**QUICK).fit(X, y, weights, groups=groups, times=np.arange(2_000))
    assert model.calibrated_
    kept = groups[weights > 0]
    heard = np.asarray(seen["customers"])
    assert heard.tolist() == kept[-len(heard) :].tolist()
    assert abs(len(heard) / len(kept) - 0.2) < 0.01
    (told,) = (each for each in model._schema.columns if each.name == "job")
    assert set(told.levels or ()) == {"clerk", "nurse", "student"}


@pytest.mark.parametrize(
    ("cells", "words"),
    [
        (pd.to_timedelta(np.arange(60), unit="D"), "column 'odd' holds spans of time; turn them"),
        (np.arange(60) * 1j, "column 'odd' holds complex numbers; turn them into numbers or texts"),
        (pd.period_range("2020-01", periods=60, freq="M"), r"'odd' holds the type period\[M\]"),
        ([["a"]] * 60, r"'odd' holds list in row 0 \(counted from 0\), expected numbers, texts"),
        (["a"] * 59 + [date(2020, 1, 1)], r"'odd' holds date in row 59 \(counted from 0\)"),
    ],
)
def test_cells_that_are_no_numbers_and_no_texts_are_refused(cells: Any, words: str) -> None:
    X = pd.DataFrame({"age": np.arange(60.0), "odd": cells})
    with pytest.raises(ValueError, match=words):
        ForetellClassifier(**QUICK).fit(X, np.arange(60) % 2)


def test_a_column_may_have_any_name() -> None:
    columns, y = cells()
    X = both(columns)[1]
    odd = X.rename(columns={"age": 'a["b"]: {c}', "job": "职业"})
    plain = ForetellClassifier(**QUICK).fit(X, y).predict_proba(X)
    assert ForetellClassifier(**QUICK).fit(odd, y).predict_proba(odd).tobytes() == plain.tobytes()


def test_objects_that_are_numbers_are_numbers_and_categories_are_names() -> None:
    amounts = pd.Series([0.5, 2.25, None, 7.0], name="amt")
    as_objects = column(amounts.astype(object))
    assert np.array_equal(as_objects, column(amounts), equal_nan=True)
    named = column(pd.Series([1, 2, 1], name="code").astype("category"))
    assert named.tolist() == ["1", "2", "1"]
    assert column(pd.Series([True, False], dtype=object)).tolist() == ["True", "False"]
    with pytest.raises(ValueError, match="contains infinity in column 'amt'"):
        column(pd.Series([1.0, float("inf")], dtype=object, name="amt"))


def test_rows_asked_alone_are_read_as_the_model_was_taught() -> None:
    random = np.random.default_rng(6)
    rows = 900
    code = np.array([1, 2, "A", "B"], dtype=object)[random.integers(0, 4, rows)]
    code = np.array([int(each) if each in ("1", "2") else each for each in code], dtype=object)
    age = np.array([None if place % 7 == 0 else place % 60 for place in range(rows)], dtype=object)
    frame = pd.DataFrame(
        {"age": age, "code": code, "kind": pd.Categorical(random.integers(1, 4, rows))}
    )
    chance = 0.2 + 0.3 * (code == 1) + 0.3 * (frame["kind"] == 2)
    model = ForetellClassifier(**QUICK).fit(frame, random.random(rows) < chance)
    whole = model.predict_proba(frame)[:, 1]
    assert len(set(whole)) > 5
    alone = [model.predict_proba(frame.iloc[[row]])[0, 1] for row in range(40)]
    assert alone == whole[:40].tolist()
    # A record of JSON has another type than the column that it comes from.
    plain = frame.astype({"kind": "float64"})
    assert model.predict_proba(plain)[:, 1].tolist() == whole.tolist()
    numbers = frame[[isinstance(each, int) for each in code]].astype({"code": "int32"})
    assert model.predict_proba(numbers)[:, 1].tolist() == whole[numbers.index].tolist()
    nothing = pd.DataFrame({"age": [None], "code": ["A"], "kind": [2]})
    assert np.isfinite(model.predict_proba(nothing)).all()
    with pytest.raises(SchemaError, match="column 'age': expected numbers, came texts"):
        model.predict_proba(nothing.assign(age="old"))
    with pytest.raises(ValueError, match="column 'age' holds a number beyond"):
        model.predict_proba(frame.assign(age=10**400))
