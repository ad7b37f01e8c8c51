"""Profiles of tables, and how far two of them lie apart."""

from __future__ import annotations

import json
import random
from collections import Counter
from math import ceil, log
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest

from features.connection import connected
from features.drift import compare, read_profiles, stability, write_profiles
from features.errors import StateError
from features.instants import DAY, iso
from features.profile import profile
from features.reading import open_source
from features.tables import EventTable
from features.typed import type_rows

VISITS = EventTable(
    "visits",
    customer="id",
    occurred_at="at",
    known_at="known",
    measures={"paid": "money(2)", "items": "int"},
    categories=["shop"],
)
START = 1_580_000_000_000_000

Rows = list[dict[str, Any]]


def drawn(seed: int, rows: int = 400, more: float = 0, shops: str = "abc") -> Rows:
    draw = random.Random(seed)
    made = []
    for _ in range(rows):
        at = START + draw.randrange(90 * DAY)
        made.append(
            {
                "id": draw.randint(1, 40),
                "at": iso(at),
                "known": iso(at + draw.choice([0, 1, 2]) * DAY),
                "paid": None if draw.random() < 0.1 else round(draw.gauss(50 + more, 20), 2),
                "items": draw.choice([1, 1, 1, 2, 5]),
                "shop": draw.choice([*shops, None]),
            }
        )
    return made


def sketch(rows: Rows) -> dict[str, Any]:
    with connected() as connection:
        raw = open_source(connection, VISITS, pa.Table.from_pylist(rows), "raw")
        return profile(connection, VISITS, type_rows(connection, VISITS, raw))


def quantiles(values: list[float]) -> list[float]:
    """The k-th is the smallest value that k % of the values do not pass."""
    ordered = sorted(values)
    return [ordered[max(ceil(k * len(ordered) / 100), 1) - 1] for k in range(101)]


def test_a_profile_is_what_a_person_would_count() -> None:
    rows = drawn(1)
    found = sketch(rows)
    assert (found["rows"], found["customers"]) == (400, len({row["id"] for row in rows}))
    assert (found["first"], found["last"]) == (
        min(row["at"] for row in rows),
        max(row["at"] for row in rows),
    )
    assert found["months"] == dict(sorted(Counter(row["at"][:7] for row in rows).items()))
    paid = [row["paid"] for row in rows if row["paid"] is not None]
    told = found["columns"]["paid"]
    assert (told["values"], told["nulls"]) == (len(paid), 400 - len(paid))
    assert told["distinct"] == len(set(paid))
    assert told["mean"] == pytest.approx(sum(paid) / len(paid), abs=1e-9)
    assert told["quantiles"] == quantiles(paid)
    shops = Counter(row["shop"] for row in rows if row["shop"])
    order = sorted(shops.items(), key=lambda pair: (-pair[1], pair[0]))
    assert list(found["columns"]["shop"]["levels"].items()) == order
    assert found["columns"]["shop"]["others"] == 0
    held = list(Counter(row["id"] for row in rows).values())
    assert found["rows_per_customer"]["quantiles"] == quantiles([float(n) for n in held])
    assert set(found["delay_days"]["quantiles"]) == {0, 1, 2}


def test_the_same_rows_in_any_order_give_the_same_text(tmp_path: Path) -> None:
    rows = drawn(2)
    texts = set()
    for seed in range(3):
        made = sketch(random.Random(seed).sample(rows, len(rows)))
        write_profiles(tmp_path / "profile.json", {"visits": made})
        texts.add((tmp_path / "profile.json").read_text())
    assert len(texts) == 1
    assert read_profiles(tmp_path / "profile.json") == {"visits": sketch(rows)}


def test_many_levels_are_cut_and_counted() -> None:
    rows = [row | {"shop": f"s{place % 60:02}"} for place, row in enumerate(drawn(3, 600))]
    told = sketch(rows)["columns"]["shop"]
    assert (len(told["levels"]), told["distinct"], told["others"]) == (50, 60, 100)
    assert list(told["levels"]) == [f"s{place:02}" for place in range(50)]


