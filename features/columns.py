"""The rules of `features.cells` in SQL, for whole columns of a DuckDB relation."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from decimal import Decimal
from typing import Final

from features.cells import (
    DIGITS,
    EARLIEST,
    LARGEST,
    LATEST,
    NOISE,
    NOT_FINITE,
    NUMBER,
    TIME,
)
from features.faults import Fault, Part
from features.tables import Table, measure
from features.zones import to_utc_sql

_SIGNED: Final = ("TINYINT", "SMALLINT", "INTEGER", "BIGINT", "UTINYINT", "USMALLINT", "UINTEGER")
_WIDE: Final = ("UBIGINT", "HUGEINT", "UHUGEINT")
WHOLE: Final = (*_SIGNED, *_WIDE)
"""Types of whole numbers."""
_TEXT: Final = ("VARCHAR", "UUID")
_KINDS: Final[Mapping[str, str]] = {
    "BOOLEAN": "true and false",
    "VARCHAR": "text",
    "FLOAT": "binary fractions",
    "DOUBLE": "binary fractions",
    "DATE": "dates",
    "BLOB": "bytes",
} | dict.fromkeys(WHOLE, "whole numbers")

DIGITS_ONLY: Final = "0|-?[1-9][0-9]{0,18}"
"""Text of a customer id that may as well be a whole number."""


@dataclass(frozen=True)
class Reading:
    """How a column is read.

    Parameters
    ----------
    value : str
        SQL expression of the value, right only where no fault holds.
    faults : mapping of Fault to str
        SQL predicates, none of them null.
    offset : str or None
        SQL expression of the written offset in minutes, for times that are text.
    naive : str
        SQL predicate of a time without a zone.
    wrong : str or None
        What came instead, when the type of the whole column is wrong.
    stages : tuple of (str, str)
        Names and SQL expressions that the others use; see `staged`.
    """

    value: str
    faults: Mapping[Fault, str] = field(default_factory=dict)
    offset: str | None = None
    naive: str = "FALSE"
    wrong: str | None = None
    stages: tuple[tuple[str, str], ...] = ()


def staged(view: str, readings: Iterable[Reading]) -> str:
    """Return a relation with the stages of some columns beside all columns of a view.

    Each stage is computed once for all expressions that use it.
    """
    relation = view
    for reading in readings:
        for name, expression in reading.stages:
            relation = f"(SELECT *, {expression} AS {name} FROM {relation})"  # noqa: S608
    return relation


def read_column(table: Table, part: Part, cell: str, kind: str, *, texts: bool) -> Reading:
    """Say in SQL how a column of the contract is read.

    Parameters
    ----------
    table : Table
        Contract.
    part : Part
        Column and the part it plays.
    cell : str
        SQL expression of the raw cell.
    kind : str
        DuckDB type of the raw cell.
    texts : bool
        Every column came as text, as from CSV.

    Returns
    -------
    Reading
    """
    if kind.startswith("ENUM"):
        cell, kind = f"{cell}::VARCHAR", "VARCHAR"
    if part.role in ("occurred_at", "known_at"):
        reading = _time(part.role, cell, kind, table.timezone)
    elif part.role == "measure":
        reading = _number(cell, kind, measure(table, part.column).scale, texts)
    elif part.role in ("customer", "alias"):
        reading = _customer(cell, kind)
    elif part.role in ("withdrawn", "given"):
        return _flag(cell, kind)
    else:
        reading = _category(cell, kind)
    if reading.wrong is not None or part.role in ("measure", "category"):
        return reading
    text = f"trim({cell}, ' ')" if part.role in ("occurred_at", "known_at") else cell
    absent = f"coalesce({text}, '') = ''" if kind == "VARCHAR" else f"{cell} IS NULL"
    return replace(reading, faults={Fault.ABSENT: absent} | dict(reading.faults))


def _wrong(kind: str) -> Reading:
    return Reading("NULL", wrong=_KINDS.get(kind, f"the type {kind}"))


def _time(role: str, cell: str, kind: str, zone: str | None) -> Reading:
    if kind == "VARCHAR":
        return _text_time(role, cell, zone)
    aware = kind in ("TIMESTAMP WITH TIME ZONE", "TIMESTAMPTZ_NS")
    if not aware and not kind.startswith("TIMESTAMP") and kind != "DATE":
        return _wrong(kind)
    local = f"{role}_local"
    first = (local, f"epoch_us({cell}::{'TIMESTAMPTZ' if aware else 'TIMESTAMP'})")
    outside = f"{local} IS NULL OR {local} < {EARLIEST} OR {local} >= {LATEST}"
    faults = {Fault.NOT_A_TIME: f"{cell} IS NOT NULL AND ({outside})"}
    if aware:
        return Reading(local, faults, stages=(first,))
    value = local if zone is None else to_utc_sql(local, zone)
    return Reading(value, faults, naive=f"{cell} IS NOT NULL", stages=(first,))


def _text_time(role: str, cell: str, zone: str | None) -> Reading:
    text = f"trim({cell}, ' ')"
    parts, local = f"{role}_parts", f"{role}_local"
    day, clock, written = (f"{parts}.{name}" for name in ("day", "clock", "zone"))
    join = f"CASE WHEN {clock} = '' THEN '' ELSE ' ' || left({clock}, 15) END"
    stages = (
        (parts, f"regexp_extract({text}, '^(?:{TIME})$', ['day', 'clock', 'zone'])"),
        (local, f"epoch_us(TRY_CAST({day} || {join} AS TIMESTAMP))"),
    )
    sign = f"CASE WHEN left({written}, 1) = '-' THEN -1 ELSE 1 END"
    rest = f"CASE WHEN length({written}) > 3 THEN right({written}, 2)::INTEGER ELSE 0 END"
    offset = (
        f"CASE WHEN {written} = '' THEN NULL WHEN {written} IN ('Z', 'z', 'UTC') THEN 0 "
        f"ELSE ({sign}) * (substr({written}, 2, 2)::INTEGER * 60 + ({rest})) END"
    )
    naive = local if zone is None else to_utc_sql(local, zone)
    value = (
        f"CASE WHEN {written} = '' THEN {naive} ELSE {local} - ({offset})::BIGINT * 60000000 END"
    )
    faults = {Fault.NOT_A_TIME: f"coalesce({text}, '') <> '' AND {local} IS NULL"}
    bare = f"{local} IS NOT NULL AND {written} = ''"
    return Reading(value, faults, offset=offset, naive=bare, stages=stages)


def _number(cell: str, kind: str, scale: int, texts: bool) -> Reading:
    if kind in WHOLE:
        most = LARGEST // 10**scale
        value = f"({cell}::BIGINT * {10**scale})::BIGINT"
        return Reading(value, {Fault.TOO_LARGE: _is(f"{cell} NOT BETWEEN -{most} AND {most}")})
    if kind in ("FLOAT", "DOUBLE"):
        return _binary(f"{cell}::DOUBLE", scale, bits=23 if kind == "FLOAT" else 51)
    if kind.startswith("DECIMAL"):
        return _decimal(cell, scale)
    return _text_number(cell, scale) if kind == "VARCHAR" and texts else _wrong(kind)


def _binary(cell: str, scale: int, bits: int) -> Reading:
    power = f"{10**scale}::DOUBLE"
    inside = f"isfinite({cell}) AND abs({cell}) <= {LARGEST}::DOUBLE / {power}"
    units = f"CASE WHEN {inside} THEN {cell} * {power} END"
    noise = f"least(0.25::DOUBLE, greatest({NOISE}::DOUBLE, abs({units}) * {2.0**-bits!r}::DOUBLE))"
    faults = {
        Fault.NOT_FINITE: _is(f"NOT isfinite({cell})"),
        Fault.TOO_LARGE: _is(f"isfinite({cell}) AND NOT ({inside})"),
        Fault.TOO_FINE: _is(f"abs({units} - round({units})) > {noise}"),
    }
    return Reading(f"round({units})::BIGINT", faults)


def _decimal(cell: str, scale: int) -> Reading:
    exact = f"TRY_CAST({cell} AS DECIMAL(38, {DIGITS}))"
    limit = f"'{_shifted(LARGEST, scale)}'::DECIMAL(38, {DIGITS})"
    kept = f"round({exact}, {scale})"
    noise = f"'{_shifted(1, 6 + scale)}'::DECIMAL(38, {DIGITS})"
    large = f"({exact} IS NULL OR abs({exact}) > {limit})"
    faults = {
        Fault.TOO_LARGE: f"{cell} IS NOT NULL AND {large}",
        Fault.TOO_FINE: _is(f"NOT {large} AND abs({exact} - {kept}) > {noise}"),
    }
    return Reading(f"CASE WHEN NOT {large} THEN ({kept} * {10**scale})::BIGINT END", faults)


def _text_number(cell: str, scale: int) -> Reading:
    text = f"nullif(trim({cell}, ' '), '')"
    is_number = f"regexp_full_match({text}, '{NUMBER}')"
    has_exponent = f"(contains({text}, 'e') OR contains({text}, 'E'))"
    exact = _decimal(f"CASE WHEN {is_number} AND NOT {has_exponent} THEN {text} END", scale)
    float_text = f"CASE WHEN {is_number} AND {has_exponent} THEN {text} END"
    double = f"coalesce(TRY_CAST({float_text} AS DOUBLE), 'inf'::DOUBLE)"
    rough = f"CASE WHEN {float_text} IS NOT NULL THEN {double} END"
    binary = _binary(rough, scale, bits=51)
    words = ", ".join(f"'{word}'" for word in NOT_FINITE)
    infinite = f"lower({text}) IN ({words})"
    faults = {
        Fault.NOT_FINITE: f"({_is(infinite)} OR {binary.faults[Fault.NOT_FINITE]})",
        Fault.NOT_A_NUMBER: _is(f"NOT {is_number} AND NOT ({infinite})"),
        Fault.TOO_LARGE: f"(({exact.faults[Fault.TOO_LARGE]}) OR {binary.faults[Fault.TOO_LARGE]})",
        Fault.TOO_FINE: f"({exact.faults[Fault.TOO_FINE]} OR {binary.faults[Fault.TOO_FINE]})",
    }
    return Reading(f"coalesce({exact.value}, {binary.value})", faults)


def _customer(cell: str, kind: str) -> Reading:
    if kind in _SIGNED:
        return Reading(f"{cell}::BIGINT")
    if kind in _WIDE or (kind.startswith("DECIMAL") and kind.endswith(",0)")):
        whole = f"TRY_CAST({cell} AS BIGINT)"
        return Reading(whole, {Fault.TOO_LARGE: f"{cell} IS NOT NULL AND {whole} IS NULL"})
    return Reading(f"nullif({cell}::VARCHAR, '')") if kind in _TEXT else _wrong(kind)


def _category(cell: str, kind: str) -> Reading:
    if kind in WHOLE:
        return Reading(cell)
    if kind in ("FLOAT", "DOUBLE"):
        whole = f"isfinite({cell}) AND {cell} = trunc({cell}) AND abs({cell}) <= {LARGEST}"
        value = f"CASE WHEN {whole} THEN {cell}::BIGINT END"
        return Reading(value, {Fault.NOT_AN_ID: _is(f"NOT ({whole})")})
    if kind.startswith("DECIMAL"):
        whole = f"{cell} = trunc({cell})"
        value = f"CASE WHEN {whole} THEN {cell}::HUGEINT END"
        return Reading(value, {Fault.NOT_AN_ID: _is(f"NOT ({whole})")})
    named = kind in (*_TEXT, "BOOLEAN", "DATE")
    return Reading(f"nullif({cell}::VARCHAR, '')") if named else _wrong(kind)


def _flag(cell: str, kind: str) -> Reading:
    if kind == "BOOLEAN":
        return Reading(f"coalesce({cell}, FALSE)")
    if kind != "VARCHAR":
        return _wrong(kind)
    other = f"lower({cell}) NOT IN ('true', 'false', '')"
    return Reading(f"coalesce(lower({cell}) = 'true', FALSE)", {Fault.NOT_A_FLAG: _is(other)})


def _is(predicate: str) -> str:
    return f"coalesce({predicate}, FALSE)"


def _shifted(number: int, places: int) -> str:
    return f"{Decimal(number).scaleb(-places):f}"
