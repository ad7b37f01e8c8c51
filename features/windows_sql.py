"""The convention of `features.windows` in SQL, for rows with ``occurred_at`` and ``known_at``.

The two say the same; a test holds them equal.
"""

from __future__ import annotations

from features.instants import micros


def visible_sql(cutoff: int) -> str:
    """Return the predicate of rows that had happened and become known before a cutoff.

    Examples
    --------
    >>> visible_sql(7)
    '(occurred_at < 7 AND known_at < 7)'
    """
    return f"(occurred_at < {cutoff} AND known_at < {cutoff})"


def within_sql(cutoff: int, days: float) -> str:
    """Return the predicate of visible rows of the window ``[cutoff - days, cutoff)``."""
    return f"({visible_sql(cutoff)} AND occurred_at >= {cutoff - micros(days)})"


def existing_sql(cutoff: int) -> str:
    """Return the predicate of versions that exist at a cutoff, for rows with ``superseded_at``.

    A version exists from when it is known until the next one is; it is seen once it has happened.

    Examples
    --------
    >>> existing_sql(7)
    '((occurred_at < 7 AND known_at < 7) AND 7 <= superseded_at)'
    """
    return f"({visible_sql(cutoff)} AND {cutoff} <= superseded_at)"
