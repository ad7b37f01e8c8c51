"""The engine of Dask is asked for before the search."""

from pathlib import Path

import pytest

from features.errors import StateError
from training.large import gather
from training.large.gather import gathering
from training.large.settings import Large


def test_dask_that_is_not_there_is_missed_at_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(gather, "find_spec", lambda name: None)
    words = "the engine dask needs packages that are not installed .dask and distributed.: pip ins"
    with (
        pytest.raises(StateError, match=words),
        gathering(Large(engine="dask"), tmp_path, lambda text: None),
    ):
        pass
    with gathering(Large(engine="file"), tmp_path, lambda text: None):
        pass
