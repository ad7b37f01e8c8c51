"""Tables with planted faults, and which rows a person would set aside for them."""

from __future__ import annotations

import csv
import random
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from features.instants import instant
from features.tables import EventTable

NOW = instant("2021-01-01T00:00:00Z")
SALES = EventTable(
    "sales",
    customer="id",
    occurred_at="at",
    known_at="known",
    measures={"paid": "money(2)", "items": "int"},
    categories=["shop"],
    event_id="receipt",
)

Row = dict[str, Any]
Line = tuple[int, str, str]

BAD: Mapping[str, Sequence[tuple[str, Any]]] = {
    "id": [("absent", None)],
    "at": [
        ("absent", None),
        ("absent", " "),
        ("not a time", "soon"),
        ("not a time", "2020-02-30T00:00Z"),
        ("naive", "2020-05-01T10:00"),
        ("naive", "2020-05-01"),
        ("future", "2021-05-01T10:00Z"),
    ],
    "known": [
        ("absent", None),
        ("not a time", "05.01.2020"),
        ("naive", "2019-01-01T10:00"),
        ("known early", "2019-01-01T10:00Z"),
        ("future", "2022-01-01T10:00Z"),
    ],
    "paid": [("not finite", float("nan")), ("not finite", float("inf")), ("too fine", 3.129)],
    "items": [("too large", 2**60), ("too large", -(2**60))],
    "receipt": [("absent", None)],
}
"""By column what may be planted: the reason and the cell."""

BY_KIND: Mapping[str, Mapping[str, Sequence[tuple[str, Any]]]] = {
    "csv": {"paid": [("not a number", "1,50"), ("not a number", "free"), ("not finite", "-inf")]},
    "parquet": {"shop": [("not an id", 1.5), ("not an id", float("nan"))]},
}
"""What only text, or only a column of fractions, can hold."""


def sound_rows(draw: random.Random, rows: int) -> list[Row]:
    """Rows without a fault, in the order of their receipts."""
    return [
        {
            "id": draw.randint(1, 9),
            "at": f"2020-0{draw.randint(1, 9)}-1{draw.randint(0, 9)}T08:00:00Z",
            "known": f"2020-1{draw.randint(0, 2)}-0{draw.randint(1, 9)}T08:00:00Z",
            "paid": draw.choice([None, draw.randint(0, 9_999) / 100]),
            "items": draw.choice([None, draw.randint(-5, 5)]),
            "shop": draw.choice([None, float(draw.randint(1, 4))]),
            "receipt": 1_000 + place,
        }
        for place in range(rows)
    ]


def plant(draw: random.Random, rows: list[Row], share: float, kind: str) -> list[Line]:
    """Spoil a share of the rows in one to three columns; return row from 1, column and reason."""
    lines: list[Line] = []
    for place, row in enumerate(rows, start=1):
        if draw.random() >= share:
            continue
        # Two spoilt clocks would be compared with each other, or not, by rules of their own.
        able = sorted({*BAD, *BY_KIND[kind]} - {"known"})
        columns = draw.sample(able, draw.randint(1, 3))
        if "at" not in columns and draw.random() < 0.3:
            columns.append("known")
        for column in columns:
            choices = [*BAD.get(column, []), *BY_KIND[kind].get(column, [])]
            reason, row[column] = draw.choice(choices)
            lines.append((place, column, reason))
            if (column, reason) == ("at", "future"):
                lines.append((place, "known", "known early"))
    return lines


def repeat(draw: random.Random, rows: list[Row], spoilt: set[int], times: int) -> list[Line]:
    """Repeat receipts of sound rows with other cells; return the lines of those that leave."""
    sound = [place for place in range(1, len(rows) + 1) if place not in spoilt]
    groups: dict[int, list[int]] = {}
    for place in (draw.choice(sound) for _ in range(times)):
        copy = rows[place - 1] | {
            "known": draw.choice([rows[place - 1]["known"], "2020-12-24T08:00:00Z"]),
            "paid": draw.choice([None, 1.25, rows[place - 1]["paid"]]),
            "id": draw.choice([3, rows[place - 1]["id"]]),
        }
        rows.append(copy)
        groups.setdefault(place, [place]).append(len(rows))
    return [
        (place, "receipt", "duplicate")
        for group in groups.values()
        for place in sorted(group, key=lambda each: (order(rows[each - 1]), each))[1:]
    ]


def order(row: Row) -> tuple[Any, ...]:
    """What makes one of several rows with one receipt stay, smallest first; empty goes last."""
    values = [row["items"], row["paid"], None if row["shop"] is None else str(int(row["shop"]))]
    return (
        row["known"],
        row["at"],
        str(row["id"]),
        *((each is None, each if each is not None else 0) for each in values),
    )


def write_csv(rows: Sequence[Row], path: Path) -> Path:
    """Write rows as CSV; an empty cell is nothing."""
    with path.open("w", newline="") as stream:
        writer = csv.DictWriter(stream, list(rows[0]))
        writer.writeheader()
        for row in rows:
            shop = row["shop"]
            writer.writerow(row | {"shop": None if shop is None else int(shop)})
    return path


def write_parquet(rows: Sequence[Row], path: Path) -> Path:
    """Write rows as Parquet, times as text."""
    kinds = {"id": pa.int64(), "paid": pa.float64(), "items": pa.int64(), "shop": pa.float64()}
    fields = [(name, kinds.get(name, pa.string())) for name in rows[0]]
    schema = pa.schema([*fields[:-1], ("receipt", pa.int64())])
    pq.write_table(pa.Table.from_pylist(list(rows), schema=schema), path)
    return path
