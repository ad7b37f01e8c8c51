"""The champion on the test rows of a new model, and never on rows that it learnt from."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from features import count
from features.catalogue import Catalogue
from features.errors import SchemaError, StateError
from features.instants import DAY, instant, iso
from features.kernel import Vectors
from tests.helpers import bundles, readymade, shop
from training import Project
from training.bundle import read_bundle, write_bundle
from training.data import open_data
from training.prepare import prepare
from training.production.again import score_both
from training.production.rival import aligned, fair_rows, last_learnt, probabilities, rival


@pytest.fixture(scope="module")
def champion(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return bundles.write(tmp_path_factory.mktemp("champion") / "churn")


@pytest.mark.parametrize("has_all", [True, False])
def test_the_champion_scores_the_same_rows_whatever_the_new_model_reads(
    champion: Path, has_all: bool
) -> None:
    # With other features of its own, the new model's columns do not serve the champion.
    other = Catalogue([count(shop.VISITS, 7)])
    project = Project(
        "shop", shop.project().tables, shop.project().catalogue if has_all else other, [shop.CHURN]
    )
    prepared = prepare(project, shop.CHURN, shop.data(), shop.config(prune=False))
    test = prepared.splits[0]["test"].nonzero()[0]
    found = rival(project, shop.CHURN, shop.data(), prepared, test, champion)
    assert found is not None
    assert found.why_not == ""
    bundle, rows, _ = bundles.learnt()
    assert found.bundle == read_bundle(champion).digest
    # Against the rows that the champion was trained from, found by customer and cutoff.
    keys = zip(rows.vectors.customers.tolist(), rows.vectors.cutoffs.tolist(), strict=True)
    told = dict(zip(keys, probabilities(bundle, rows.vectors).tolist(), strict=True))
    mine = prepared.rows.take(test).vectors
    wanted = zip(mine.customers.tolist(), mine.cutoffs.tolist(), strict=True)
    assert found.scores.tolist() == [told[each] for each in wanted]


def test_a_feature_that_only_has_the_name_of_one_is_made_anew(champion: Path) -> None:
    features = list(shop.project().catalogue)
    same = [
        count(shop.VISITS, 7).named(each.name) if each == count(shop.VISITS, 14) else each
        for each in features
    ]
    project = Project("shop", shop.project().tables, Catalogue(same), [shop.CHURN])
    prepared = prepare(project, shop.CHURN, shop.data(), shop.config(prune=False))
    test = prepared.splits[0]["test"].nonzero()[0]
    found = rival(project, shop.CHURN, shop.data(), prepared, test, champion)
    usual = prepare(shop.project(), shop.CHURN, shop.data(), shop.config(prune=False))
    wanted = rival(shop.project(), shop.CHURN, shop.data(), usual, test, champion)
    assert found is not None
    assert wanted is not None
    assert found.scores.tolist() == wanted.scores.tolist()


def test_rows_that_the_champion_learnt_from_are_not_compared(
    champion: Path, tmp_path: Path
) -> None:
    bundle, _, golden = bundles.learnt()
    last = last_learnt(bundle)
    assert iso(last) == bundle.trained["cutoffs"]["calibrate"][-1]
    settled = last + 16 * DAY  # gap 2, horizon 14
    at = np.array([last, settled - 1, settled, settled + 1])
    assert fair_rows(bundle, at).tolist() == [False, False, True, True]
    assert fair_rows(bundle, at, lateness=1).tolist() == [False, False, False, True]

    prepared = prepare(shop.project(), shop.CHURN, shop.data(), shop.config())
    test = prepared.splits[0]["test"].nonzero()[0]
    newest = bundle.trained["cutoffs"]["test"][-1]
    cutoffs = {**bundle.trained["cutoffs"], "calibrate": [newest]}
    late = tmp_path / "late"
    write_bundle(
        replace(bundle, trained={**bundle.trained, "cutoffs": cutoffs}), golden.vectors, late
    )
    found = rival(shop.project(), shop.CHURN, shop.data(), prepared, test, late)
    assert found is not None
    assert np.isnan(found.scores).all()
    assert found.why_not == (
        f"the champion learnt from outcomes at {newest}, too near to the test rows"
    )
    with pytest.raises(StateError, match=rf"cannot be compared yet: one learnt from .*{newest}; w"):
        score_both(shop.project(), shop.data(), shop.config(), bundle, read_bundle(late), b"key")
    assert instant(newest) > last


def test_another_question_is_not_compared(champion: Path) -> None:
    task = replace(shop.CHURN, horizon=7)
    project = shop.project(task)
    prepared = prepare(project, task, shop.data(), shop.config())
    test = prepared.splits[0]["test"].nonzero()[0]
    found = rival(project, task, shop.data(), prepared, test, champion)
    assert found is not None
    assert found.why_not == "the champion answers another question: not the same horizon"


def test_a_champion_that_is_not_there_or_spoilt_holds_no_training_up(
    tmp_path: Path, champion: Path
) -> None:
    prepared = prepare(shop.project(), shop.CHURN, shop.data(), shop.config())
    test = prepared.splits[0]["test"].nonzero()[0]
    arguments = (shop.project(), shop.CHURN, shop.data(), prepared, test)
    assert rival(*arguments, tmp_path / "nobody") is None
    spoilt = tmp_path / "spoilt"
    spoilt.mkdir()
    found = rival(*arguments, spoilt)
    assert found is not None
    assert found.why_not.startswith("the champion cannot be read: ")
    by_customer = replace(prepared, slices=None)
    found = rival(shop.project(), shop.CHURN, shop.data(), by_customer, test, champion)
    assert found is not None
    assert found.why_not == "customers are split, so the champion met the rows"


def test_rows_without_time_or_features_hold_no_training_up(champion: Path) -> None:
    data = shop.data()
    prepared = prepare(shop.project(), shop.CHURN, data, shop.config())
    test = prepared.splits[0]["test"].nonzero()[0]
    assert prepared.slices is not None
    by_row = replace(prepared, slices=replace(prepared.slices, by_row=True))
    found = rival(shop.project(), shop.CHURN, data, by_row, test, champion)
    assert found is not None
    assert found.why_not.startswith("rows tell their order and no time, so nobody knows which")
    # Rows that came ready-made: what the champion reads cannot be made of anything.
    bare = prepared.golden.vectors
    bare = replace(bare, columns={"visits_count_14d": bare.columns["visits_count_14d"]})
    poor = replace(prepared, golden=replace(prepared.golden, vectors=bare))
    found = rival(shop.project(), shop.CHURN, replace(data, partitions=()), poor, test, champion)
    assert found is not None
    assert found.why_not.startswith("the champion cannot score the rows: it reads visits_count_56d")
    assert found.why_not.endswith(", which they lack")


def test_vectors_are_laid_beside_rows_by_customer_and_cutoff() -> None:
    def vectors(*keys: tuple[str, int]) -> Vectors:
        customers = np.array([who for who, _ in keys], dtype=object)
        cutoffs = np.array([at for _, at in keys])
        told = np.array([ord(who) + at for who, at in keys], dtype=np.float64)
        return Vectors(customers, cutoffs, {"told": told})

    found, rows = vectors(("a", 1), ("b", 1), ("a", 2)), vectors(("b", 1), ("a", 2), ("b", 1))
    assert aligned(found, rows).columns["told"].tolist() == rows.columns["told"].tolist()
    with pytest.raises(SchemaError, match="1 of the 2 rows have no vector"):
        aligned(found, vectors(("a", 1), ("b", 2)))


def test_a_ready_made_table_waits_for_newer_rows(champion: Path) -> None:
    ready = open_data(readymade.project(), {"calls": readymade.calls(400)}, lambda text: None)
    bundle, other = bundles.learnt()[0], read_bundle(champion)
    with pytest.raises(
        StateError, match=r"table ends on 2020-04-09.*append newer rows whose outcome is known"
    ):
        score_both(readymade.project(), ready, shop.config(), bundle, other, b"key")


def test_both_are_scored_on_the_newest_rows(champion: Path) -> None:
    bundle, rows, _ = bundles.learnt()
    rival_bundle = read_bundle(champion)
    kept = score_both(shop.project(), shop.data(), shop.config(), bundle, rival_bundle, b"key")
    at = [instant(each) for each in bundle.trained["cutoffs"]["test"]]
    mask = np.isin(rows.vectors.cutoffs, at)
    assert np.array_equal(kept.scores, probabilities(bundle, rows.take(mask).vectors))
    assert np.array_equal(kept.label, rows.label[mask])
    assert np.array_equal(kept.rival, kept.scores)
    assert kept.champion == rival_bundle.digest
    config = shop.config(split="customer", cutoff="2024-08-01", folds=3)
    with pytest.raises(StateError, match=r"split by customer: every row was learnt from by one"):
        score_both(shop.project(), shop.data(), config, bundle, rival_bundle, b"key")
    other = replace(rival_bundle, task=replace(shop.CHURN, gap=1))
    with pytest.raises(StateError, match="another question: not the same gap"):
        score_both(shop.project(), shop.data(), shop.config(), bundle, other, b"key")
