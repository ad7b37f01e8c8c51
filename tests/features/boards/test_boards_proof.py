"""Boards are proven like everything else: nothing from a cutoff on reaches a feature."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Final

import numpy as np
import pytest

from features import Catalogue, DefinitionError
from features.append import build
from features.arrays import Bools, Ints, Values
from features.instants import DAY, instant
from features.prove import Proof, prove
from features.prove.sample import sample
from tests.helpers.network import drawn
from tests.helpers.published import CASES, CATALOGUE, TABLES

NAMES: Final = ("items", "total", "everyone", "mates", "answers")
FEW: Final = Catalogue(CASES[name][0] for name in NAMES)


def proof_of(catalogue: Catalogue, cutoffs: int) -> Proof:
    sources = drawn(20).sources()
    return prove("calls", TABLES, catalogue, sources, cutoffs=cutoffs, customers=12)


def test_boards_are_proven() -> None:
    proof = proof_of(CATALOGUE, cutoffs=3)
    assert proof.proven
    assert sum(proof.kinds.values()) > 150


def test_boards_published_too_late_are_found(monkeypatch: pytest.MonkeyPatch) -> None:
    def too_late(cutoffs: Ints, every: float) -> Ints:
        return np.asarray(cutoffs + DAY // 2)

    monkeypatch.setattr("features.boards.boards.published_at", too_late)
    blamed = {each.feature for each in proof_of(FEW, cutoffs=1).culprits}
    assert blamed == set(FEW.names)


def test_a_population_that_counts_those_to_come_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    def everyone(counts: Sequence[Values]) -> Bools:
        return np.ones_like(counts[0], dtype=np.bool_)

    monkeypatch.setattr("features.boards.publish._there", everyone)
    blamed = {each.feature for each in proof_of(FEW, cutoffs=1).culprits}
    assert blamed == {CASES["everyone"][0].name}


def test_a_store_refuses_what_any_event_may_change(tmp_path: Path) -> None:
    with pytest.raises(DefinitionError, match="one new event may change it for anybody"):
        build(CATALOGUE, TABLES, drawn(1).sources(), [instant("2024-03-01")], tmp_path)


def test_who_is_named_by_those_drawn_is_drawn_too() -> None:
    net = drawn(21, people=60, calls=90)
    naming = [("calls", "callee")]
    found = sample(TABLES, net.sources(), cutoffs=1, customers=10, seed=3, naming=naming)
    alone = sample(TABLES, net.sources(), cutoffs=1, customers=10, seed=3)
    assert len(found.customers) == len(alone.customers) == 10

    def pairs(those: Sequence[str]) -> int:
        return sum(str(each.caller) in those and each.callee in those for each in net.calls)

    assert pairs(found.customers) >= 5 > pairs(alone.customers)
