"""Kept vectors of features that learn from data: what they learn, from whom, and until when."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pytest

from features import Catalogue, Consents, Erasures, EventTable, band, count, multi_hot
from features.append import append, build
from features.aside import Aside
from features.carriers.duck import load
from features.errors import CohortError, StateError
from features.instants import DAY, instant
from features.kernel import vectors
from features.segments import Spine
from features.store import Store, read_store
from features.taught import taught
from tests.helpers.compared import differing

VISITS = EventTable("visits", "id", "at", measures={"paid": "money(2)"}, categories=["shop"])
BAND = band(count(VISITS, 28), (0.5,))
LEARNING = Catalogue([BAND, multi_hot(VISITS, "shop", k=2, days=60), count(VISITS, 7)])
EARLY, LATE = instant("2020-03-01"), instant("2020-04-01")
DRAW = np.random.default_rng(4)


def rows(customers: range, first: str, days: int, many: int) -> list[dict[str, Any]]:
    start = np.datetime64(first)
    return [
        {
            "id": int(DRAW.choice(customers)),
            "at": f"{start + np.timedelta64(int(DRAW.integers(days)), 'D')}T00:00:00Z",
            "paid": float(DRAW.integers(1, 90)),
            "shop": str(DRAW.choice(["a", "a", "b", "c"])),
        }
        for _ in range(many)
    ]


FIRST = rows(range(60), "2020-01-01", 90, 900)
LATER = rows(range(90), "2020-03-05", 20, 200)


def sources(*deliveries: list[dict[str, Any]], **more: Any) -> dict[str, Any]:
    return {"visits": pa.Table.from_pylist([row for each in deliveries for row in each]), **more}


def unlike(one: Store, other: Store) -> list[str]:
    assert one.cutoffs == other.cutoffs
    return [name for at in one.cutoffs for name in differing(one.vectors(at), other.vectors(at))]


@pytest.mark.parametrize(
    "catalogue", [LEARNING, Catalogue.suggest([VISITS], (7, 28)) + LEARNING], ids=["few", "all"]
)
def test_appends_make_what_one_build_makes(catalogue: Catalogue, tmp_path: Path) -> None:
    made = build(catalogue, [VISITS], sources(FIRST), [EARLY, LATE], tmp_path / "a")
    done = append(catalogue, [VISITS], sources(FIRST), sources(LATER), tmp_path / "a",
                  cutoffs=[LATE + DAY])  # fmt: skip
    cutoffs = [EARLY, LATE, LATE + DAY]
    anew = build(catalogue, [VISITS], sources(FIRST, LATER), cutoffs, tmp_path / "b")
    assert unlike(done.store, anew) == []
    assert unlike(read_store(tmp_path / "a"), anew) == []
    assert made.catalogue == done.store.catalogue == anew.catalogue
    assert not made.catalogue.unfitted()
    assert read_store(tmp_path / "a").taught == made.taught == anew.taught
    assert made.taught is not None
    assert (made.taught.asked, made.taught.at) == (catalogue, EARLY)


def test_news_of_the_time_before_teach_no_more(tmp_path: Path) -> None:
    made = build(LEARNING, [VISITS], sources(FIRST), [EARLY, LATE], tmp_path / "a")
    busy = [{"id": n % 60, "at": "2020-02-20T00:00:00Z", "shop": "z"} for n in range(600)]
    news: list[dict[str, Any]] = [{**each, "paid": 1.0} for each in busy]
    done = append(LEARNING, [VISITS], sources(FIRST), sources(news), tmp_path / "a")
    assert done.store.catalogue == made.catalogue
    same = build(made.catalogue, [VISITS], sources(FIRST, news), [EARLY, LATE], tmp_path / "b")
    assert unlike(done.store, same) == []
    assert same.taught is None
    other = build(LEARNING, [VISITS], sources(FIRST, news), [EARLY, LATE], tmp_path / "c")
    assert other.catalogue != made.catalogue


def by_hand(given: list[dict[str, Any]], leave: set[int]) -> Catalogue:
    """Fit to everyone with a visit before the early cutoff, but for some."""
    day = "2020-03-01"
    part = load([VISITS], sources([each for each in given if each["at"] < day]))
    spine = Spine.everyone(part, [EARLY])
    spine = spine.take(~np.isin(part.customers, sorted(leave)))
    return LEARNING.fit(vectors(LEARNING.teachers(), part, spine).columns)[0]


def test_everyone_teaches_who_is_known_and_has_not_refused() -> None:
    found, _ = taught(LEARNING, [VISITS], sources(FIRST, LATER), EARLY)
    assert found == by_hand(FIRST, set()) == by_hand(FIRST + LATER, set())
    few = set(range(20, 60))
    gone = Erasures("gone", "id", "at", timezone="UTC")
    agreed = Consents("agreed", "id", "at", "for", "given", {"training": "study"}, timezone="UTC")
    asked = pa.table({"id": [*few], "at": ["2021-01-01"] * 40})
    said = pa.table({"id": [*range(20)], "at": ["2020-01-02"] * 20, "for": ["study"] * 20,
                     "given": [True] * 20})  # fmt: skip
    for register, came in ((gone, asked), (agreed, said)):
        given = sources(FIRST, LATER, **{register.name: came})
        learnt, _ = taught(LEARNING, [VISITS, register], given, EARLY)
        assert learnt == by_hand(FIRST, few) != found


def test_what_does_not_learn_is_left_alone() -> None:
    plain = Catalogue([count(VISITS, 7)])
    assert taught(plain, [VISITS], sources(FIRST), EARLY) == (plain, None)


def test_a_feature_that_cannot_learn_is_left_out_and_told(tmp_path: Path) -> None:
    before = instant("2019-01-01")
    made = build(LEARNING, [VISITS], sources(FIRST), [before, LATE], tmp_path / "a")
    assert made.taught is not None
    assert list(made.taught.refused) == [LEARNING.names[1]]
    assert made.catalogue.names == (BAND.name, "visits_count_7d")
    assert read_store(tmp_path / "a").taught == made.taught


def test_no_vector_reads_what_was_learnt_after_its_cutoff(tmp_path: Path) -> None:
    build(LEARNING, [VISITS], sources(FIRST), [EARLY, LATE], tmp_path / "a")
    told = r"learnt from what was known at 2020-03-01T00:00:00Z, so expected .* got 2020-02-29T"
    with pytest.raises(CohortError, match=told):
        append(LEARNING, [VISITS], sources(FIRST), {}, tmp_path / "a", cutoffs=[EARLY - DAY])


def test_other_definitions_are_told(tmp_path: Path) -> None:
    build(LEARNING, [VISITS], sources(FIRST), [EARLY], tmp_path / "a")
    other = Catalogue([band(count(VISITS, 28), (0.4,)), *LEARNING.features[1:]])
    with pytest.raises(StateError, match="made with other definitions of features"):
        append(other, [VISITS], sources(FIRST), sources(LATER), tmp_path / "a")


def test_rows_that_are_set_aside_teach_nothing(tmp_path: Path) -> None:
    bad = [{"id": n, "at": "once", "paid": 1.0, "shop": "z"} for n in range(40)]
    told: list[Aside] = []
    made = build(LEARNING, [VISITS], sources(FIRST, bad), [EARLY], tmp_path / "a",
                 quarantine=told.append)  # fmt: skip
    assert made.catalogue == by_hand(FIRST, set())
    assert [each.rows for each in told] == [40]
