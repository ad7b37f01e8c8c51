"""Scores: one row equals many, reasons add up, bands follow their edges."""

from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest

from features.errors import SchemaError
from features.kernel import Vectors
from features.segments import Partition
from serving.scorer import Scorer
from tests.serving import tiny
from training.bundle import Bundle


@pytest.fixture(scope="module")
def scorer(bundles: dict[str, Bundle]) -> Scorer:
    return Scorer(bundles["churn"])


@pytest.fixture(scope="module")
def found(bundles: dict[str, Bundle], shop: Partition) -> Vectors:
    return tiny.rows_of(bundles["churn"].catalogue, shop)


def test_one_row_equals_its_row_in_a_batch_bit_for_bit(scorer: Scorer, found: Vectors) -> None:
    together = scorer.score(found)
    for row in range(len(found)):
        alone = scorer.score(found.take(np.array([row])))
        assert alone.margin[0] == together.margin[row]
        assert alone.probability[0] == together.probability[row]
        assert alone.band[0] == together.band[row]
    assert len(set(together.probability)) > 10


def test_threads_do_not_disturb_each_other(scorer: Scorer, found: Vectors) -> None:
    expected = scorer.score(found).margin
    with ThreadPoolExecutor(4) as pool:
        many = list(pool.map(lambda _: scorer.score(found).margin, range(40)))
    assert all(np.array_equal(each, expected) for each in many)


def test_scores_are_those_of_the_bundle(scorer: Scorer, found: Vectors) -> None:
    scores = scorer.score(found)
    assert np.array_equal(scores.margin, scorer.bundle.margins(found))
    assert np.array_equal(scores.probability, scorer.bundle.calibrator.apply(scores.margin))


def test_contributions_sum_to_the_margin(scorer: Scorer, found: Vectors) -> None:
    sums = scorer.contributions(found).sum(axis=1)
    assert np.abs(sums - scorer.score(found).margin).max() < 1e-9


def test_reasons_name_the_strongest_effects_in_plain_words(scorer: Scorer, found: Vectors) -> None:
    effects = scorer.contributions(found)[:, :-1]
    names = scorer.bundle.schema.names
    for row, told in enumerate(scorer.reasons(found, top=2)):
        strongest = sorted(np.abs(effects[row]), reverse=True)[:2]
        assert [abs(each.effect) for each in told] == strongest
        for each in told:
            assert each.effect == effects[row, names.index(each.feature)]
            assert each.direction == ("raises" if each.effect > 0 else "lowers")
            assert each.features == (each.feature,)
            assert not each.reviewed
        assert len({each.text for each in told}) == 2


def test_a_reason_of_a_text_and_of_nothing(scorer: Scorer, found: Vectors) -> None:
    told = scorer.reasons(found, top=10)
    texts = {each.text for row in told for each in row if each.feature.endswith("city_latest_ever")}
    assert texts == {f"Last known city of clients: {city}" for city in ("Bonn", "Rome")}
    columns = dict(found.columns)
    columns["purchases_days_since_ever"] = np.full(len(found), np.nan)
    blank = Vectors(found.customers, found.cutoffs, columns)
    of_recency = [
        each
        for row in scorer.reasons(blank, top=10)
        for each in row
        if each.feature == "purchases_days_since_ever"
    ]
    assert of_recency
    assert {(each.value, each.text) for each in of_recency} == {(None, "No purchases so far")}


def test_features_without_effect_are_no_reasons(scorer: Scorer, found: Vectors) -> None:
    told = scorer.reasons(found, top=10)
    assert all(each.effect for row in told for each in row)
    assert scorer.reasons(found, top=0) == [[] for _ in range(len(found))]


def test_bands_begin_at_their_edge(scorer: Scorer, found: Vectors) -> None:
    scores = scorer.score(found)
    for probability, band in zip(scores.probability, scores.band, strict=True):
        assert band == next(each.name for each in tiny.BANDS if probability >= each.at_least)
    assert set(scores.band) == {"high", "medium", "low"}


def test_columns_in_another_order_and_more_of_them_change_nothing(
    scorer: Scorer, found: Vectors
) -> None:
    columns = dict(reversed(list(found.columns.items()))) | {"other": np.zeros(len(found))}
    again = scorer.score(Vectors(found.customers, found.cutoffs, columns))
    assert np.array_equal(again.margin, scorer.score(found).margin)


def test_a_missing_column_is_refused_by_name(scorer: Scorer, found: Vectors) -> None:
    columns = {name: each for name, each in found.columns.items() if "count_28d" not in name}
    with pytest.raises(SchemaError, match="missing column 'purchases_count_28d'"):
        scorer.score(Vectors(found.customers, found.cutoffs, columns))


def test_no_rows_have_no_scores(scorer: Scorer, found: Vectors) -> None:
    nobody = found.take(np.array([], dtype=np.int64))
    assert len(scorer.score(nobody).probability) == 0
    assert scorer.reasons(nobody) == []


def test_the_version_begins_the_digest(scorer: Scorer) -> None:
    assert scorer.version == scorer.bundle.digest[:12]
    assert len(scorer.version) == 12
