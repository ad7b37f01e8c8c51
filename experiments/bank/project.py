"""Bank marketing: who subscribes a term deposit when called, from a ready-made table."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from pathlib import Path
from typing import Final

import pandas as pd

from features import LabelledTable
from foretell.datasets import BANK_MARKETING
from training import Project, Task, labelled

FIRST_YEAR: Final = 2008
"""Of the first row: the rows run from May 2008 to November 2010."""

MONTHS: Final = {
    name: number
    for number, name in enumerate(
        ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"), 1
    )
}

calls = LabelledTable(
    "calls",
    label="y",
    positive="yes",
    time="date",
    # How long a call took is known when its outcome is.
    leave_out=["duration"],
    texts={
        "balance": "Mean balance of the year, euros",
        "campaign": "Calls in this campaign, this one included",
        "contact": "Way of contact",
        "day": "Day of the month of the call",
        "default": "Has credit in default",
        "education": "Education",
        "housing": "Has a housing loan",
        "job": "Job",
        "loan": "Has a personal loan",
        "marital": "Marital status",
        "month": "Month of the call",
        "pdays": "Days since a call of an earlier campaign (-1: none)",
        "poutcome": "Outcome of the earlier campaign",
        "previous": "Calls of earlier campaigns",
        "age": "Age in years",
    },
)

project = Project("bank", tables=[calls], tasks=[Task("subscribes", labelled(calls))])


def prepare(cache: Path) -> dict[str, Path]:
    """Fetch the table, and give its rows the dates that their order tells."""
    raw = BANK_MARKETING.fetch(cache)["bankmarketing"]
    rows = pd.read_csv(raw, sep=";", keep_default_na=False)
    rows["date"] = dated(zip(rows["month"], rows["day"], strict=True), FIRST_YEAR)
    folder = cache / "bank"
    folder.mkdir(parents=True, exist_ok=True)
    part = folder / "calls.part"
    rows.to_parquet(part, index=False)
    part.replace(folder / "calls.parquet")
    return {"calls": folder / "calls.parquet"}


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
