"""Links between ids, drawn at random, and who is who by the slow and obvious way."""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import pyarrow as pa

from features.builders import count, latest, total
from features.catalogue import Catalogue
from features.instants import DAY, iso
from features.registers import Identities
from features.tables import EventTable, Table
from tests.helpers.raw import CATALOGUE, CUTOFF, TABLES, Records, as_sources, drawn_records

MERGES = Identities("merges", alias="old", customer="new", known_at="at", withdrawn="void")
SALES = EventTable(
    "sales",
    customer="id",
    occurred_at="at",
    known_at="known",
    measures={"paid": "int"},
    categories=["shop"],
    event_id="receipt",
    versions=True,
    withdrawn="void",
)
EVERY: tuple[Table, ...] = (*TABLES, SALES)
ALL = Catalogue(
    [
        *CATALOGUE,
        count(SALES, 9),
        count(SALES),
        total(SALES, "paid", 9),
        latest(SALES, "paid"),
        latest(SALES, "shop"),
    ]
)
LONE = (31, 32)
"""Ids of whom no table holds a row."""


@dataclass(frozen=True)
class Link:
    """One row of an identity table."""

    old: int
    new: int
    at: int
    void: bool = False


def drawn_links(seed: int, customers: int = 12, most: int = 14) -> list[Link]:
    """Draw links without a circle: chains, links that are moved, withdrawn, and said again."""
    draw = random.Random(seed)
    # An id is only linked to one that comes later in a random order.
    order = draw.sample([*range(1, customers + 1), *LONE], customers + len(LONE))
    found: dict[tuple[int, int], Link] = {}
    for _ in range(most):
        old, new = sorted(draw.sample(range(len(order)), 2))
        at = CUTOFF + draw.choice([0, 0, -8, -36, *range(-50, 12, 5)]) * DAY // 4
        link = Link(order[old], order[new], at, draw.random() < 0.2)
        found.setdefault((link.old, at), link)
    return draw.sample(list(found.values()), len(found))


def root(links: Sequence[Link], name: int, cutoff: int) -> int:
    """Follow the links that were known before a cutoff."""
    known = [each for each in links if each.old == name and each.at < cutoff]
    if not known:
        return name
    newest = max(known, key=lambda each: each.at)
    return name if newest.void else root(links, newest.new, cutoff)


def ids_of(records: Records, links: Sequence[Link]) -> set[int]:
    """Every id that a row or a link names."""
    rows = {row["id"] for each in records.values() for row in each}
    return rows | {each.old for each in links} | {each.new for each in links}


def relabelled(records: Records, links: Sequence[Link], cutoff: int) -> Records:
    """Give every row the customer that its id was known to be; one row each in a static table."""
    found: Records = {}
    for name, rows in records.items():
        found[name] = [{**row, "id": root(links, row["id"], cutoff)} for row in rows]
    kept: dict[int, dict[str, Any]] = {}
    for row in sorted(records["clients"], key=lambda row: int(row["id"])):
        who = root(links, row["id"], cutoff)
        if who not in kept or row["id"] == who:
            kept[who] = {**row, "id": who}
    found["clients"] = list(kept.values())
    return found


def drawn_sales(seed: int, customers: int = 12) -> list[dict[str, Any]]:
    """Draw corrected events: moved in time, given to another customer, withdrawn."""
    draw, made = random.Random(seed), []
    for receipt in range(40):
        at = CUTOFF + draw.randint(-60, 8) * DAY // 4
        who, known = draw.randint(1, customers), at
        for _ in range(draw.choice([1, 1, 2, 3])):
            row = {"id": who, "at": iso(at), "known": iso(known), "receipt": receipt}
            row |= {"paid": draw.randint(-9, 9), "shop": draw.choice([None, "a", "b"])}
            made.append(row | {"void": draw.random() < 0.15})
            known += draw.randint(1, 20) * DAY // 4
            who = draw.choice([who, who, draw.randint(1, customers)])
    return made


def everything(seed: int) -> Records:
    """Draw records of every kind of table."""
    records = drawn_records(seed)
    for rows in records.values():
        # Some ids have no row in some tables.
        rows[:] = [row for row in rows if (row["id"] * 7 + seed) % 5 or row["id"] % 2]
    return records | {"sales": drawn_sales(seed)}


def sources_of(records: Records, links: Sequence[Link] | None = None) -> dict[str, Any]:
    """Make Arrow tables of records and links."""
    plain = {name: rows for name, rows in records.items() if name != "sales"}
    kinds = [("id", pa.int64()), ("at", pa.string()), ("known", pa.string())]
    kinds += [("receipt", pa.int64()), ("paid", pa.int64())]
    kinds += [("shop", pa.string()), ("void", pa.bool_())]
    sales = pa.Table.from_pylist(records["sales"], schema=pa.schema(kinds))
    found = {**as_sources(plain), "sales": sales}
    return found if links is None else {**found, "merges": merges_of(links)}


def merges_of(links: Sequence[Link]) -> pa.Table:
    """Make an Arrow table of links."""
    rows = [{"old": e.old, "new": e.new, "at": iso(e.at), "void": e.void} for e in links]
    kinds = [("old", pa.int64()), ("new", pa.int64()), ("at", pa.string()), ("void", pa.bool_())]
    return pa.Table.from_pylist(rows, schema=pa.schema(kinds))
