from dataclasses import replace

import numpy as np
import pytest

from features.arrays import Floats
from features.errors import DefinitionError
from tests.helpers.rare import world
from training.config import Config, Params
from training.fit import Binned, Columns, Rows, fit, margins, refit
from training.learn import Learned, learn
from training.sampling import Sample, Sampling, Thinned, kept_share
from training.snapshots import Snapshot

CONFIG = Config(rounds=40, patience=10, trials=1, resamples=20)
PARAMS = Params(min_data_in_leaf=20, num_leaves=7)
COLUMNS = Columns(("signal", "noise"), ())
ALWAYS = Sampling("always", negatives=20)
ROWS, TRUTH = world(24_000, 0.005, seed=1)
LATER, _ = world(24_000, 0.005, seed=2)


def matrix(rows: Snapshot = ROWS) -> Floats:
    return np.column_stack([rows.vectors.columns[name] for name in COLUMNS.names])


def drawn(sampling: Sampling = ALWAYS, seed: int = 7) -> Sample:
    whose, at = ROWS.vectors.customers, ROWS.vectors.cutoffs
    everyone = np.ones(len(ROWS), dtype=np.bool_)
    return Sample.drawn(ROWS.label, whose, at, everyone, sampling, seed)


def whole(rows: Snapshot = ROWS) -> Rows:
    return Rows(matrix(rows), rows.label)


def sampled(sample: Sample) -> Rows:
    kept = sample.kept
    return Rows(matrix()[kept], ROWS.label[kept], kept=kept_share(ROWS.label, kept))


def test_a_sample_keeps_every_positive_and_about_as_many_negatives_as_asked() -> None:
    kept = drawn().kept
    assert kept[ROWS.label].all()
    positives = ROWS.label.sum()
    assert np.count_nonzero(kept & ~ROWS.label) == pytest.approx(20 * positives, rel=0.07)


def test_a_sample_depends_on_no_order_of_rows_and_on_the_seed() -> None:
    order = np.random.default_rng(0).permutation(len(ROWS))
    whose, at = ROWS.vectors.customers[order], ROWS.vectors.cutoffs[order]
    everyone = np.ones(len(ROWS), dtype=np.bool_)
    again = Sample.drawn(ROWS.label[order], whose, at, everyone, ALWAYS, 7)
    assert np.array_equal(again.kept, drawn().kept[order])
    texts = Sample.drawn(
        ROWS.label, ROWS.vectors.customers.astype(str), ROWS.vectors.cutoffs, everyone, ALWAYS, 7
    )
    assert np.array_equal(texts.kept, drawn().kept)
    assert not np.array_equal(drawn(seed=8).kept, drawn().kept)


def test_a_larger_share_keeps_what_a_smaller_one_kept() -> None:
    few, more = drawn().kept, drawn(Sampling("always", negatives=40)).kept
    assert (few <= more).all()
    assert more.sum() > 1.5 * few.sum()


def test_rows_of_one_customer_are_drawn_apart() -> None:
    kept = drawn().kept[~ROWS.label]
    customers = ROWS.vectors.customers[~ROWS.label]
    counts = np.bincount(customers, kept)
    rate = kept.mean()
    assert np.mean(counts > 0) == pytest.approx(1 - (1 - rate) ** 4, rel=0.1)


@pytest.mark.parametrize(
    ("sampling", "rows", "positives", "share"),
    [
        (Sampling(), 600_000, 300, 50 * 300 / 599_700),
        (Sampling(), 200_000, 300, 1.0),
        (Sampling(), 600_000, 30_000, 1.0),
        (Sampling("always"), 2_000, 10, 500 / 1_990),
        (Sampling("always"), 2_000, 1_000, 1.0),
        (Sampling("never"), 600_000, 300, 1.0),
        (Sampling("always"), 2_000, 0, 1.0),
    ],
)
def test_auto_leaves_negatives_out_only_where_that_saves_much(
    sampling: Sampling, rows: int, positives: int, share: float
) -> None:
    assert sampling.share(np.arange(rows) < positives) == share


