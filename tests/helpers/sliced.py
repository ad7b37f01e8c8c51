"""The shop's rows, and the roles that a split by time gives them."""

from typing import Any

from tests.helpers import shop
from training.folds import slices_by_time
from training.snapshots import Snapshot, snapshot

NAMES = ("train", "stop", "develop", "calibrate", "final", "test")


def made() -> tuple[Snapshot, dict[str, Any]]:
    data, config = shop.data(), shop.config()
    source = data.checked["visits"]
    assert source.first is not None
    assert source.complete_until is not None
    slices = slices_by_time(shop.CHURN, source.first, source.complete_until, config.rhythm)
    found = snapshot(shop.project(), shop.CHURN, data.partitions, slices.all, source.complete_until)
    return found, {name: slices.rows(name, found.vectors.cutoffs) for name in NAMES}
