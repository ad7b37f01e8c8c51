"""The proof of projects whose ids were merged: links that come later change no bit."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pytest

from features import Catalogue, Erasures, count
from features.arrays import Ints
from features.prove import Proof, keep, proof_of, prove
from features.prove.changes import Kind, applies, changed
from features.prove.record import NAMELESS
from features.prove.sample import sample
from features.prove.scene import Scene
from features.segments import Events
from tests.helpers.leaks import LEAKS
from tests.helpers.merged import EVERY, MERGES, SALES, drawn_links, everything, sources_of
from tests.helpers.raw import NOW, VISITS
from tests.helpers.trading import TABLES as LEAKY_TABLES
from tests.helpers.trading import world

FEW = Catalogue([count(VISITS, 9), count(VISITS), count(SALES), count("orders", 9)])
COLUMNS = ("at", "old", "new", "void")
ERASED = Erasures("erased", customer="id", known_at="at", timezone="UTC")


def proof(catalogue: Catalogue = FEW, seed: int = 1, cutoffs: int = 3) -> Proof:
    sources = sources_of(everything(seed), drawn_links(seed))
    tables = (*EVERY, MERGES)
    return prove("m", tables, catalogue, sources, cutoffs=cutoffs, customers=6, seed=seed, now=NOW)


def test_vectors_see_no_link_of_the_future() -> None:
    found = proof()
    assert found.proven
    assert "merges" in found.tables
    # Whoever is drawn comes with all other names.
    assert found.customers > 6


def test_a_link_that_is_seen_too_early_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    def at_once(self: Events) -> Ints:
        return self.known_at

    monkeypatch.setattr(Events, "seen_from", property(at_once))
    found = proof(cutoffs=2)
    assert not found.proven
    assert "rows of merges" in {each.place for each in found.culprits}


@pytest.mark.parametrize("kind", [kind for kind in Kind if applies(MERGES, kind)])
def test_links_of_the_past_stay_and_those_of_the_future_change(kind: Kind) -> None:
    sources = sources_of(everything(1), drawn_links(1))
    drawn = sample((*EVERY, MERGES), sources, cutoffs=4, customers=9, seed=1, now=NOW)
    rows = drawn.rows["merges"]
    differing = 0
    for cutoff in drawn.cutoffs.tolist():
        scene = Scene(drawn, MERGES, cutoff, np.random.default_rng(3))
        made = changed(scene, rows, kind)
        before, after = (
            sorted(zip(*(each[name].tolist() for name in COLUMNS), strict=True))
            for each in (rows, made)
        )
        assert [e for e in before if e[0] < cutoff] == [e for e in after if e[0] < cutoff]
        differing += before != after
        assert not any(old == new for _, old, new, void in after if not void)
    assert differing


def test_what_has_no_link_has_nothing_to_change() -> None:
    assert [kind.name for kind in Kind if not applies(MERGES, kind)] == ["ADD_LATE", "MOVE"]


def test_nobody_who_was_erased_is_drawn() -> None:
    sources: dict[str, Any] = sources_of(everything(1), drawn_links(1))
    drawn = sample((*EVERY, MERGES), sources, cutoffs=2, customers=99, seed=1, now=NOW)
    ids = [int(name) for name in drawn.customers if int(name) <= 12][:3]
    gone = pa.table({"id": ids, "at": ["2020-01-01"] * len(ids)})
    tables = (*EVERY, ERASED)
    plain = {name: each for name, each in sources.items() if name != "merges"}
    left = sample(tables, {**plain, "erased": gone}, cutoffs=2, customers=99, seed=1, now=NOW)
    assert set(drawn.customers) - set(left.customers) >= set(map(str, ids))
    assert "erased" not in left.rows


def test_a_proof_that_is_kept_names_no_customer(tmp_path: Path) -> None:
    leaky = Catalogue([LEAKS[1].feature])
    found = prove("w", LEAKY_TABLES, leaky, world(5), cutoffs=2, customers=8, seed=5, now=NOW)
    assert found.culprits[0].customer != NAMELESS
    keep(tmp_path, found)
    kept = proof_of(tmp_path, leaky, LEAKY_TABLES)
    assert kept is not None
    assert [each.customer for each in kept.culprits] == [NAMELESS] * len(found.culprits)
