"""Contracts held by a cluster: workers look for anything suspicious, and DuckDB finds the words.

Every rule is the SQL of `features.columns`, answered by each worker for its rows. What must be
judged over all rows (zones of times, offsets, the number of rows) is counted by the workers and
added up; ids that must be unique are grouped by Spark. A source without suspicion keeps its
contract. Any other is handed to `features.contract.check`, which reads it on the driver, so that
the refusal has the words, rows and examples it has everywhere; a Spark DataFrame is brought to
the driver for that.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Final

from features.carriers.spark_output import worker_refusal
from features.carriers.spark_sources import Opened, is_spark
from features.columns import Reading, staged
from features.connection import connected
from features.contract import check_raw, readings
from features.errors import StateError
from features.faults import Part, parts_of
from features.instants import instant
from features.reading import open_source, unreadable
from features.tables import AttributeTable, EventTable, Table

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

_DAMAGE: Final = re.compile(r"\[FAILED_READ_FILE\.?\w*\] (.+?)\s*(?:SQLSTATE|$)", re.M)


def check_on_spark(session: SparkSession, opened: Opened, now: int) -> None:
    """Hold an opened source against its contract.

    Raises
    ------
    ContractError
        With every violation, in the words of `features.contract.check`.
    StateError
        When a worker cannot read what the driver can.
    """
    if opened.frame is None:
        check_raw(opened.connection, opened.table, opened.raw, now)
        return
    failure: Exception | None = None
    try:
        if _keeps(session, opened, now):
            return
    # pyspark lets errors of workers and of the JVM through in many classes.
    except Exception as error:
        failure = error
    if (damage := _DAMAGE.search(str(failure))) is not None:
        raise unreadable(opened.table, opened.raw.label, OSError(damage[1])) from failure
    with connected() as connection:
        raw = open_source(connection, opened.table, opened.local(), "raw")
        label = opened.raw.label if is_spark(opened.source) else raw.label
        check_raw(connection, opened.table, replace(raw, label=label), now)
    if failure is None:
        return
    # The rows keep their contract, so it is the cluster that is at fault.
    if (refusal := worker_refusal(str(failure))) is not None:
        raise StateError(
            f"a worker of the cluster cannot read what this machine can: {refusal}; files must "
            "have the same path on every machine"
        ) from failure
    raise failure


def _keeps(session: SparkSession, opened: Opened, now: int) -> bool:
    table, raw = opened.table, opened.raw
    found = readings(table, raw)
    if len(found) < len(parts_of(table)) or any(each.wrong for each in found.values()):
        return False
    if table.complete_until is not None and instant(table.complete_until) > now:
        return False
    wanted = wanted_facts(table, found, now)
    partial = opened.ask(session, facts_query(raw.view, found, wanted), _whole(wanted))
    merged = {name: {"low": "min", "high": "max"}.get(name.split("_")[0], "sum") for name in wanted}
    facts = partial.selectExpr(*(f"{how}({name}) AS {name}" for name, how in merged.items()))
    if suspicious(table, facts.collect()[0].asDict()):
        return False
    return _is_unique(session, opened, found)


def _whole(names: Iterable[str]) -> dict[str, str]:
    return dict.fromkeys(names, "BIGINT")


def facts_query(view: str, found: Mapping[Part, Reading], wanted: Mapping[str, str]) -> str:
    """Return the query of `wanted_facts` for the rows of a view."""
    chosen = ", ".join(f"{value} AS {name}" for name, value in wanted.items())
    return f"SELECT {chosen} FROM ({_timed(view, found)})"


def _timed(view: str, found: Mapping[Part, Reading]) -> str:
    times = {part: each for part, each in found.items() if part.role in ("occurred_at", "known_at")}
    values = "".join(f", {each.value} AS {part.role}" for part, each in times.items())
    return f"SELECT *{values} FROM {staged(view, times.values())}"


def wanted_facts(table: Table, found: Mapping[Part, Reading], now: int) -> dict[str, str]:
    """Return what is counted of some rows, by name; sums, but for ``low_`` and ``high_``."""
    predicates = [f"({each})" for reading in found.values() for each in reading.faults.values()]
    wanted = {"rows": "count(*)", "wrong": f"count_if({' OR '.join(predicates) or 'FALSE'})"}
    for part, reading in found.items():
        role = part.role
        if role not in ("occurred_at", "known_at"):
            continue
        # A change of an attribute may be known today and take effect later.
        later = isinstance(table, AttributeTable) and role == "occurred_at" and table.known_at
        if not later:
            wanted[f"future_{role}"] = f"count_if({role} > {now})"
        wanted[f"naive_{role}"] = f"count_if({reading.naive})"
        if reading.offset is not None:
            wanted[f"zoned_{role}"] = f"count({reading.offset})"
            wanted[f"low_{role}"] = f"min({reading.offset})"
            wanted[f"high_{role}"] = f"max({reading.offset})"
    if isinstance(table, EventTable) and table.known_at is not None:
        wanted["early"] = "count_if(known_at < occurred_at)"
    return wanted


def suspicious(table: Table, facts: Mapping[str, Any]) -> bool:
    """Tell whether the facts of all rows leave room for a broken contract, but for duplicates."""
    future = any(count for name, count in facts.items() if name.startswith("future_"))
    if not facts["rows"] or facts["wrong"] or future or facts.get("early"):
        return True
    for role in ("occurred_at", "known_at"):
        naive, zoned = facts.get(f"naive_{role}"), facts.get(f"zoned_{role}")
        mixed = facts.get(f"low_{role}") != facts.get(f"high_{role}")
        if (naive and zoned) or (table.timezone is None and (naive or mixed)):
            return True
    return False


def _is_unique(session: SparkSession, opened: Opened, found: Mapping[Part, Reading]) -> bool:
    role = "event_id" if isinstance(opened.table, EventTable) else "customer"
    part = next((each for each in found if each.role == role), None)
    if part is None or opened.table.event_id is None:
        return True
    key = f"({found[part].value})::VARCHAR"
    query = f"SELECT {key} AS key FROM {opened.raw.view} WHERE {key} IS NOT NULL"
    keys = opened.ask(session, query, {"key": "VARCHAR"})
    return bool(keys.groupBy("key").count().where("count > 1").isEmpty())
