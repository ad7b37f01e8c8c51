"""What answers and score tables say of the calibration of their rows."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pyarrow.parquet as pq
import pytest

from features.errors import BundleError, DefinitionError, StateError
from features.instants import instant
from features.segments import Partition
from serving.batch import members, score_all
from serving.scorer import Scorer
from serving.scoretable import SCORES
from tests.serving import tiny
from training.bundle import Bundle, read_bundle, write_bundle
from training.calibration.calibrator import Calibrator
from training.calibration.contract import Clause, Contract
from training.calibration.later import outcomes_since
from training.calibration.line import Line
from training.calibration.prior import corrected
from training.calibration.segmented import Segmented
from training.data import open_data
from training.project import Project

ALL = Clause(None, "calibrated", 900, 90, 0.1, 0.1)
CONTRACT = Contract(ALL, "2024-01-01T00:00:00Z", 0.3)


@pytest.fixture
def city(bundles: dict[str, Bundle]) -> str:
    (name,) = (each for each in bundles["churn"].schema.names if "city" in each)
    return name


def by_city(bundle: Bundle, by: str, level: str) -> Bundle:
    own = Segmented(by, {level: Calibrator("shift", Line(1.0, 2.0))})
    clauses = (Clause(level, "drifting", 300, 60, 0.1, 0.2),)
    return replace(bundle, segments=own, contract=replace(CONTRACT, by=by, segments=clauses))


def test_a_row_is_scored_by_its_segment_and_says_so(
    bundles: dict[str, Bundle], shop: Partition, city: str
) -> None:
    found = members(bundles["churn"], shop, tiny.CUTOFF)
    levels = found.columns[city]
    level = next(each for each in levels if each is not None)
    made = Scorer(by_city(bundles["churn"], city, level)).score(found)
    plain = Scorer(bundles["churn"]).score(found)
    inside = levels == level
    assert 0 < inside.sum() < len(inside)
    assert (made.probability[~inside] == plain.probability[~inside]).all()
    assert (made.probability[inside] > plain.probability[inside]).all()
    assert set(made.state[inside]) == {"drifting"}
    assert set(made.state[~inside]) == {"uncertified"}
    assert (made.segment == levels).all()
    assert set(plain.state) == {"uncertified"}
    for row in range(5):
        alone = Scorer(by_city(bundles["churn"], city, level)).score(found.take(np.array([row])))
        assert alone.probability[0] == made.probability[row]


def test_a_bundle_carries_segments_and_contract(
    bundles: dict[str, Bundle], shop: Partition, city: str, tmp_path: Path
) -> None:
    found = members(bundles["churn"], shop, tiny.CUTOFF)
    given = by_city(bundles["churn"], city, str(found.columns[city][0]))
    write_bundle(given, found.take(np.arange(8)), tmp_path / "a")
    again = read_bundle(tmp_path / "a")
    assert (again.segments, again.contract) == (given.segments, given.contract)
    other = replace(given, contract=CONTRACT)
    write_bundle(other, found.take(np.arange(8)), tmp_path / "b")
    with pytest.raises(BundleError, match=f"contract is by '', the segments by '{city}'"):
        read_bundle(tmp_path / "b")


def test_scores_are_corrected_to_a_base_rate_and_are_uncertified(
    bundles: dict[str, Bundle], shop: Partition, tmp_path: Path
) -> None:
    known = replace(bundles["churn"], contract=CONTRACT)
    tables = []
    for name, rate in (("plain", None), ("new", 0.6)):
        manifest = score_all(
            [known], [shop], tiny.CUTOFF, tmp_path / name, created=tiny.PRESENT, base_rate=rate
        )
        assert manifest.parameters.get("base_rate") == rate
        tables.append(pq.read_table(tmp_path / name / SCORES).to_pydict())
    plain, new = tables
    assert new["score"] == corrected(np.array(plain["score"]), 0.3, 0.6).tolist()
    assert (set(plain["calibration"]), set(new["calibration"])) == ({"calibrated"}, {"uncertified"})


def test_a_base_rate_that_cannot_be_used_is_refused(
    bundles: dict[str, Bundle], shop: Partition, tmp_path: Path
) -> None:
    both = [bundles["churn"], bundles["coffee"]]
    with pytest.raises(DefinitionError, match="it is of one task, and 2 are scored; name one"):
        score_all(both, [shop], tiny.CUTOFF, tmp_path / "s", base_rate=0.5)
    with pytest.raises(DefinitionError, match="does not say for which rate it was calibrated"):
        Scorer(bundles["churn"], 0.5)
    with pytest.raises(DefinitionError, match=r"above 0 and below 1, got 1\.5"):
        Scorer(replace(bundles["churn"], contract=CONTRACT), 1.5)


def test_outcomes_since_the_test_slice_are_read(bundles: dict[str, Bundle]) -> None:
    project = Project(
        "retail",
        tables=tiny.SHOP_TABLES,
        catalogue=bundles["churn"].catalogue,
        tasks=tiny.SHOP_TASKS,
    )
    data = open_data(project, tiny.shop_frames(), lambda text: None)
    trained = {**bundles["churn"].trained, "cutoffs": {"test": ["2024-06-01T00:00:00Z"]}}
    known = replace(bundles["churn"], contract=CONTRACT, trained=trained)
    seen = outcomes_since(project, known, data, every=7)
    assert len(seen.y) > 100
    assert seen.until > instant("2024-06-01")
    assert ((seen.probability > 0) & (seen.probability < 1)).all()
    late = {**trained, "cutoffs": {"test": ["2030-01-01T00:00:00Z"]}}
    with pytest.raises(StateError, match=r"no outcome of 'churn' was settled.*2030-01-30"):
        outcomes_since(project, replace(known, trained=late), data, every=7)
    with pytest.raises(StateError, match="has no calibration contract"):
        outcomes_since(project, bundles["churn"], data, every=7)
