"""What is fitted on earlier rows never hears of later ones."""

import json
from dataclasses import replace
from typing import Any

import lightgbm
import numpy as np
import pytest

from features.errors import CohortError
from features.kernel import Vectors
from features.notice import Notice
from tests.helpers import shop
from tests.helpers.sliced import made
from training.calibration.calibrate import calibrate
from training.calibration.level import levelled
from training.calibration.seen import Seen
from training.fit import Columns, Rows, margins, refit
from training.learn import Learned, learn
from training.mean import mean_of
from training.search.settings import Search
from training.snapshots import Snapshot


@pytest.fixture(scope="module")
def rows() -> Snapshot:
    return made()[0]


@pytest.fixture(scope="module")
def roles() -> dict[str, Any]:
    return made()[1]


@pytest.fixture(scope="module")
def learned(rows: Snapshot, roles: dict[str, Any]) -> Learned:
    return learnt(rows, roles)


def learnt(rows: Snapshot, roles: dict[str, Any]) -> Learned:
    return learn(rows, roles, shop.CHURN.recency.name, shop.config(), lambda text: None)


def disturbed(rows: Snapshot, mask: Any, what: str) -> Snapshot:
    """Other features, other texts, or other labels, in the rows of a mask."""
    random = np.random.default_rng(0)
    if what == "labels":
        label = rows.label.copy()
        label[mask] = random.permutation(~label[mask])
        return Snapshot(rows.vectors, label)
    columns = dict(rows.vectors.columns)
    for name, values in columns.items():
        changed = values.copy()
        if values.dtype == object:
            changed[mask] = "ATLANTIS" if what == "texts" else None
        elif what == "features":
            changed[mask] = 1e6 * random.normal(size=int(mask.sum()))
        columns[name] = changed
    return Snapshot(Vectors(rows.vectors.customers, rows.vectors.cutoffs, columns), rows.label)


def model(found: Learned) -> tuple[str, Any]:
    return found.booster.model_to_string(), found.schema.to_json()


def calibrator(found: Learned) -> str:
    return json.dumps(found.calibrator.to_json())


WHATS = ("features", "texts", "labels")


@pytest.mark.parametrize("what", WHATS)
def test_the_test_slice_changes_nothing_that_is_fitted(
    rows: Snapshot, roles: dict[str, Any], learned: Learned, what: str
) -> None:
    found = learnt(disturbed(rows, roles["test"], what), roles)
    assert model(found) == model(learned)
    assert calibrator(found) == calibrator(learned)
    assert found.trials == learned.trials
    assert (what == "labels") == np.array_equal(found.scores, learned.scores)
    if what == "labels":
        for name, scores in learned.baselines.items():
            assert np.array_equal(found.baselines[name], scores)


@pytest.mark.parametrize("what", WHATS)
def test_the_calibrate_slice_chooses_nothing(
    rows: Snapshot, roles: dict[str, Any], learned: Learned, what: str
) -> None:
    found = learnt(disturbed(rows, roles["calibrate"], what), roles)
    assert found.trials == learned.trials
    assert found.chosen == learned.chosen
    assert found.schema == learned.schema
    if what != "texts":
        assert calibrator(found) != calibrator(learned)


def test_the_calibrator_hears_of_a_model_that_had_not_met_its_rows(
    rows: Snapshot, roles: dict[str, Any], learned: Learned
) -> None:
    schema = learned.schema
    columns, matrix = Columns(schema.names, schema.categorical), schema.matrix(rows.vectors)

    def by_hand(name: str) -> lightgbm.Booster:
        known = Rows(matrix[roles[name]], rows.label[roles[name]])
        return mean_of(
            [
                refit(known, columns, each.params, shop.config(), each.rounds)
                for each in learned.members
            ]
        )

    assert by_hand("final").model_to_string() == learned.booster.model_to_string()
    asked = roles["calibrate"]
    told = margins(by_hand("develop"), matrix[asked])
    seen = Seen.of(told, rows.label[asked], rows.vectors.customers[asked])
    seen = replace(seen, cutoffs=rows.vectors.cutoffs[asked])
    assert np.array_equal(learned.seen.margins, levelled(seen).margins)
    expected = calibrate(learned.seen, shop.config().calibration, shop.config().seed)
    assert calibrator(learned) == json.dumps(expected.calibrator.to_json())
    assert np.array_equal(learned.before, expected.calibrator.apply(told))


def test_the_stop_slice_teaches_no_level_and_no_bin_of_the_search(
    rows: Snapshot, roles: dict[str, Any], learned: Learned
) -> None:
    found = learnt(disturbed(rows, roles["stop"], "texts"), roles)
    assert found.schema == learned.schema
    other = learnt(disturbed(rows, roles["stop"], "labels"), roles)
    assert other.trials != learned.trials


def test_the_train_slice_does_change_the_model(
    rows: Snapshot, roles: dict[str, Any], learned: Learned
) -> None:
    assert model(learnt(disturbed(rows, roles["train"], "labels"), roles)) != model(learned)
    assert learnt(disturbed(rows, roles["train"], "texts"), roles).schema != learned.schema


def test_the_same_rows_are_learnt_alike(
    rows: Snapshot, roles: dict[str, Any], learned: Learned
) -> None:
    again = learnt(rows, roles)
    assert model(again) == model(learned)
    assert np.array_equal(again.scores, learned.scores)


def test_scores_stand_in_the_order_of_the_test_rows(
    rows: Snapshot, roles: dict[str, Any], learned: Learned
) -> None:
    assert np.array_equal(learned.test, np.flatnonzero(roles["test"]))
    raw = margins(learned.booster, learned.schema.matrix(rows.vectors))
    assert np.array_equal(learned.calibrator.apply(raw[roles["test"]]), learned.scores)
    assert set(learned.baselines) == {"alone", "logistic"}


@pytest.mark.parametrize("name", ["train", "stop", "calibrate"])
def test_one_outcome_is_refused_before_the_search(
    rows: Snapshot, roles: dict[str, Any], name: str
) -> None:
    alike = Snapshot(rows.vectors, np.where(roles[name], False, rows.label))
    said: list[str] = []
    with pytest.raises(CohortError, match=f"slice '{name}' has 0 positives among"):
        learn(alike, roles, shop.CHURN.recency.name, shop.config(), said.append)
    assert said == []


def test_the_base_rate_of_scores_is_their_mean_on_the_newest_rows(
    rows: Snapshot, roles: dict[str, Any], learned: Learned
) -> None:
    newest = rows.vectors.take(roles["calibrate"])
    told = margins(learned.booster, learned.schema.matrix(newest))
    wanted = float(learned.calibrator.apply(told).mean())
    assert learned.calibrated.rate == pytest.approx(wanted, rel=1e-12)
    assert abs(wanted - 0.5) > 0.05


def test_a_budget_for_one_trial_is_told(rows: Snapshot, roles: dict[str, Any]) -> None:
    told: list[str] = []
    config = shop.config(search=Search(budget="1s", most=1))
    learn(rows, roles, shop.CHURN.recency.name, config, told.append)
    (notice,) = [each for each in told if isinstance(each, Notice)]
    assert notice.startswith("the budget of 1s had room for one trial, which took ")
