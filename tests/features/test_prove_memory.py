"""Features that remember are found by whoever never saw what they remember."""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
import pyarrow.parquet as pq
import pytest

from features import Catalogue, count, total
from features.arrays import Values
from features.errors import StateError
from features.prove import Anew, prove
from features.prove.changes import Kind
from features.prove.compare import Columns, differs
from features.prove.forward import read_walk, walk, write_walk
from features.prove.memory import recollections, steps_of, walking
from features.prove.proof import ELSEWHERE, REMEMBERED, TOGETHER, WITHOUT_MEMORY
from features.prove.sample import Sample, sample
from features.prove.trials import Trial, as_it_is
from features.recipes import band
from features.stream import Stream
from tests.helpers.leaks import LEAKS, tally
from tests.helpers.raw import NOW
from tests.helpers.trading import ORDERS, SALES, TABLES, world

MEMORY: dict[object, float] = {}


def fitted_once(stream: Stream, column: str) -> Values:
    """The mean of all rows that there were when it was asked first."""
    values = stream.number(column).values
    if "mean" not in MEMORY and len(values):
        MEMORY["mean"] = float(values.mean())
    return np.full(len(stream.spine), MEMORY.get("mean", np.nan))


def kept_honestly(stream: Stream, column: str) -> Values:
    """Counts of what is past, kept by customer and cutoff."""
    asked = zip(stream.spine.customer, stream.spine.cutoff, stream.visible, strict=True)
    made = [MEMORY.setdefault((int(c), int(t)), float(v)) for c, t, v in asked]
    return np.array(made) - stream.lows.astype(np.float64)


def other_rows(stream: Stream, column: str) -> Values:
    return np.full(len(stream.spine), float(len(stream.spine)))


def of_this_process(stream: Stream, column: str) -> Values:
    return np.full(len(stream.spine), MEMORY["process"])


FITTED = tally("fitted_once", "sales", fitted_once, "paid", "measure")
HONEST = tally("kept_honestly", "orders", kept_honestly)
ALONE = tally("other_rows", "sales", other_rows)
STRANGE = tally("of_this_process", "sales", of_this_process)
LEAK = LEAKS[0].feature
OURS = [count(SALES, 30), total(ORDERS, "sum", 30)]


def drawn(cutoffs: int = 3) -> Sample:
    return sample(TABLES, world(1), cutoffs=cutoffs, customers=6, seed=1, now=NOW)


def elsewhere(folder: Path, steps: list[Sample], catalogue: Catalogue) -> list[Columns]:
    """Walk as another process would: what was kept here is not there."""
    here = dict(MEMORY)
    MEMORY.clear()
    MEMORY["process"] = here.get("process", 0.0) + 1
    folder.mkdir()
    try:
        write_walk(folder, steps, {})
        walk(folder, TABLES, catalogue)
        return read_walk(folder, len(steps))
    finally:
        MEMORY.clear()
        MEMORY.update(here)


def test_a_walk_finds_the_bits_of_vectors_made_at_once(tmp_path: Path) -> None:
    at, catalogue = drawn(), Catalogue(OURS)
    base = as_it_is(at, catalogue)
    walked = elsewhere(tmp_path / "walk", steps_of(at), catalogue)
    for place, columns in enumerate(walked):
        for name, values in columns.items():
            assert not differs(values, base[name][place::3]).any()


def test_a_walk_is_given_nothing_that_came_later(tmp_path: Path) -> None:
    at = drawn()
    elsewhere(tmp_path / "walk", steps_of(at), Catalogue(OURS))
    sales = [pq.read_table(tmp_path / "walk" / f"rows-{step}-0.parquet") for step in range(3)]
    latest = [max(each["at"].to_pylist()) for each in sales]
    assert all(time < cutoff for time, cutoff in zip(latest, at.cutoffs.tolist(), strict=True))
    assert latest[0] < latest[1] < latest[2]


def test_what_features_learn_from_is_learnt_by_the_walk_too(tmp_path: Path) -> None:
    at, waits = drawn(2), band(OURS[0], (0.5,))
    values = np.arange(12.0)
    write_walk(tmp_path, steps_of(at), {OURS[0].name: values})
    walk(tmp_path, TABLES, Catalogue([waits]))
    fitted, _ = Catalogue([waits]).fit({OURS[0].name: values})
    base = as_it_is(at, fitted)
    for place, columns in enumerate(read_walk(tmp_path, 2)):
        assert list(columns) == [waits.name, OURS[0].name]
        assert not differs(columns[waits.name], base[waits.name][place::2]).any()


def test_those_who_remember_are_accused_and_nobody_else(tmp_path: Path) -> None:
    MEMORY.clear()
    MEMORY["process"] = 0.0
    at = drawn()
    catalogue = Catalogue([*OURS, FITTED, HONEST, ALONE, STRANGE, LEAK])
    base = as_it_is(at, catalogue)
    everywhere = np.ones(len(base[LEAK.name]), dtype=np.bool_)
    noted = {Trial(2): {}, Trial(0, Kind.DELETE): {LEAK.name: everywhere}}
    walked = elsewhere(tmp_path / "walk", steps_of(at), catalogue)
    found = recollections(
        *(at, catalogue, base, walked, noted),
        lambda whole: elsewhere(tmp_path / "control", [whole], catalogue)[0],
        "1GiB",
    )
    assert [(each.feature, each.table, each.kinds) for each in found] == [
        ("fitted_once", "sales", (REMEMBERED,)),
        ("other_rows", "", (TOGETHER,)),
        ("of_this_process", "", (ELSEWHERE,)),
    ]
    assert [each.place for each in found] == [
        "sales: it remembers what it read before",
        "nobody: computed for one cutoff alone, it differs",
        "nobody: computed in another process, it differs",
    ]
    said = str(found[0])
    assert said.startswith("'fitted_once' sees the future of sales: it remembers what it read bef")
    assert "in a fresh process that was given only what was known by then" in said
    assert found[0].before == repr(MEMORY["mean"]) != found[0].after
    assert found[0].cases >= 6


def test_who_differs_without_a_change_is_told_of_by_others(tmp_path: Path) -> None:
    MEMORY.clear()
    at, catalogue = drawn(1), Catalogue([FITTED])
    base = as_it_is(at, catalogue)
    noted = {Trial(0): {FITTED.name: np.ones(6, dtype=np.bool_)}}
    walked = [{FITTED.name: np.zeros(6)}]
    assert recollections(at, catalogue, base, walked, noted, lambda whole: {}, "1GiB") == []


def test_features_that_are_not_there_again_are_an_error() -> None:
    at, catalogue = drawn(1), Catalogue(OURS)
    base = as_it_is(at, catalogue)
    walked = [{OURS[0].name: base[OURS[0].name]}]
    with pytest.raises(StateError, match="loaded again: orders_sum_total_30d came only once"):
        recollections(at, catalogue, base, walked, {}, lambda whole: {}, "1GiB")


def test_a_process_that_fails_says_why() -> None:
    anew = Anew((sys.executable, "-c", "import sys; sys.exit('no such thing here')"))
    steps = steps_of(drawn(1))
    said = r"ended with exit code 1: no such thing here; mend what it says, then prove again"
    with walking(anew, steps, {}, "1GiB") as walked, pytest.raises(StateError, match=said):
        walked()


def test_without_a_fresh_process_a_proof_says_what_it_cannot_see() -> None:
    found = prove("world", TABLES, Catalogue(OURS), world(1), cutoffs=1, customers=2, now=NOW)
    assert found.processes == 0
    assert WITHOUT_MEMORY in found.limits
    assert REMEMBERED not in found.kinds
