from __future__ import annotations

import random
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from features.append import Appended, append, build
from features.builders import count, days_below_zero, novel
from features.catalogue import Catalogue
from features.errors import CohortError, ContractError, DefinitionError, StateError
from features.instants import DAY, instant, micros
from features.kernel import Vectors, vectors
from features.rhythms import days_since
from features.segments import Partition, Spine
from features.store import Store, held_alone, read_store
from features.tables import EventTable
from tests.helpers.compared import differing
from tests.helpers.raw import CATALOGUE, CUTOFF, NOW, TABLES, Records, as_sources, drawn_records

CUTOFFS = [CUTOFF - 9 * DAY, CUTOFF - DAY, CUTOFF]
FINITE = Catalogue(
    [count("visits", 2), count("visits", 3, lag=1, where={"shop": "a"}), count("orders", 4, lag=2)]
)
# Events before their windows matter to these as well.
REACHING = Catalogue([novel("visits", "aisle", 2), days_below_zero("orders", "sum", 2, lag=1)])

VISITS = EventTable("visits", customer="id", occurred_at="at", known_at="known", event_id="no")
SEEN = Catalogue([count(VISITS, 2), days_since(VISITS, 5)])
Z = "2020-05-30T00:00:00Z"


def joined_records(deliveries: list[Records]) -> Records:
    return {t.name: [row for each in deliveries for row in each[t.name]] for t in TABLES}


def in_use(records: Records) -> dict[str, Any]:
    return {name: table for name, table in as_sources(records).items() if len(table)}


def deliveries(seed: int, appends: int) -> list[Records]:
    """Split drawn records at random; some customers come only with a later delivery."""
    draw = random.Random(seed)
    records = drawn_records(seed, customers=8, most=8)
    late = {customer: draw.randint(0, appends) for customer in range(1, 9) if draw.random() < 0.3}
    found: list[Records] = [{table.name: [] for table in TABLES} for _ in range(appends + 1)]
    for name, rows in records.items():
        for place, row in enumerate(rows):
            least = late.get(row["id"], 0)
            when = least if name == "clients" or place == 0 else draw.randint(least, appends)
            found[when][name].append(row)
    for name in records:
        # Every table of the first delivery holds something.
        if not found[0][name]:
            later = next(each[name] for each in found if each[name])
            found[0][name].append(later.pop())
    return found


def same(one: Store, other: Store) -> list[str]:
    found = [] if one.cutoffs == other.cutoffs else ["cutoffs"]
    found += [] if one.contents == other.contents else ["contents"]
    for cutoff in one.cutoffs:
        found += differing(one.vectors(cutoff), other.vectors(cutoff))
        found += [] if one.kept[cutoff].sha256 == other.kept[cutoff].sha256 else ["file"]
    return found


@settings(max_examples=4)
@given(st.integers(0, 2**32), st.integers(1, 3), st.sampled_from([CATALOGUE, FINITE, REACHING]))
def test_appends_make_what_one_build_makes(seed: int, appends: int, catalogue: Catalogue) -> None:
    parts = deliveries(seed, appends)
    with TemporaryDirectory() as room:
        folder = Path(room) / "store"
        store = build(catalogue, TABLES, as_sources(parts[0]), CUTOFFS, folder, now=NOW)
        for place in range(1, len(parts)):
            new = in_use(parts[place])
            if new:
                before = as_sources(joined_records(parts[:place]))
                done = append(catalogue, TABLES, before, new, folder, now=NOW)
                store = done.store
                assert done.kept + done.recomputed == sum(k.rows for k in store.kept.values())
        whole = as_sources(joined_records(parts))
        fresh = build(catalogue, TABLES, whole, CUTOFFS, Path(room) / "fresh", now=NOW)
        assert same(store, fresh) == []
        assert same(read_store(folder), fresh) == []
        files = [each for each in folder.rglob("*") if each.is_file()]
        assert len(files) == len(CUTOFFS) + 1


def seen(row: dict[str, Any], name: str, cutoff: int) -> bool:
    """Judge one record and cutoff from the definition of FINITE alone."""
    at = instant(row["at"])
    if name == "orders":
        known = at + micros(1.5)
        windows = [(4, 2)]
    else:
        known = instant(row["known"])
        windows = [(2, 0)] + ([(3, 1)] if row["shop"] == "a" else [])
    inside = (cutoff - micros(lag + days) <= at < cutoff - micros(lag) for days, lag in windows)
    return at < cutoff and known < cutoff and any(inside)


