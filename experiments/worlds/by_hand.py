"""What a data scientist who knows each business would write for its world by hand."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Final

from features import (
    Catalogue,
    count,
    days_between,
    days_since,
    days_since_first,
    distinct,
    largest,
    lateness,
    latest,
    mean,
    share,
    slope,
    smallest,
    total,
    trend,
)
from features.feature import Feature

Windows = Sequence[float]


def by_hand(name: str, windows: Windows) -> Catalogue:
    """Return the catalogue of a world, by its name; of windows in days, ascending."""
    return Catalogue(_WRITTEN[name](windows))


def _retailer(windows: Windows) -> list[Feature]:
    longest, coffee = windows[-1], {"category": "COFFEE"}
    return [
        *_rhythm("purchases", windows),
        *_rhythm("visits", windows),
        *(total("purchases", "amount", days) for days in windows),
        mean("purchases", "amount", longest),
        total("purchases", "discount", longest),
        distinct("purchases", "category", longest),
        distinct("purchases", "store", longest),
        days_since("purchases", where=coffee),
        days_between("purchases", where=coffee),
        lateness("purchases", where=coffee),
        *(count("purchases", days, where=coffee) for days in (*windows, None)),
        share("purchases", "category", "COFFEE", longest),
        trend("purchases", windows[2], where=coffee),
        count("visits", longest, where=coffee),
        count("mailings", windows[1]),
        days_since("mailings"),
        count("returns", longest),
        total("returns", "amount", longest),
        *(latest("members", column) for column in ("age", "club", "often")),
    ]


def _bank(windows: Windows) -> list[Feature]:
    longest = windows[-1]
    return [
        *(largest("payments", "days_late", days) for days in windows),
        *(mean("payments", "days_late", days) for days in windows),
        latest("payments", "days_late"),
        slope("payments", "days_late", windows[2]),
        *(count("payments", days) for days in windows),
        days_since("payments"),
        *(count("arrears", days) for days in (*windows, None)),
        *(largest("arrears", "stage", days) for days in (*windows, None)),
        latest("arrears", "stage"),
        days_since("arrears"),
        latest("statements", "utilisation"),
        latest("statements", "balance"),
        *(mean("statements", "utilisation", days) for days in windows),
        *(largest("statements", "utilisation", days) for days in (windows[1], longest)),
        slope("statements", "utilisation", windows[2]),
        days_since("salaries"),
        *(count("salaries", days) for days in windows),
        mean("salaries", "amount", longest),
        *(mean("premiums", "days_late", days) for days in windows),
        latest("premiums", "days_late"),
        largest("premiums", "days_late", longest),
        days_since("premiums"),
        *(count("complaints", days) for days in windows),
        days_since("complaints"),
        latest("surveys", "score"),
        *(mean("surveys", "score", days) for days in windows),
        smallest("surveys", "score", longest),
        days_since_first("instalments"),
        latest("instalments", "amount"),
        latest("advisers", "care"),
        days_since("advisers"),
        count("advisers"),
        latest("clients", "job"),
        latest("clients", "region"),
    ]


def _telecom(windows: Windows) -> list[Feature]:
    longest = windows[-1]
    return [
        *_rhythm("calls", windows),
        *(total("calls", "seconds", days) for days in windows),
        *(distinct("calls", "counterpart", days) for days in windows),
        *(total("usage", "megabytes", days) for days in windows),
        *(total("usage", "failures", days) for days in windows),
        *(trend("usage", days, of="megabytes") for days in windows[:-1]),
        *(trend("usage", days, of="failures") for days in windows[:-1]),
        latest("usage", "failures"),
        *_rhythm("recharges", windows),
        total("recharges", "amount", longest),
        latest("bills", "amount"),
        mean("bills", "amount", longest),
        *(count("complaints", days) for days in windows),
        days_since("complaints"),
        *(count("contact_losses", days) for days in (*windows, None)),
        days_since("contact_losses"),
        latest("memberships", "status"),
        days_since("memberships"),
        latest("contracts", "plan"),
        latest("contracts", "age"),
    ]


def _rhythm(table: str, windows: Windows) -> list[Feature]:
    """Recency, cadence, lateness, tenure, counts and trends."""
    return [
        days_since(table),
        days_since_first(table),
        days_between(table, windows[-1]),
        lateness(table, windows[-1]),
        *(count(table, days) for days in windows),
        *(trend(table, days) for days in windows[:-1]),
    ]


_WRITTEN: Final[Mapping[str, Callable[[Windows], list[Feature]]]] = {
    "retailer": _retailer,
    "bank": _bank,
    "telecom": _telecom,
}
