"""BG/NBD: the chance that a customer is alive, and the events expected in the horizon.

Fitted on the events that the label asks for, before each test cutoff, a day being one event (Fader,
Hardie and Lee, 2005). A label that asks for a first event, as of leaving, has none before: then it
is the events that make a customer active, and who seems gone comes first. Both are scores of their
own; nothing is learnt from labels.
"""

from __future__ import annotations

import contextlib
from typing import Any

import pandas as pd
from lifetimes import BetaGeoFitter
from lifetimes.utils import ConvergenceError, summary_data_from_transaction_data

from experiments.bench.accuracy.methods.told import Asked, main


def features(asked: Asked) -> pd.DataFrame:
    """Return ``alive`` and ``expected`` of the test rows; those of no event before are 0."""
    rows = asked.spine()
    test = rows[rows["slice"] == "test"]
    happens_once = asked.task["outcome"] == "first"
    events = asked.events(asked.task["active"]) if happens_once else asked.label_events()
    events = events[["customer", "at"]]
    made = [_at(group, events, time, asked.task) for time, group in test.groupby("time")]
    return pd.concat(made, ignore_index=True)


def _fitted(*seen: pd.Series[float]) -> BetaGeoFitter:
    """Fit with the smallest penalty that converges; very regular events need a larger one."""
    for penalty in (0.0, 0.001, 0.01, 0.1):
        with contextlib.suppress(ConvergenceError):
            return BetaGeoFitter(penalizer_coef=penalty).fit(*seen)
    return BetaGeoFitter(penalizer_coef=1.0).fit(*seen)


def _at(group: pd.DataFrame, events: pd.DataFrame, time: Any, task: dict[str, Any]) -> pd.DataFrame:
    summary = summary_data_from_transaction_data(
        events[events["at"] < time],
        "customer",
        "at",
        # A cutoff at midnight: the day before is the last one that is seen whole.
        observation_period_end=time - pd.Timedelta(days=1),
        freq="D",
    )
    seen = (summary["frequency"], summary["recency"], summary["T"])
    model = _fitted(*seen)
    found = pd.DataFrame(index=summary.index)
    found["alive"] = model.conditional_probability_alive(*seen)
    expected = model.conditional_expected_number_of_purchases_up_to_time
    found["expected"] = expected(task["gap"] + task["horizon"], *seen)
    if task["gap"]:
        found["expected"] -= expected(task["gap"], *seen)
    joined = group[["customer", "cutoff"]].join(found, on="customer")
    return joined.fillna({"alive": 0.0, "expected": 0.0})


if __name__ == "__main__":
    main(features)
