"""What a judgement is asked for, without a training."""

from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from features.kernel import Vectors
from tests.helpers import shop
from training.calibration.settings import Calibration
from training.judge import judge as judging
from training.judge.settings import Judging
from training.snapshots import Snapshot


@pytest.mark.parametrize(("by", "levels"), [("city", ["Rome", "Oslo"]), ("", [None, None])])
def test_segments_and_slices_are_those_of_the_test_rows(
    by: str, levels: list[str | None], monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: dict[str, Any] = {}
    monkeypatch.setattr(judging, "evaluate", lambda *_, **options: asked.update(options))
    monkeypatch.setattr(judging, "importance", lambda _: {"city": 1.0})
    city = np.array(["Bonn", "Rome", "Oslo"], dtype=object)
    vectors = Vectors(np.arange(3), np.zeros(3, dtype=np.int64), {"city": city})
    rows = Snapshot(vectors, np.array([True, False, True]))
    prepared: Any = SimpleNamespace(
        rows=rows,
        golden=rows,
        groups={"city": city, "sex": np.array(["f", "m", "m"], object)},
        selected=SimpleNamespace(catalogue=()),
        baseline="age",
    )
    learned: Any = SimpleNamespace(
        test=np.array([1, 2]),
        booster=None,
        scores=np.array([0.1, 0.9]),
        uncalibrated=np.array([0.2, 0.8]),
        baselines={},
    )
    config = shop.config(
        calibration=Calibration(by=by), judging=Judging(protected=("sex",), diagnostics=False)
    )
    judging.judge(shop.CHURN, prepared, [learned], config)
    assert asked["levels"].tolist() == levels
    assert asked["by"]["city"].tolist() == ["Rome", "Oslo"]
    assert list(asked["by"]) == ["city"]
    assert asked["protected"]["sex"].tolist() == ["m", "m"]
