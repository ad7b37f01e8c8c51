"""A training that is interrupted leaves the record consistent, and goes on."""

import resource
from pathlib import Path

import pytest

from features.errors import StateError
from tests.helpers import shop
from training.registry import Registry
from training.train import train


def test_a_full_disk_in_mid_search_leaves_nothing_running_and_the_study_goes_on(
    tmp_path: Path,
) -> None:
    registry, said = Registry(tmp_path / "mlruns"), list[str]()
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)

    def filling(text: str) -> None:
        said.append(text)
        if text.startswith("searching: 1 of 2 trials"):
            (journal,) = (tmp_path / "mlruns" / "studies").glob("shop-churn-*.journal")
            resource.setrlimit(resource.RLIMIT_FSIZE, (journal.stat().st_size + 10, hard))

    wanted = (shop.project(), shop.CHURN, shop.data(), shop.config(), registry, tmp_path)
    try:
        with pytest.raises(
            StateError, match=r"mlruns cannot be written: the file is larger .* goes"
        ):
            train(*wanted, filling)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))

    trained = train(*wanted, said.append)
    assert any(text.startswith("searching: goes on after 1 of 2 trials") for text in said)
    runs = registry.client().search_runs([registry.experiment("shop")])
    states = {each.info.run_id: each.info.status for each in runs}
    inside = [each for each in runs if each.data.tags.get("mlflow.parentRunId")]
    assert states.pop(trained.recorded.run) == "FINISHED"
    assert [states.pop(each.info.run_id) for each in inside] == ["FINISHED"] * 2
    assert {each.data.tags["mlflow.parentRunId"] for each in inside} == {trained.recorded.run}
    # The training that found no room could not even write that it failed.
    assert set(states.values()) <= {"FAILED", "KILLED"}
    assert len(states) == 1
