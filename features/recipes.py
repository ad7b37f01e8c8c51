"""Features made of features: shares, trends, lateness, lags, scores of recency and spend."""

from __future__ import annotations

from collections.abc import Sequence

from features.arguments import DAYS, NUMBER, TIMES, ascends, listed, require
from features.builders import Tabled, count, total
from features.conditions import Scalar, Where
from features.derived import BEND, CONTRAST, DIFFERENCE, OVERDUE, RATIO
from features.errors import DefinitionError
from features.feature import Derived, Feature, Tally, joined
from features.fitted import ALIVE, BAND, EXPECTED, SPEND
from features.names import slug
from features.rhythms import active_days, days_between, days_since, days_since_first
from features.windows import Window


def share(
    table: Tabled,
    by: str,
    level: Scalar | Sequence[Scalar],
    days: float | None = None,
    *,
    of: str = "",
    lag: float = 0,
) -> Derived:
    """Take the part of events, or of a measure's sum, that falls on one level of a category.

    Parameters
    ----------
    table : Table or str
        Table, or its name.
    by, level : str and value or sequence of values
        Category and the level of it, or several.
    days, lag
        Window, as for `count`.
    of : str
        Measure to sum; left out, events are counted.

    Examples
    --------
    >>> share("purchases", by="department", level="DELI", days=91).name
    'purchases_department_deli_share_91d'
    """
    part = _amount(table, of, days, lag, {by: level})
    whole = _amount(table, of, days, lag, None)
    return Derived(RATIO, (part, whole), _called(part, *_of(of), "share"))


def shares(
    table: Tabled,
    by: str,
    levels: Sequence[Scalar],
    days: float | None = None,
    *,
    of: str = "",
) -> tuple[Derived, ...]:
    """Make one `share` for each level."""
    return tuple(share(table, by, level, days, of=of) for level in levels)


def trend(table: Tabled, days: float, *, of: str = "", where: Where | None = None) -> Derived:
    """Compare the recent window with the one before it, from -1 (stopped) to 1 (new).

    The value is ``(recent - before) / (|recent| + |before|)`` of the count of events, or of the sum
    of the measure ``of``.

    Examples
    --------
    >>> trend("purchases", 28, of="sales_value").name
    'purchases_sales_value_trend_28d'
    """
    recent, before = _steps("trend", table, days, 2, of, where)
    return Derived(CONTRAST, (recent, before), _called(recent, *_of(of), "trend"))


def ratio(over: Feature, under: Feature) -> Derived:
    """Divide one feature by another; null where the second is null or 0.

    Examples
    --------
    >>> ratio(days_since("visits"), days_between("visits")).named("visits_lateness").name
    'visits_lateness'
    """
    return Derived(RATIO, (over, under))


def difference(more: Feature, less: Feature) -> Derived:
    """Subtract one feature from another; null where either is."""
    return Derived(DIFFERENCE, (more, less))


def lateness(table: Tabled, days: float | None = None, *, where: Where | None = None) -> Derived:
    """Divide the days since the last event by the customer's own median days between events.

    Examples
    --------
    >>> lateness("visits", 364).name
    'visits_lateness_364d'
    """
    usual = days_between(table, days, where=where)
    made = Derived(RATIO, (days_since(table, where=where), usual))
    return made.named(_called(usual, "lateness"))


def overdue(table: Tabled, days: float | None = None, *, where: Where | None = None) -> Derived:
    """Measure silence: days since the last event, less the usual pause and three days.

    Above 0 the customer is silent for longer than the rule of the personal cycle allows.

    Examples
    --------
    >>> overdue("visits").name
    'visits_overdue_ever'
    """
    usual = days_between(table, days, where=where)
    made = Derived(OVERDUE, (days_since(table, where=where), usual))
    return made.named(_called(usual, "overdue"))


def lags(
    table: Tabled, days: float, times: int, *, of: str = "", where: Where | None = None
) -> tuple[Tally, ...]:
    """Count events, or sum a measure, in disjoint consecutive windows, the latest first.

    Examples
    --------
    >>> [each.name for each in lags("visits", 7, 2)]
    ['visits_count_7d', 'visits_count_7d_lag7d']
    """
    return _steps("lags", table, days, times, of, where)


def acceleration(
    table: Tabled, days: float, *, of: str = "", where: Where | None = None
) -> Derived:
    """Compare the last change of an amount with the change before it, from -1 to 1.

    Examples
    --------
    >>> acceleration("visits", 28).name
    'visits_acceleration_28d'
    """
    recent, before, long_before = _steps("acceleration", table, days, 3, of, where)
    made = Derived(BEND, (recent, before, long_before))
    return made.named(_called(recent, *_of(of), "acceleration"))


