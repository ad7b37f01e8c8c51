"""How far two stored profiles lie apart."""

from __future__ import annotations

import json
from bisect import bisect_right
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from itertools import pairwise
from math import log
from pathlib import Path
from typing import Any, Final

from features.errors import StateError
from features.profile import GRID
from features.whole import whole_file

FORMAT: Final = "foretell profile 1"
BINS: Final = 10
"""Bins of a measure, of equal share in the earlier profile where its values allow it."""

SHOWN: Final = 20
"""Levels of a category that are compared one by one."""

SMALLEST: Final = 1e-4
"""Share that an empty bin is given, so that its logarithm is finite."""


def write_profiles(path: Path, profiles: Mapping[str, Mapping[str, Any]]) -> None:
    """Write the profiles of tables, by name, as one JSON file that appears whole or not at all."""
    told = {"format": FORMAT, "tables": profiles}
    with whole_file(path) as partial:
        text = json.dumps(told, indent=1, ensure_ascii=False, allow_nan=False)
        partial.write_text(text + "\n", encoding="utf-8")


def keep_profiles(path: Path, profiles: Mapping[str, Mapping[str, Any]]) -> Path | None:
    """Write profiles, and keep the file that was there under the time of its writing.

    Parameters
    ----------
    path : Path
        File to write; the one before becomes, beside it, ``NAME-2024-11-01T093000.000000Z.json``.
    profiles : mapping of str to mapping
        Profiles of tables, by name.

    Returns
    -------
    Path or None
        Where the one before is now; None when there was none, or it said the same.
    """
    earlier = None
    if path.exists():
        written = datetime.fromtimestamp(path.stat().st_mtime, UTC)
        name = f"{path.stem}-{written:%Y-%m-%dT%H%M%S.%fZ}{path.suffix}"
        earlier = path.rename(path.with_name(name))
    write_profiles(path, profiles)
    if earlier is not None and earlier.read_bytes() == path.read_bytes():
        earlier.unlink()
        return None
    return earlier


def read_profiles(path: Path) -> dict[str, dict[str, Any]]:
    """Read back what `write_profiles` wrote.

    Raises
    ------
    StateError
        When there is no such file, or it is no profile of this format.
    """
    remedy = "run `foretell check` to write one"
    try:
        told = json.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise StateError(f"profile {path} cannot be read: {error.strerror}; {remedy}") from None
    except ValueError as error:
        raise StateError(f"profile {path}: expected JSON, came {error}; {remedy}") from None
    came = told.get("format") if isinstance(told, dict) else None
    if came != FORMAT:
        raise StateError(f"profile {path}: expected format {FORMAT!r}, came {came!r}; {remedy}")
    tables: dict[str, dict[str, Any]] = told["tables"]
    return tables


def stability(earlier: Sequence[float], later: Sequence[float]) -> float:
    """Return the population stability index of two rows of shares.

    The sum over bins of (later - earlier) x ln(later / earlier). Below 0.1 a population is taken
    as stable, above 0.25 as another one; the thresholds are custom, not theory. Shares below
    ``SMALLEST`` count as that.

    Parameters
    ----------
    earlier, later : sequence of float
        Shares of the same bins, each in [0, 1].

    References
    ----------
    N. Siddiqi, Credit Risk Scorecards (Wiley, 2006), on monitoring: system stability report.

    Examples
    --------
    >>> stability([0.5, 0.5], [0.5, 0.5]), round(stability([0.5, 0.5], [0.9, 0.1]), 3)
    (0.0, 0.879)
    """
    pairs = zip(earlier, later, strict=True)
    floored = [(max(one, SMALLEST), max(other, SMALLEST)) for one, other in pairs]
    return sum((other - one) * log(other / one) for one, other in floored)


def compare(earlier: Mapping[str, Any], later: Mapping[str, Any]) -> dict[str, float]:
    """Return the population stability index of every column that two profiles share.

    Parameters
    ----------
    earlier, later : mapping
        Profiles of one table from `features.profile.profile`.

    Returns
    -------
    dict of str to float
        By column; ``rows_per_customer`` and ``delay_days`` are columns too, in brackets. Empty
        cells are a bin of their own. Measures are compared on the tenths of the earlier profile,
        to one percent, which is how fine the stored quantiles are.
    """
    found = {}
    for column, one in earlier["columns"].items():
        other = later["columns"].get(column)
        if other is not None and ("levels" in one) == ("levels" in other):
            found[column] = _apart(one, other)
    for name in ("rows_per_customer", "delay_days"):
        if earlier[name] is not None and later[name] is not None:
            found[f"({name})"] = _apart(earlier[name], later[name])
    return found


def _apart(one: Mapping[str, Any], other: Mapping[str, Any]) -> float:
    if "levels" in one:
        names = list(one["levels"])[:SHOWN]
        return stability(_level_shares(one, names), _level_shares(other, names))
    edges = sorted(set(one["quantiles"][GRID // BINS : GRID : GRID // BINS]))
    return stability(_measure_shares(one, edges), _measure_shares(other, edges))


def _level_shares(told: Mapping[str, Any], names: Sequence[str]) -> list[float]:
    held = sum(told["levels"].values()) + told["others"]
    counts = [told["levels"].get(name, 0) for name in names]
    counts += [held - sum(counts), told["nulls"]]
    return [count / max(held + told["nulls"], 1) for count in counts]


def _measure_shares(told: Mapping[str, Any], edges: Sequence[float]) -> list[float]:
    grid = told["quantiles"]
    # Position 0 of the grid is the smallest value, which no percent passes.
    upto = [max(bisect_right(grid, edge) - 1, 0) / GRID for edge in edges]
    bounds = [0.0, *upto, 1.0 if grid else 0.0]
    empty = told["nulls"] / max(told["values"] + told["nulls"], 1)
    shares = [(high - low) * (1 - empty) for low, high in pairwise(bounds)]
    return [*shares, empty]
