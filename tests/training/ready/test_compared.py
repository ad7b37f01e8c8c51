"""Two versions of a ready-made table on rows that neither learnt from."""

from dataclasses import replace

import numpy as np
import pytest

from features import LabelledTable
from features.errors import StateError
from features.instants import instant
from tests.helpers.readymade import calls, project
from tests.helpers.shop import config
from tests.training.ready.test_train_ready import ROWS, quiet
from training.bundle import Bundle
from training.data import open_data
from training.production.again import score_both


def test_two_versions_are_compared_on_rows_that_neither_learnt_from(bundle: Bundle) -> None:
    asked = project()
    newer = open_data(asked, {"calls": calls(2_000)}, quiet)
    key = (config(), bundle, bundle, b"key")
    kept = score_both(asked, newer, *key)
    # Days 0 to 319 were learnt from; the newest 180 days are left.
    assert len(kept) == 180 * 4
    assert kept.rows is not None
    assert len(np.unique(kept.rows)) == len(kept)
    assert kept.cutoffs.min() == instant("2020-11-16")
    assert np.array_equal(kept.scores, kept.rival)
    # Whoever of the two learnt until later says which rows are left.
    month = {**bundle.trained["cutoffs"], "final": ["2020-01-01T00:00:00Z", "2021-01-15T00:00:00Z"]}
    later = replace(bundle, trained={**bundle.trained, "cutoffs": month})
    for pair in ((bundle, later), (later, bundle)):
        kept = score_both(asked, newer, config(), *pair, b"key")
        assert kept.cutoffs.min() == instant("2021-01-16")
    older = open_data(asked, {"calls": ROWS.slice(0, 1_280)}, quiet)
    words = r"one learnt from rows until 2020-11-15T00:00:00Z, and the table ends on 2020-11-15"
    with pytest.raises(StateError, match=words + ".*; append newer rows whose outcome is known"):
        score_both(asked, older, *key)
    untimed = project(
        LabelledTable("calls", "y", "yes", as_of="2021-01-01", leave_out=["day", "client"])
    )
    with pytest.raises(StateError, match="their rows tell no times, so nobody knows which of them"):
        score_both(asked, open_data(untimed, {"calls": ROWS}, quiet), *key)