def against_past(
    table: Tabled, days: float, past: float, *, of: str = "", where: Where | None = None
) -> Derived:
    """Divide the amount of a recent window by that of a longer one that holds it.

    Examples
    --------
    >>> against_past("visits", 28, 364).name
    'visits_against_past_28d_of_364d'
    """
    require("against_past", {"days": DAYS, "past": DAYS}, days=days, past=past)
    if not days < past:
        fault = f"past must be longer than the {days:g} recent days, got {past:g}"
        raise DefinitionError("against_past", [fault])
    recent, whole = (_amount(table, of, each, 0, where) for each in (days, past))
    named = _called(recent, *_of(of), "against_past")
    return Derived(RATIO, (recent, whole), f"{named}_of_{whole.window.label}")


def band(feature: Feature, quantiles: Sequence[float] = (0.2, 0.4, 0.6, 0.8)) -> Derived:
    """Score a feature by the band of customers it falls in, 1 the lowest.

    The thresholds are quantiles among the customers that the feature is fitted on.

    Parameters
    ----------
    feature : Feature
        A number.
    quantiles : sequence of float
        Ascending, above 0 and below 1. ``(0.5, 0.8)`` gives the value classes of the customers
        with the least, the middle and the largest spend.

    Examples
    --------
    >>> band(count("visits", 364), (0.5, 0.8)).name
    'visits_count_364d_band_0_5_0_8'
    """
    asked = listed("band", quantiles, NUMBER)
    if not asked or not (ascends(asked) and asked[0] > 0 and asked[-1] < 1):
        fault = f"quantiles must ascend between 0 and 1, got {asked}"
        raise DefinitionError("band", [fault])
    return Derived(BAND, (feature,), options=tuple(map(float, asked)))


def rfm(table: Tabled, spend: str, days: float = 364) -> tuple[Derived, ...]:
    """Score recency, frequency and spend by fifths of the customers, and class them by value.

    The value class is 1 for the half of the customers with the least spend, 2 for the next 30 %,
    3 for the top 20 %.

    Examples
    --------
    >>> [each.name for each in rfm("visits", "paid")]  # doctest: +NORMALIZE_WHITESPACE
    ['visits_recency_score', 'visits_frequency_score', 'visits_spend_score', 'visits_value_class']
    """
    since, often = days_since(table), count(table, days)
    much = total(table, spend, days)
    return (
        band(since).named(f"{since.table}_recency_score"),
        band(often).named(f"{since.table}_frequency_score"),
        band(much).named(f"{since.table}_spend_score"),
        band(much, (0.5, 0.8)).named(f"{since.table}_value_class"),
    )


def p_alive(table: Tabled, *, where: Where | None = None) -> Derived:
    """Estimate the probability that a customer has not left for good, by MBG/NBD.

    A day with an event counts once. The model is fitted on events before the earliest cutoff; see
    `features.alive`.

    Examples
    --------
    >>> p_alive("purchases").name
    'purchases_p_alive'
    """
    days, first, last = _history(table, where)
    made = Derived(ALIVE, (days, first, last))
    return made.named(_named(days, "p_alive"))


def expected(table: Tabled, horizon: float, *, where: Where | None = None) -> Derived:
    """Estimate how many days with an event the days after the cutoff bring, by MBG/NBD.

    Examples
    --------
    >>> expected("purchases", 90).name
    'purchases_expected_90d'
    """
    days, first, last = _history(table, where)
    made = Derived(EXPECTED, (days, first, last), options=(float(horizon),))
    return made.named(_named(days, f"expected_{Window(horizon).label}"))


def expected_spend(table: Tabled, column: str, *, where: Where | None = None) -> Derived:
    """Estimate what a day with an event will bring, by the Gamma-Gamma model.

    Examples
    --------
    >>> expected_spend("purchases", "paid").name
    'purchases_paid_expected_spend'
    """
    days = active_days(table, where=where)
    made = Derived(SPEND, (days, total(table, column, where=where)))
    return made.named(_named(days, slug(column), "expected_spend"))


def _history(table: Tabled, where: Where | None) -> tuple[Tally, Tally, Tally]:
    return (
        active_days(table, where=where),
        days_since_first(table, where=where),
        days_since(table, where=where),
    )


def _named(tally: Tally, *what: str) -> str:
    return joined([tally.table, *(condition.slug for condition in tally.where), *what])


def _steps(
    what: str, table: Tabled, days: float, times: int, of: str, where: Where | None
) -> tuple[Tally, ...]:
    require(what, {"days": DAYS, "times": TIMES}, days=days, times=times)
    return tuple(_amount(table, of, days, days * step, where) for step in range(times))


def _amount(table: Tabled, of: str, days: float | None, lag: float, where: Where | None) -> Tally:
    if of:
        return total(table, of, days, lag=lag, where=where)
    return count(table, days, lag=lag, where=where)


def _of(column: str) -> tuple[str, ...]:
    return (slug(column),) if column else ()


def _called(tally: Tally, *what: str) -> str:
    slugs = [condition.slug for condition in tally.where]
    return joined([tally.table, *slugs, *what, tally.window.label])
