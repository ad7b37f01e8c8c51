"""How the types of PostgreSQL arrive: exactly, or as a fault that the contract will tell."""

from __future__ import annotations

from typing import Final, NamedTuple

from features.connection import quoted

_AS_IS: Final = {
    "bool": "BOOLEAN",
    "float4": "FLOAT",
    "float8": "DOUBLE",
    "int2": "SMALLINT",
    "int4": "INTEGER",
    "int8": "BIGINT",
}
_TEXTS: Final = ("bpchar", "char", "citext", "name", "text", "uuid", "varchar")
_NUMERALS: Final = ("money", "numeric")
_TIMES: Final = {
    "date": "DATE",
    "timestamp": "TIMESTAMP",
    "timestamptz": "TIMESTAMP WITH TIME ZONE",
}
_FIRST: Final = "0001-01-01"
_END: Final = "10000-01-01"


class Arrival(NamedTuple):
    """How a column is asked for, and what is made of what comes.

    Parameters
    ----------
    asked : str
        Expression for PostgreSQL.
    taken : str
        Expression for DuckDB.
    kind : str
        DuckDB type; for a type that no contract allows, PostgreSQL's own name of it.
    numerals : bool
        Numbers come as text, with all of their digits.
    """

    asked: str
    taken: str
    kind: str
    numerals: bool = False


def arrival(column: str, kind: str, cell: str, *, is_enum: bool = False) -> Arrival:
    """Say how a column of some type arrives.

    A ``numeric`` keeps its digits, and its NaN, only as text. Dates and times outside the years 1
    to 9999, infinite ones among them, arrive as ``infinity`` and ``-infinity``: the driver would
    wrap them round to other times.

    Parameters
    ----------
    column : str
        Column of the table.
    kind : str
        PostgreSQL's name of the type; of a domain, that of its base.
    cell : str
        Name to give it.
    is_enum : bool
        The type is an enumeration.

    Examples
    --------
    >>> arrival("price", "numeric", "c0").asked
    '"price"::numeric::text AS c0'
    """
    named = quoted(column)
    if kind in _AS_IS:
        return Arrival(f"{named} AS {cell}", cell, _AS_IS[kind])
    if kind == "oid":
        return Arrival(f"{named}::int8 AS {cell}", cell, "BIGINT")
    if kind in _TEXTS or is_enum:
        return Arrival(f"{named}::text AS {cell}", cell, "VARCHAR")
    if kind in _NUMERALS:
        return Arrival(f"{named}::numeric::text AS {cell}", cell, "VARCHAR", numerals=True)
    if kind in _TIMES:
        return _time(named, kind, cell)
    return Arrival(f"NULL::int4 AS {cell}", cell, kind)


def _time(named: str, kind: str, cell: str) -> Arrival:
    held = _TIMES[kind]
    zone = "+00" if kind == "timestamptz" else ""
    hour = "" if kind == "date" else f" 00:00:00{zone}"
    end, first, early = (
        f"'{day}{hour}{era}'::{kind}" for day, era in ((_END, ""), (_FIRST, ""), (_FIRST, " BC"))
    )
    asked = (
        f"CASE WHEN {named} >= {end} THEN {end} WHEN {named} < {first} THEN {early} "
        f"ELSE {named} END AS {cell}"
    )
    taken = (
        f"CASE WHEN {cell} >= '{_END}{hour}'::{held} THEN 'infinity'::{held} "
        f"WHEN {cell} < '{_FIRST}{hour}'::{held} THEN '-infinity'::{held} ELSE {cell} END"
    )
    return Arrival(asked, taken, held)
