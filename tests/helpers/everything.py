"""A catalogue of every aggregate and operation over drawn events, in windows of every kind."""

from __future__ import annotations

from dataclasses import replace

from features.aggregates.kinds import HELD
from features.builders import (
    concentration,
    count,
    days_below_zero,
    distinct,
    earliest,
    entropy,
    largest,
    latest,
    mean,
    median,
    novel,
    slope,
    smallest,
    spread,
    tally,
    total,
    usual,
)
from features.catalogue import Catalogue
from features.conditions import Condition, at_least, at_most, between
from features.derived import PRESENT
from features.feature import Derived
from features.lending import months_since_worst, share_at_most
from features.recipes import (
    acceleration,
    against_past,
    band,
    difference,
    lateness,
    overdue,
    share,
    trend,
)
from features.rhythms import (
    active_days,
    days_between,
    days_since,
    days_since_first,
    days_since_largest,
    irregularity,
    longest_gap,
    streak,
)

WINDOWS = (2, 7, None)
PRESENT_OF = Derived(PRESENT, (count("events"),))
EVERYTHING = Catalogue(
    [
        feature
        for days in WINDOWS
        for feature in (
            count("events", days),
            count("events", days, lag=3),
            count("events", days, where={"kind": ["a", "c"], "amount": at_most(1.5)}),
            total("events", "amount", days),
            mean("events", "amount", days),
            largest("events", "amount", days),
            largest("events", "amount", days, where={"kind": "b"}),
            smallest("events", "amount", days, lag=1),
            days_since("events", days, where={"amount": at_least(0.5)}),
            days_between("events", days),
            days_between("events", days, where={"kind": "a"}),
            distinct("events", "kind", days),
            share("events", "kind", "a", days),
            share("events", "kind", "b", days, of="amount"),
            median("events", "amount", days),
            spread("events", "amount", days, where={"kind": ["a", "b"]}),
            days_since_first("events", days, lag=1),
            longest_gap("events", days),
            irregularity("events", days),
            active_days("events", days),
            streak("events", 1, days),
            streak("events", 7, days, lag=1),
            streak("events", 28, days),
            novel("events", "kind", days),
            entropy("events", "kind", days),
            concentration("events", "kind", days, where={"amount": at_least(-1)}),
            usual("events", "kind", days),
            tally(HELD, "events", days, 0, None, "kind"),
            replace(count("events", days), where=(Condition("kind", "not_in", ("a", "c")),)),
            replace(PRESENT_OF, inputs=(count("events", days, where={"kind": "b"}),)),
            earliest("events", "amount", days),
            latest("events", "kind", days, lag=2),
            slope("events", "amount", days),
            days_below_zero("events", "amount", days),
            days_below_zero("events", "amount", days, lag=3),
            against_past("events", 1, days or 9),
            days_since_largest("events", "amount", days),
            days_since_largest("events", "amount", days, lag=1, where={"kind": ["a", "b"]}),
            share_at_most("events", "amount", 1, days),
            count("events", days, where={"amount": between(-1, 2)}),
        )
    ]
    + [
        trend("events", 4),
        months_since_worst("events", "amount", 7),
        trend("events", 4, of="amount"),
        latest("events", "amount"),
        lateness("events"),
        overdue("events", 7),
        acceleration("events", 2, of="amount"),
        difference(total("events", "amount"), total("events", "amount", 7)),
        replace(band(count("events"), (0.5, 0.8)), parameters=(1.0, 4.5)),
    ]
)