@settings(max_examples=4)
@given(st.integers(0, 2**32))
def test_only_pairs_that_see_a_new_event_are_computed(seed: int) -> None:
    first, second = deliveries(seed, 1)
    known = {row["id"] for rows in first.values() for row in rows}
    new = in_use(second)
    if not new:
        return
    wanted = {
        (row["id"], cutoff)
        for name, rows in second.items()
        for row in rows
        for cutoff in CUTOFFS
        if row["id"] not in known or (name in ("visits", "orders") and seen(row, name, cutoff))
    }
    computed: list[tuple[int, int]] = []

    def counted(catalogue: Catalogue, part: Partition, spine: Spine) -> Vectors:
        made = vectors(catalogue, part, spine)
        computed.extend(zip(made.customers.tolist(), made.cutoffs.tolist(), strict=True))
        return made

    with TemporaryDirectory() as room, pytest.MonkeyPatch.context() as patch:
        build(FINITE, TABLES, as_sources(first), CUTOFFS, room, now=NOW)
        patch.setattr("features.append.vectors", counted)
        done = append(FINITE, TABLES, as_sources(first), new, room, now=NOW)
    assert len(computed) == len(set(computed)) == done.recomputed
    assert set(computed) == wanted


def visits(*rows: tuple[int, int, str, str]) -> pa.Table:
    names = ("no", "id", "at", "known")
    return pa.table({name: [row[place] for row in rows] for place, name in enumerate(names)})


FIRST = visits((1, 7, Z, Z), (2, 8, Z, Z))


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    build(SEEN, [VISITS], {"visits": FIRST}, CUTOFFS, tmp_path / "store", now=NOW)
    return tmp_path / "store"


def add(folder: Path, new: Any, before: Any = FIRST, **more: Any) -> Appended:
    return append(SEEN, [VISITS], {"visits": before}, {"visits": new}, folder, now=NOW, **more)


@pytest.mark.parametrize(
    ("at", "known", "pairs"),
    [
        ("2020-05-30", "2020-05-30", 2),
        ("2020-05-30", "2020-05-31", 1),  # known at the middle cutoff, not before it
        ("2020-05-31", "2020-05-31", 1),
        ("2020-05-30", "2020-06-01", 0),  # known when the last cutoff comes
        ("2020-05-26", "2020-05-26", 1),  # five days before the middle one; six before the last
        ("2020-05-24", "2020-05-24", 0),  # between the first two cutoffs, and in no window
        ("2020-05-01", "2020-05-01", 0),
        ("2020-06-03", "2020-06-03", 0),
    ],
)
def test_a_late_event_touches_the_cutoffs_that_may_see_it(
    folder: Path, at: str, known: str, pairs: int
) -> None:
    new = visits((3, 7, f"{at}T00:00:00Z", f"{known}T00:00:00Z"))
    done = add(folder, new)
    assert (done.recomputed, done.newcomers, done.events) == (pairs, 0, 1)
    assert done.kept == 6 - pairs


def test_a_newcomer_has_a_row_at_every_cutoff(folder: Path) -> None:
    done = add(folder, visits((3, 9, Z, Z)))
    assert (done.recomputed, done.newcomers, done.kept) == (3, 1, 6)
    assert done.store.customers().tolist() == [7, 8, 9]


def test_new_cutoffs_are_made_for_everyone(folder: Path, tmp_path: Path) -> None:
    later = CUTOFF + 2 * DAY
    new = visits((3, 7, "2020-06-02T00:00:00Z", "2020-06-02T00:00:00Z"))
    done = add(folder, new, cutoffs=[later, CUTOFF])
    assert (done.recomputed, done.kept) == (2, 6)
    both = {"visits": pa.concat_tables([FIRST, new])}
    fresh = build(SEEN, [VISITS], both, [*CUTOFFS, later], tmp_path / "fresh", now=NOW)
    assert same(done.store, fresh) == []


def test_cutoffs_may_be_added_without_events(folder: Path) -> None:
    done = append(SEEN, [VISITS], {"visits": FIRST}, {}, folder, cutoffs=[CUTOFF + DAY], now=NOW)
    assert (done.recomputed, done.kept, done.events) == (2, 6, 0)


def test_the_kind_of_source_does_not_matter(folder: Path, tmp_path: Path) -> None:
    path = tmp_path / "before.csv"
    FIRST.to_pandas().to_csv(path, index=False)
    new = visits((3, 7, Z, Z)).to_pandas()
    assert add(folder, new, before=path).recomputed == 2


