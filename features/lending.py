"""What a lender asks of the past: how late, how often, how long ago, and how much of the limit."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

from features.arguments import COLUMN, NUMBER, ascends, listed, require
from features.builders import Tabled, count, largest, latest, named_table, total
from features.conditions import Bound, Range, above, at_least, at_most, below
from features.derived import MONTHS, PART, RATIO
from features.errors import DefinitionError
from features.feature import Derived, Tally, joined
from features.instants import plain
from features.names import slug
from features.rhythms import days_since, days_since_largest
from features.windows import Window

BANDS = (1.0, 30.0, 60.0, 90.0)
"""Days past due at which each band of an ageing begins, as lenders report them."""


def current_stage(table: Tabled, column: str) -> Tally:
    """Read the stage of arrears, or the days past due, as of the cutoff.

    Examples
    --------
    >>> current_stage("loans", "days_late").name
    'loans_days_late_current'
    """
    return latest(table, column).named(_called(table, column, "current"))


def worst_stage(table: Tabled, column: str, days: float | None = None) -> Tally:
    """Take the worst stage of arrears, or the most days past due, in a window.

    Examples
    --------
    >>> worst_stage("loans", "days_late", 364).name
    'loans_days_late_worst_364d'
    """
    return largest(table, column, days).named(_called(table, column, "worst", _label(days)))


def months_since_worst(table: Tabled, column: str, days: float | None = None) -> Derived:
    """Measure the months (of 30.4375 days) since the worst stage was last seen.

    Examples
    --------
    >>> months_since_worst("loans", "days_late").name
    'loans_days_late_months_since_worst_ever'
    """
    made = Derived(MONTHS, (days_since_largest(table, column, days),))
    return made.named(_called(table, column, "months_since_worst", _label(days)))


def months_since_late(
    table: Tabled, column: str, least: float = 1, days: float | None = None
) -> Derived:
    """Measure the months since a stage, or days past due, of ``least`` or more was last seen.

    Examples
    --------
    >>> months_since_late("loans", "days_late", 30).name
    'loans_days_late_months_since_30_ever'
    """
    made = Derived(MONTHS, (days_since(table, days, where={column: at_least(least)}),))
    named = _called(table, column, "months_since", _number(least), _label(days))
    return made.named(named)


def share_at_most(
    table: Tabled, column: str, most: float = 0, days: float | None = None
) -> Derived:
    """Take the part of a measure's values that are at most ``most``; absent values do not count.

    Parameters
    ----------
    table : Table or str
        Table, or its name.
    column : str
        Measure.
    most : float
        In the measure's unit.
    days : float, optional
        Length of the window; left out, all of the past.

    Examples
    --------
    >>> share_at_most("payments", "days_late", 5, 184).name
    'payments_days_late_at_most_5_share_184d'
    """
    low = count(table, days, where={column: at_most(most)})
    high = count(table, days, where={column: above(most)})
    named = _called(table, column, "at_most", _number(most), "share", _label(days))
    return Derived(PART, (low, high)).named(named)


def on_time_share(
    table: Tabled, column: str, days: float | None = None, *, grace: float = 0
) -> Derived:
    """Take the part of payments that came at most ``grace`` days late.

    Parameters
    ----------
    table : Table or str
        Payments; see `share_at_most`.
    column : str
        Days late of each.
    days : float, optional
        Length of the window; left out, all of the past.
    grace : float
        Days late that still count as on time.

    Examples
    --------
    >>> on_time_share("payments", "days_late", 184).name
    'payments_days_late_on_time_share_184d'
    """
    made = share_at_most(table, column, grace, days)
    part = "on_time_share" if not grace else f"on_time_{_number(grace)}_share"
    return made.named(_called(table, column, part, _label(days)))


def utilisation(
    table: Tabled, balance: str, limit: str, *, limits: Tabled | None = None
) -> Derived:
    """Divide the last known balance by the last known limit, both as of the cutoff.

    Parameters
    ----------
    table : Table or str
        Holds the balance.
    balance, limit : str
        Measures.
    limits : Table or str, optional
        Holds the limit; left out, the table of the balance.

    Examples
    --------
    >>> utilisation("statements", "bill", "limit", limits="clients").name
    'statements_bill_utilisation'
    """
    parts = latest(table, balance), latest(limits or table, limit)
    return Derived(RATIO, parts).named(_called(table, balance, "utilisation"))


def peak_utilisation(
    table: Tabled, balance: str, limit: str, days: float, *, limits: Tabled | None = None
) -> Derived:
    """Divide the largest balance of a window by the last known limit; see `utilisation`.

    Examples
    --------
    >>> peak_utilisation("statements", "bill", "limit", 184).name
    'statements_bill_peak_utilisation_184d'
    """
    parts = largest(table, balance, days), latest(limits or table, limit)
    named = _called(table, balance, "peak_utilisation", _label(days))
    return Derived(RATIO, parts).named(named)


def ageing(
    table: Tabled,
    column: str,
    days: float | None = None,
    *,
    of: str = "",
    bands: Sequence[float] = BANDS,
) -> tuple[Tally, ...]:
    """Count events, or sum a measure, by bands of days past due.

    A band holds what is at least its beginning and below that of the next; what is below the first
    has a band too, and the last is open. So every value stands in one band, whatever decimals it
    has, and the bands sum to the whole. What is absent stands in none.

    Parameters
    ----------
    table : Table or str
        Table, or its name.
    column : str
        Days past due of each event.
    days : float, optional
        Length of the window; left out, all of the past.
    of : str
        Measure to sum, as the amount overdue; left out, events are counted.
    bands : sequence of float
        Days at which bands begin, 0 or more, ascending.

    Raises
    ------
    DefinitionError
        When bands are no numbers, are negative, or do not ascend.

    Examples
    --------
    >>> [each.name for each in ageing("loans", "days_late", 364)]  # doctest: +NORMALIZE_WHITESPACE
    ['loans_days_late_below_1_count_364d', 'loans_days_late_1_to_below_30_count_364d',
     'loans_days_late_30_to_below_60_count_364d', 'loans_days_late_60_to_below_90_count_364d',
     'loans_days_late_90_and_over_count_364d']
    """
    begins = listed("ageing", bands, NUMBER)
    if not begins or begins[0] < 0 or not ascends(begins):
        fault = f"bands must be numbers of days that ascend from 0 or more, got {begins}"
        raise DefinitionError("ageing", [fault])
    spans: list[tuple[str, Bound | Range]] = [(f"below_{_number(begins[0])}", below(begins[0]))]
    for begin, end in pairwise(begins):
        name = f"{_number(begin)}_to_below_{_number(end)}"
        spans.append((name, Range(at_least(begin), below(end))))
    spans.append((f"{_number(begins[-1])}_and_over", at_least(begins[-1])))
    made = []
    for span, held in spans:
        where = {column: held}
        tally = total(table, of, days, where=where) if of else count(table, days, where=where)
        what = f"{slug(of)}_total" if of else "count"
        made.append(tally.named(_called(table, column, span, what, _label(days))))
    return tuple(made)


def delinquency(
    table: Tabled,
    column: str,
    days: float = 364,
    *,
    of: str = "",
    bands: Sequence[float] = BANDS,
) -> tuple[Tally | Derived, ...]:
    """Ask all of a measure of lateness: now, at worst, how long ago, how often, by bands.

    Parameters
    ----------
    table, column, of, bands
        As for `ageing`; for stages of arrears give ``bands=(1, 2, 3)``.
    days : float
        Length of the window.

    Examples
    --------
    >>> [each.name for each in delinquency("loans", "days_late", 364)][:4]
    ... # doctest: +NORMALIZE_WHITESPACE
    ['loans_days_late_current', 'loans_days_late_worst_364d',
     'loans_days_late_months_since_worst_364d', 'loans_days_late_months_since_1_ever']
    """
    return (
        current_stage(table, column),
        worst_stage(table, column, days),
        months_since_worst(table, column, days),
        *(months_since_late(table, column, each) for each in bands),
        on_time_share(table, column, days),
        *ageing(table, column, days, bands=bands),
        *(ageing(table, column, days, of=of, bands=bands) if of else ()),
    )


def _called(table: Tabled, column: str, *what: str) -> str:
    require("feature", {"column": COLUMN}, column=column)
    return joined([named_table(table), slug(column), *what])


def _label(days: float | None) -> str:
    return Window(days).label


def _number(value: float) -> str:
    return slug(plain(value))