def test_an_empty_column_has_no_quantiles() -> None:
    made = pa.Table.from_pylist([row | {"paid": None} for row in drawn(4)])
    filled = made.set_column(
        made.column_names.index("paid"), "paid", pa.nulls(len(made), pa.float64())
    )
    with connected() as connection:
        raw = open_source(connection, VISITS, filled, "raw")
        found = profile(connection, VISITS, type_rows(connection, VISITS, raw))
    told = found["columns"]["paid"]
    assert (told["values"], told["mean"], told["quantiles"]) == (0, None, [])
    assert compare(sketch(drawn(4)), found)["paid"] > 1


def test_the_index_is_that_of_the_book() -> None:
    assert stability([0.2, 0.8], [0.3, 0.7]) == pytest.approx(
        0.1 * log(0.3 / 0.2) - 0.1 * log(0.7 / 0.8)
    )
    assert stability([1.0, 0.0], [0.5, 0.5]) == pytest.approx(
        -0.5 * log(0.5) + (0.5 - 1e-4) * log(0.5 / 1e-4)
    )


def test_equal_profiles_do_not_differ_and_shifts_are_found_in_their_column() -> None:
    one = sketch(drawn(5))
    assert set(compare(one, one).values()) == {0.0}
    again = compare(one, sketch(drawn(6)))
    # 40 customers in ten bins differ by chance alone.
    assert max(again[name] for name in ("paid", "items", "shop", "(delay_days)")) < 0.1
    dearer = compare(one, sketch(drawn(6, more=25)))
    assert dearer["paid"] > 0.5
    assert {**dearer, "paid": 0} == {**again, "paid": 0}
    assert compare(one, sketch(drawn(6, shops="cde")))["shop"] > 1


def test_rare_levels_and_empty_cells_are_bins_of_their_own() -> None:
    def shop(levels: dict[str, int], others: int, nulls: int) -> dict[str, Any]:
        told = {"levels": levels, "others": others, "nulls": nulls, "distinct": 9}
        return {"columns": {"shop": told}, "rows_per_customer": None, "delay_days": None}

    one, other = shop({"a": 50, "b": 30}, 10, 10), shop({"a": 40, "c": 5}, 35, 20)
    expected = stability([0.5, 0.3, 0.1, 0.1], [0.4, 0, 0.4, 0.2])
    assert compare(one, other)["shop"] == pytest.approx(expected)

    def paid(nulls: int) -> dict[str, Any]:
        grid = [float(place) for place in range(101)]
        told = {"quantiles": grid, "values": 100 - nulls, "nulls": nulls}
        return {"columns": {"paid": told}, "rows_per_customer": None, "delay_days": None}

    expected = stability([0.09] * 10 + [0.1], [0.05] * 10 + [0.5])
    assert compare(paid(10), paid(50))["paid"] == pytest.approx(expected)


def test_shares_of_a_measure_are_exact_to_a_percent() -> None:
    one, other = sketch(drawn(7)), sketch(drawn(8, more=10))
    rows, later = drawn(7), drawn(8, more=10)
    edges = sorted(set(one["columns"]["paid"]["quantiles"][10:100:10]))

    def shares(rows: Rows) -> list[float]:
        paid = [row["paid"] for row in rows]
        bins = [sum(each > edge for edge in edges) for each in paid if each is not None]
        counts = [bins.count(place) for place in range(len(edges) + 1)]
        return [each / len(rows) for each in [*counts, paid.count(None)]]

    exact = stability(shares(rows), shares(later))
    assert compare(one, other)["paid"] == pytest.approx(exact, abs=0.05)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (None, "cannot be read: No such file"),
        ("{", "expected JSON, came"),
        ("[]", "expected format 'foretell profile 1', came None"),
        (json.dumps({"format": "other"}), "came 'other'; run `foretell check` to write one"),
    ],
)
def test_what_is_no_profile_is_refused(text: str | None, words: str, tmp_path: Path) -> None:
    path = tmp_path / "profile.json"
    if text is not None:
        path.write_text(text)
    with pytest.raises(StateError, match=words):
        read_profiles(path)
