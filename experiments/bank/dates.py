"""The year of rows that tell only day and month, and stand in the order of their dates."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from typing import Final

MONTHS: Final = {
    name: number
    for number, name in enumerate(
        ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"), 1
    )
}


def dated(days: Iterable[tuple[str, int]], year: int) -> list[date]:
    """Give rows their dates: a new year begins where a month comes before that of the row above.

    Parameters
    ----------
    days : iterable of (str, int)
        Month (``"may"``) and day of each row, in the order of the dates.
    year : int
        Year of the first row.

    Returns
    -------
    list of date

    Raises
    ------
    ValueError
        When a month is unknown, a day is not in its month, or days of a month do not ascend: the
        rows are not in the order of their dates.

    Examples
    --------
    >>> [str(each) for each in dated([("nov", 30), ("dec", 1), ("jan", 7)], 2008)]
    ['2008-11-30', '2008-12-01', '2009-01-07']
    """
    found: list[date] = []
    for row, (month, day) in enumerate(days, 1):
        if month not in MONTHS:
            raise ValueError(f"row {row}: expected a month such as 'may', came {month!r}")
        number = MONTHS[month]
        if found and number < found[-1].month:
            year += 1
        try:
            here = date(year, number, day)
        except ValueError:
            raise ValueError(f"row {row}: {month} {year} has no day {day}") from None
        if found and here < found[-1]:
            raise ValueError(
                f"row {row}: {here} comes after {found[-1]}; the rows must stand in the order of "
                "their dates, or nobody can tell their years"
            )
        found.append(here)
    return found
