"""Which features a few others say together: sums of multiples of them."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence

import numpy as np

from features.arrays import Bools, Floats, Ints
from features.ranks import ranks, standard

MOST = 5
"""Features that may say another together. Of many, some always do by chance."""

ENOUGH = 100
"""Rows that a sum must explain; fewer are explained by chance."""

_NOTHING = 1e-9
"""Unexplained part of a feature that is taken for rounding."""

_SAME = 1e-6
"""Part of a standard deviation within which a sum is what it explains: rounding, and no more."""


def explained(
    columns: Mapping[str, Floats],
    rows: Ints,
    limit: float,
    alike: float,
    keep: Collection[str] = (),
) -> Iterator[tuple[str, str]]:
    """Find features that are sums of multiples of at most five earlier ones that stay.

    Parameters
    ----------
    columns : mapping of str to (n,) float64
        Features; nulls are NaN.
    rows : (k,) int64
        Rows in which such sums are looked for. They are then held against all rows.
    limit : float
        R^2 from which a feature is such a sum, in (0, 1]; 1 finds none.
    alike : float
        Rank correlation that a feature and the sum must have as well. R^2 alone would be decided
        by the largest values.
    keep : collection of str
        Features that are not asked about.

    Yields
    ------
    tuple of str and str
        Name and reason. A sum is null where one of its features is, and so must be what it says.

    Examples
    --------
    >>> draw = np.random.default_rng(0)
    >>> x, y = draw.normal(size=(2, 200))
    >>> for found in explained({"x": x, "y": y, "z": x + 2 * y}, np.arange(200), 0.9999, 0.999):
    ...     print(*found)
    z says what y and x say together (linear, R^2 1.00000)
    """
    if limit >= 1 or len(rows) < ENOUGH:
        return
    drawn = {name: _filled(values[rows]) for name, values in columns.items()}
    names = [name for name, values in drawn.items() if values.any()]
    if not names:
        return
    table = np.array([drawn[name] for name in names])
    likeness = table @ table.T
    stays, basis = np.zeros(len(names), dtype=np.bool_), list[int]()
    # Cholesky, feature by feature: what the ones that stay leave unexplained of each.
    steps, back, left = np.zeros_like(likeness), np.zeros_like(likeness), np.ones(len(names))
    for place, name in enumerate(names):
        many = len(basis)
        done = steps[:many]
        if left[place] <= 1 - limit and name not in keep:
            whole = back[:many, :many] @ done[:, place]
            most = np.array(basis, dtype=np.int64)[np.argsort(-np.abs(whole))[:MOST]]
            # An exact sum shows among all others at once, a nearly exact one going forward.
            few = _fewest(likeness, place, most, limit) or _fewest(
                likeness, place, _forward(likeness, place, np.flatnonzero(stays)), limit
            )
            said = _holds(columns, [names[each] for each in few], name, limit, alike)
            if said:
                yield name, said
                continue
        stays[place] = True
        if left[place] > _NOTHING:
            root = np.sqrt(left[place])
            # The inverse of the triangle grows with it, which costs less than solving for each.
            back[:many, many] = -(back[:many, :many] @ done[:, place]) / root
            back[many, many] = 1 / root
            steps[many] = (likeness[place] - done[:, place] @ done) / root
            left -= steps[many] ** 2
            basis.append(place)


def _filled(values: Floats) -> Floats:
    """Return values about their mean, of length one; nulls are the mean."""
    largest = np.nanmax(np.abs(values), initial=0.0, where=~np.isnan(values))
    if not largest:
        return np.zeros(len(values))
    scaled = values / largest
    scaled[np.isnan(scaled)] = np.nanmean(scaled)
    return standard(scaled)


def _forward(likeness: Floats, place: int, others: Ints) -> Ints:
    """Take, `MOST` times, the feature that explains most of what is left of another."""
    among, wanted = likeness[np.ix_(others, others)], likeness[others, place]
    found: list[int] = []
    rest, room = wanted, np.ones(len(others))
    for _ in range(min(MOST, len(others))):
        gain = np.where(room > _NOTHING, rest**2 / np.maximum(room, _NOTHING), 0.0)
        gain[found] = -1
        found.append(int(np.argmax(gain)))
        by = _weights(among, found, among[found])
        rest = wanted - by.T @ wanted[found]
        room = 1 - np.sum(by * among[found], axis=0)
    return others[found]


def _fewest(likeness: Floats, place: int, found: Ints, limit: float) -> list[int]:
    """Return those of some features that are needed to say another; none if all do not."""
    needed: list[int] = found.tolist()
    if _share(likeness, place, needed) < limit:
        return []
    for each in needed[::-1]:
        fewer = [other for other in needed if other != each]
        if _share(likeness, place, fewer) >= limit:
            needed = fewer
    return needed


def _share(likeness: Floats, place: int, found: Sequence[int]) -> float:
    """Return R^2 of some features."""
    wanted = likeness[list(found), place]
    return float(_weights(likeness, found, wanted) @ wanted) if len(found) else 0.0


def _weights(likeness: Floats, found: Sequence[int], wanted: Floats) -> Floats:
    among = likeness[np.ix_(found, found)]
    return np.asarray(np.linalg.lstsq(among, wanted, rcond=_NOTHING)[0], dtype=np.float64)


def _holds(
    columns: Mapping[str, Floats], few: Sequence[str], name: str, limit: float, alike: float
) -> str:
    """Hold a sum against all rows; return what it says, or nothing when it does not hold."""
    values, others = columns[name], [columns[each] for each in few]
    there: Bools = ~np.isnan(values)
    if not few or not np.array_equal(there, ~np.any(np.isnan(others), axis=0)):
        return ""
    held = np.array([values, *others])[:, there]
    if held.shape[1] < ENOUGH or not np.isfinite(held).all():
        return ""
    held /= np.maximum(np.max(np.abs(held), axis=1, keepdims=True), np.finfo(np.float64).tiny)
    values, spread = held[0], float(np.std(held[0]))
    if not spread:
        return ""
    parts = np.vstack([held[1:], np.ones(len(values))]).T
    fit = parts @ np.linalg.lstsq(parts, values, rcond=None)[0]
    share = 1 - float(np.mean((values - fit) ** 2)) / spread**2
    fit = np.where(np.abs(fit - values) <= _SAME * spread, values, fit)
    if share < limit or standard(ranks(fit)) @ standard(ranks(values)) < alike:
        return ""
    listed = f"{', '.join(few[:-1])} and {few[-1]}" if len(few) > 1 else few[0]
    verb = "say together" if len(few) > 1 else "says"
    return f"says what {listed} {verb} (linear, R^2 {share:.5f})"
