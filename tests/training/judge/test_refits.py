"""Fits that run side by side are those of fits alone."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from tests.helpers import shop
from training.config import Params
from training.fit import Columns, Rows, margins
from training.judge import refits
from training.mean import fit_members


@pytest.mark.parametrize("room", [1, 3])
def test_scores_of_fits_side_by_side_have_the_bits_of_fits_alone(
    room: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(refits, "processors", lambda: room)
    random = np.random.default_rng(2)
    known = random.normal(size=(4_000, 3))
    known[:, 2] = random.integers(0, 5, 4_000)
    label = known[:, 0] + known[:, 2] > random.normal(size=4_000) + 2
    members = tuple(
        SimpleNamespace(params=Params(num_leaves=leaves), rounds=20) for leaves in (4, 15)
    )
    learned: Any = SimpleNamespace(
        schema=SimpleNamespace(names=("a", "b", "c"), categorical=[2]), members=members
    )
    config, whose = shop.config(), np.arange(4_000)
    given = refits.Material(
        Rows(known, label), Rows(known, label), whose, whose, (4_000, 4_000), learned, config
    )
    asked = [(random.random(4_000) < share, known[:50]) for share in (0.3, 0.5, 0.7, 0.9)]
    found = given.scores(asked)
    for (learnt, matrix), scores in zip(asked, found, strict=True):
        rows, columns = Rows(known[learnt], label[learnt]), Columns(("a", "b", "c"), [2])
        alone: Any = members
        expected = margins(fit_members(rows, columns, alone, config), matrix)
        assert scores.tobytes() == expected.tobytes()
    assert len({scores.tobytes() for scores in found}) == 4
