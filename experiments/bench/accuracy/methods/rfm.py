"""Recency, frequency and money by hand: what an analyst writes in an hour.

Of every table, and once more of the events that the label asks for: days since the last and the
first event, the mean gap, and counts and sums over the windows. Attributes without times are added.
"""

from __future__ import annotations

import numpy as np
import pandas as pd

from experiments.bench.accuracy.methods.told import KEYS, Asked, main


def features(asked: Asked) -> pd.DataFrame:
    """Return the features of every row."""
    tables = asked.told["tables"]
    sets = {name: (asked.events(name), tables[name]["measures"]) for name in asked.timed()}
    for name in asked.alike():
        sets[f"{name}_label"] = (asked.label_events(name), tables[name]["measures"])
    made = []
    for time, group in asked.learnt().groupby("time"):
        found = group[KEYS].set_index("customer")
        for name, (events, measures) in sets.items():
            seen = events[events["at"] < time]
            columns = _rfm(seen, pd.Timestamp(str(time)), asked.windows, measures)
            found = found.join(columns.add_prefix(f"{name}_"))
        made.append(found.reset_index())
    return asked.with_static(pd.concat(made, ignore_index=True))


def _rfm(
    seen: pd.DataFrame, time: pd.Timestamp, windows: list[float], measures: list[str]
) -> pd.DataFrame:
    times = seen.groupby("customer")["at"].agg(["min", "max", "nunique"])
    day = pd.Timedelta(days=1)
    found = pd.DataFrame(index=times.index)
    found["recency"] = (time - times["max"]).dt.total_seconds() / 86_400
    found["tenure"] = (time - times["min"]).dt.total_seconds() / 86_400
    gaps = (times["max"] - times["min"]).dt.total_seconds() / 86_400
    found["gap"] = gaps / (times["nunique"] - 1).replace(0, np.nan)
    for days in windows:
        recent = seen[seen["at"] >= time - days * day].groupby("customer")
        found[f"frequency_{days}d"] = recent.size()
        for measure in measures:
            found[f"{measure}_{days}d"] = recent[measure].sum()
    return found


if __name__ == "__main__":
    main(features)
