"""What is written of rows that were set aside tells nothing of erased customers."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from features import AttributeTable, Erasures, EventTable, Identities
from features.quarantine import COUNTS, LINES, SUMMARY, write_quarantine

VISITS = EventTable("visits", "id", "at", measures={"paid": "money(2)"}, timezone="UTC")
CLIENTS = AttributeTable("clients", "id", categories=["city"], static=True)
MERGES = Identities("merges", "old", "new", "at", timezone="UTC")
GONE = Erasures("gone", "id", "at", timezone="UTC")
LINES_TOLD = [
    ("clients", 3, "id", None),
    ("gone", 2, "at", "never"),
    ("merges", 2, "at", None),
    ("merges", 3, "at", "later"),
    ("visits", 2, "at", None),
    ("visits", 2, "paid", None),
    ("visits", 3, "at", None),
    ("visits", 4, "at", "unclear"),
]


def table(**columns: list[str | None]) -> pa.Table:
    return pa.table({name: pa.array(cells, pa.string()) for name, cells in columns.items()})


def sources(*ids: str) -> dict[str, pa.Table]:
    """Rows of customers a to c, of whom a is erased and known as b too."""
    a, b, c = ids
    day = "2020-01-01"
    return {
        "visits": table(
            id=[a, a, b, c, c, a],
            at=[day, "secret day", "secret too", "unclear", day, day],
            paid=["1", "77.777", "1", "1", "2", "3"],
        ),
        "clients": table(id=[c, a, a], city=["Rome", "secret", "secret"]),
        "merges": table(old=[b, b, c], new=[a, a, "99"], at=[day, "secret link", "later"]),
        "gone": table(id=[a, c], at=[day, "never"]),
    }


@pytest.mark.parametrize("ids", [("anna", "card", "carl"), ("1", "2", "3")])
def test_cells_of_erased_customers_are_not_written(ids: tuple[str, ...], tmp_path: Path) -> None:
    folder, came = tmp_path / "aside", dict[str, Any](sources(*ids))
    if ids[0] == "1":
        # As files without types, whose ids are then whole numbers.
        for name, each in sources(*ids).items():
            came[name] = tmp_path / f"{name}.csv"
            each.to_pandas().to_csv(tmp_path / f"{name}.csv", index=False)
    else:
        came["visits"] = came["visits"].set_column(
            2, "paid", pa.array([1.0, 77.777, 1.0, 1.0, 2.0, 3.0])
        )
    found = write_quarantine([CLIENTS, GONE, MERGES, VISITS], came, folder)
    lines = pq.read_table(folder / LINES).to_pylist()
    assert [(e["table"], e["row"], e["column"], e["value"]) for e in lines] == LINES_TOLD
    told = json.loads((folder / SUMMARY).read_text())["tables"]["visits"]
    counts = {name: told[f"rows_{name}"] for name in ("in", "used", "set_aside", "erased")}
    assert counts == {"in": 6, "used": 1, "set_aside": 3, "erased": 2}
    assert (found["visits"].rows, found["visits"].erased) == (1, 2)
    assert (found["clients"].rows, found["clients"].erased) == (1, 1)
    assert (found["gone"].rows, found["gone"].erased) == (1, 0)
    assert "visits,at,not a time,3" in (folder / COUNTS).read_text()
    assert b"secret" not in b"".join(path.read_bytes() for path in folder.iterdir())


def test_where_nobody_is_erased_all_cells_are_written(tmp_path: Path) -> None:
    came = {**sources("anna", "card", "carl"), "gone": table(id=[], at=[])}
    came["visits"] = came["visits"].drop_columns("paid").append_column("paid", pa.array([1.0] * 6))
    write_quarantine([CLIENTS, GONE, MERGES, VISITS], came, tmp_path / "aside")
    written = pq.read_table(tmp_path / "aside" / LINES)["value"].to_pylist()
    assert {"secret day", "secret too", "secret link", "anna"} <= set(written)
