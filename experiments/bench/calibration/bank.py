"""Bank marketing as rows in the order of time: who subscribes a term deposit when called."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np
import pandas as pd

from features.arrays import Bools, Floats, Ints, Texts
from foretell.datasets import BANK_MARKETING

MONTHS: Final = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
CATEGORIES: Final = (
    "job marital education default housing loan contact month poutcome".split()  # noqa: SIM905
)
NUMBERS: Final = ("age", "balance", "campaign", "pdays", "previous")


@dataclass(frozen=True, eq=False)
class Calls:
    """Calls in the order of their dates.

    Parameters
    ----------
    matrix : (n, k) float64
        Inputs; categories as codes.
    names : tuple of str
        Of the columns.
    categorical : tuple of int
        Columns that hold codes.
    y : (n,) bool
        Whether the client subscribed.
    month : (n,) int64
        Months since January 2008.
    day : (n,) int64
        Day of the month.
    previous : (n,) object
        Outcome of the campaign before.
    """

    matrix: Floats
    names: tuple[str, ...]
    categorical: tuple[int, ...]
    y: Bools
    month: Ints
    day: Ints
    previous: Texts


def calls(cache: Path | None = None) -> Calls:
    """Fetch the table; ``duration`` is left out, because it is known only after the call.

    The table tells month and day, and no year: a year begins where a month comes before that of
    the row above. Codes of categories are fixed by their names alone, not learnt from rows.
    """
    rows = pd.read_csv(BANK_MARKETING.fetch(cache)["bankmarketing"], sep=";", keep_default_na=False)
    place = rows["month"].map(MONTHS.index).to_numpy(dtype=np.int64)
    years = np.cumsum(np.append(0, place[1:] < place[:-1]))
    columns = [rows[name].to_numpy(dtype=np.float64) for name in NUMBERS]
    for name in CATEGORIES:
        texts = rows[name].to_numpy(dtype=object)
        columns.append(np.unique(texts, return_inverse=True)[1].astype(np.float64))
    return Calls(
        matrix=np.column_stack(columns),
        names=(*NUMBERS, *CATEGORIES),
        categorical=tuple(range(len(NUMBERS), len(columns))),
        y=(rows["y"].astype(str).isin(("1", "yes"))).to_numpy(dtype=np.bool_),
        month=place + 12 * years,
        day=rows["day"].to_numpy(dtype=np.int64),
        previous=rows["poutcome"].to_numpy(dtype=object),
    )