def test_without_features_the_model_says_exactly_the_true_rate() -> None:
    kept = drawn().kept
    rows = sampled(drawn())
    blind = Rows(np.zeros((len(rows.label), 1)), rows.label, kept=rows.kept)
    booster = refit(blind, Columns(("nothing",), ()), PARAMS, CONFIG, 5)
    told = 1 / (1 + np.exp(-margins(booster, np.zeros((2, 1)))))
    assert kept.mean() < 0.2
    assert told == pytest.approx(np.full(2, ROWS.label.mean()), rel=1e-12)


def test_early_stopping_reads_the_log_loss_of_all_rows() -> None:
    stop = whole(LATER)
    rows = sampled(drawn())
    found = fit(Binned.of(rows, stop, COLUMNS, CONFIG), PARAMS, CONFIG)
    raw = margins(found.booster, stop.matrix)
    loss = np.mean(np.logaddexp(0, raw) - stop.label * raw)
    assert found.loss == pytest.approx(loss, rel=1e-6)
    rate = LATER.label.mean()
    assert found.loss < -rate * np.log(rate) - (1 - rate) * np.log(1 - rate)


def test_contributions_still_sum_to_the_margin() -> None:
    booster = refit(sampled(drawn()), COLUMNS, PARAMS, CONFIG, 20)
    parts = np.asarray(booster.predict(matrix()[:500], pred_contrib=True))
    assert np.abs(parts.sum(axis=1) - margins(booster, matrix()[:500])).max() < 1e-9


def test_a_sampled_model_tells_what_the_full_one_tells() -> None:
    full = refit(whole(), COLUMNS, PARAMS, CONFIG, 30)
    thin = refit(sampled(drawn(Sampling("always", 50))), COLUMNS, PARAMS, CONFIG, 30)
    one, two = (1 / (1 + np.exp(-margins(each, matrix(LATER)))) for each in (full, thin))
    assert two.mean() == pytest.approx(one.mean(), rel=0.05)
    assert np.corrcoef(np.log(one), np.log(two))[0, 1] > 0.9


def test_nothing_changes_where_no_negative_is_left_out() -> None:
    sample = drawn(Sampling())
    assert sample.kept.all()
    assert sample.thinned(ROWS.label, sample.kept) is None
    plain = refit(whole(), COLUMNS, PARAMS, CONFIG, 5).model_to_string()
    assert refit(sampled(sample), COLUMNS, PARAMS, CONFIG, 5).model_to_string() == plain


def learnt(sampling: Sampling, said: list[str]) -> Learned:
    customers = ROWS.vectors.customers
    names = ("train", "stop", "calibrate", "test")
    roles = {name: customers % 4 == place for place, name in enumerate(names)}
    roles |= {"develop": roles["train"] | roles["stop"], "final": ~roles["test"]}
    config = replace(CONFIG, sampling=sampling)
    return learn(ROWS, roles, "days", config, said.append)


def test_learning_says_what_it_left_out_and_its_scores_are_of_the_true_rate() -> None:
    said: list[str] = []
    thin = learnt(ALWAYS, said)
    assert thin.thinned is not None
    assert thin.thinned.rows == 18_000
    assert said[0] == thin.thinned.sentence
    assert "of 17," in said[0]
    assert learnt(Sampling(), []).thinned is None
    rate = ROWS.label.mean()
    for told in (thin.scores, thin.uncalibrated, *thin.baselines.values()):
        assert 0.5 * rate < told.mean() < 2 * rate


def test_a_thinned_learning_says_so_in_words() -> None:
    told = Thinned(1_000, 10, 109)
    assert told.sentence == (
        "learning from all 10 positives and 99 of 990 negatives (10 %); scores are set back to "
        "the true rate"
    )
    assert Thinned(**told.to_json()) == told


def test_weights_count_in_the_share_that_was_kept() -> None:
    label, kept = np.array([True, False, False]), np.array([True, True, False])
    assert kept_share(label, kept, np.array([9.0, 3.0, 1.0])) == 0.75


def test_wrong_settings_are_refused_with_every_fault() -> None:
    with pytest.raises(DefinitionError) as caught:
        Sampling("sometimes", negatives=0, rows=-1)
    assert caught.value.faults == (
        "when must be one of auto, always, never, got 'sometimes'",
        "negatives must be 1 or more for each positive, got 0",
        "rows must be 0 or more, got -1",
    )