@pytest.mark.parametrize(
    ("before", "words"),
    [
        (visits((1, 7, Z, Z)), "made from 2 rows, and there are 1 now; give the rows it was"),
        (visits((1, 7, Z, Z), (2, 9, Z, Z)), "made from 2 rows, some of which differ now"),
    ],
)
def test_rows_that_the_store_was_not_made_from_are_told(
    folder: Path, before: pa.Table, words: str
) -> None:
    manifest = (folder / "store.json").read_bytes()
    with pytest.raises(StateError, match=words):
        add(folder, visits((3, 7, Z, Z)), before=before)
    assert (folder / "store.json").read_bytes() == manifest


def test_an_append_that_is_repeated_is_told(folder: Path) -> None:
    new = visits((3, 7, Z, Z))
    add(folder, new)
    with pytest.raises(StateError, match="made from 3 rows, and there are 2 now"):
        add(folder, new)


def test_an_event_that_came_before_is_told(folder: Path) -> None:
    with pytest.raises(ContractError, match=r"each value once, .* in 1 row \(row 2: 2\)"):
        add(folder, visits((3, 7, Z, Z), (2, 8, Z, Z)))


def test_new_rows_are_held_against_the_contract(folder: Path) -> None:
    with pytest.raises(ContractError, match="events known before they happened"):
        add(folder, visits((3, 7, Z, "2020-01-01T00:00:00Z")))


def test_other_definitions_are_told(folder: Path) -> None:
    new = {"visits": visits((3, 7, Z, Z))}
    with pytest.raises(StateError, match="other definitions of features; make the store anew"):
        append(FINITE, [VISITS], {"visits": FIRST}, new, folder, now=NOW)
    other = EventTable("visits", customer="id", occurred_at="at", known_at="known")
    with pytest.raises(StateError, match="other definitions of tables"):
        append(SEEN, [other], {"visits": FIRST}, new, folder, now=NOW)


def test_ids_of_another_kind_are_told(folder: Path, tmp_path: Path) -> None:
    before = tmp_path / "before.csv"
    FIRST.to_pandas().to_csv(before, index=False)
    new = visits((3, 7, Z, Z)).to_pandas().astype({"id": str})
    with pytest.raises(StateError, match="ids of type BIGINT, and with the new rows they are VARC"):
        add(folder, new, before=before)
    with pytest.raises(DefinitionError, match="expected ids of one kind"):
        add(folder, new)


def test_tables_without_a_source_and_unknown_ones_are_told(folder: Path) -> None:
    with pytest.raises(DefinitionError, match=r"table 'visits' has no source\n.*named 'calls'"):
        append(SEEN, [VISITS], {"calls": FIRST}, {}, folder, now=NOW)
    nothing: Any = None
    with pytest.raises(DefinitionError, match=r"sources must be a mapping of tables.*, got None"):
        append(SEEN, [VISITS], {"visits": FIRST}, nothing, folder, now=NOW)


def test_a_store_is_not_made_twice_nor_without_cutoffs(folder: Path, tmp_path: Path) -> None:
    with pytest.raises(StateError, match="holds a store already; append to it, or"):
        build(SEEN, [VISITS], {"visits": FIRST}, CUTOFFS, folder, now=NOW)
    with pytest.raises(CohortError, match="at least one cutoff"):
        build(SEEN, [VISITS], {"visits": FIRST}, [], tmp_path / "none", now=NOW)


def test_two_writers_are_kept_apart(folder: Path) -> None:
    with held_alone(folder), pytest.raises(StateError, match="written by another process; wait"):
        add(folder, visits((3, 7, Z, Z)))


def test_a_newcomer_whom_no_window_reaches_has_rows(tmp_path: Path) -> None:
    catalogue = Catalogue([count(VISITS, 2)])
    build(catalogue, [VISITS], {"visits": FIRST}, CUTOFFS, tmp_path / "store", now=NOW)
    new = visits((3, 9, "2019-01-01T00:00:00Z", "2019-01-01T00:00:00Z"), (4, 7, Z, Z))
    done = append(
        catalogue, [VISITS], {"visits": FIRST}, {"visits": new}, tmp_path / "store", now=NOW
    )
    whole = {"visits": pa.concat_tables([FIRST, new])}
    fresh = build(catalogue, [VISITS], whole, CUTOFFS, tmp_path / "fresh", now=NOW)
    assert same(done.store, fresh) == []
