"""The proof and kept vectors set aside the rows that training does, and say so."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest

from features import Catalogue, count, total
from features.append import append, build
from features.aside import Aside
from features.carriers.duck import load
from features.errors import ContractError, StateError
from features.instants import instant
from features.prove import prove
from features.registers import Erasures
from features.tables import EventTable, Table
from tests.helpers.compared import differing

VISITS = EventTable(
    "visits", customer="id", occurred_at="at", measures={"paid": "money(2)"}, event_id="no"
)
GONE = Erasures("gone", customer="id", known_at="at")
TABLES: tuple[Table, ...] = (VISITS, GONE)
SEEN = Catalogue([count(VISITS, 28), total(VISITS, "paid", 28)])
CUTOFFS = [instant("2020-01-10"), instant("2020-01-20")]
ERASED = pa.table({"id": ["c9"], "at": ["2020-02-01T00:00Z"]})

Row = dict[str, Any]


def row(no: int, customer: str | None, day: str, paid: float = 1.5) -> Row:
    at = f"{day}T00:00Z" if day.startswith("20") else day
    return {"no": no, "id": customer, "at": at, "paid": paid}


SOUND = [row(n, f"c{n % 3}", f"2020-01-{n + 1:02}", n + 0.25) for n in range(20)]
SOUND += [row(50, "c9", "2020-01-05")]
SPOILT = [row(60, "c1", "soon"), row(61, None, "2020-01-04"), row(62, "c1", "2020-01-04", 1.234)]
LATER = [row(70, "c1", "2020-01-08"), row(71, "c9", "2020-01-08")]
LATER_SPOILT = [row(80, "c2", "2020-01-08", float("inf"))]


def sources(rows: list[Row]) -> dict[str, Any]:
    return {"visits": pa.Table.from_pylist(rows), "gone": ERASED}


def as_training(rows: list[Row]) -> list[Aside]:
    told: list[Aside] = []
    load(TABLES, sources(rows), quarantine=told.append)
    return told


def test_a_proof_sets_aside_what_training_does() -> None:
    mixed = [*SPOILT, *SOUND]
    found = prove("shop", TABLES, SEEN, sources(mixed), cutoffs=2, quarantine=True)
    sound = prove("shop", TABLES, SEEN, sources(SOUND), cutoffs=2)
    assert found.data == sound.data
    assert found.rows == sound.rows == {"visits": 21, "gone": 1}
    assert found.set_aside == {each.table: each.to_json() for each in as_training(mixed)}
    assert found.set_aside["visits"]["rows_set_aside"] == 3
    assert found.set_aside["visits"]["rows_erased"] == 1
    assert sound.set_aside == {}
    with pytest.raises(ContractError, match="came something else in 1 row"):
        prove("shop", TABLES, SEEN, sources(mixed), cutoffs=2)


def test_kept_vectors_are_those_of_sound_rows_and_stay_so(tmp_path: Path) -> None:
    told: list[Aside] = []
    mixed = sources([*SPOILT, *SOUND])
    build(SEEN, TABLES, mixed, CUTOFFS, tmp_path / "a", quarantine=told.append)
    assert [each.to_json() for each in told] == [
        each.to_json() for each in as_training([*SPOILT, *SOUND])
    ]
    told.clear()
    new = {"visits": pa.Table.from_pylist([*LATER, *LATER_SPOILT])}
    done = append(SEEN, TABLES, mixed, new, tmp_path / "a", quarantine=told.append)
    assert str(told[0]) == (
        "visits: 1 of 3 rows set aside (paid: not finite 1); 1 of erased customers left out"
    )
    whole = build(SEEN, TABLES, sources([*SOUND, *LATER]), CUTOFFS, tmp_path / "b")
    assert done.store.contents == whole.contents
    for cutoff in CUTOFFS:
        assert not differing(done.store.vectors(cutoff), whole.vectors(cutoff))
    # What is kept was made from sound rows: the next append finds them among all that came.
    every = sources([*SPOILT, *SOUND, *LATER, *LATER_SPOILT])
    last = {"visits": pa.Table.from_pylist([row(90, "c0", "2020-01-09")])}
    assert append(SEEN, TABLES, every, last, tmp_path / "a", quarantine=told.append).events == 1
    with pytest.raises(ContractError, match="paid"):
        append(SEEN, TABLES, every, new, tmp_path / "a")


def test_a_row_of_the_future_that_was_set_aside_and_is_sound_by_now_is_told(
    tmp_path: Path,
) -> None:
    ahead = sources([*SOUND, row(90, "c1", "2020-03-01")])
    told: list[Aside] = []
    asked: dict[str, Any] = {"quarantine": told.append, "now": instant("2020-02-05")}
    build(SEEN, TABLES, ahead, CUTOFFS, tmp_path, **asked)
    append(SEEN, TABLES, ahead, {}, tmp_path, **asked)
    with pytest.raises(StateError, match="also when a row of the future was set aside then"):
        append(SEEN, TABLES, ahead, {}, tmp_path, **asked | {"now": instant("2020-03-05")})
