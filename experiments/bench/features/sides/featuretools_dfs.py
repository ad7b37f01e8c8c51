"""Featuretools: deep feature synthesis at every cutoff, once for each training window."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime
from pathlib import Path

import featuretools as ft
import pandas as pd

from experiments.bench.features.questions import KINDS, QUESTIONS, WINDOWS, micros
from experiments.bench.features.side import main

_NAMES = {
    "COUNT(events{where})": "count",
    "SUM(events.amount{where})": "total",
    "MEAN(events.amount{where})": "mean",
    "MAX(events.amount{where})": "largest",
    "MIN(events.amount{where})": "smallest",
    "NUM_UNIQUE(events.item{where})": "distinct",
    "TIME_SINCE_LAST(events.occurred_at{where}, unit=days)": "days_since",
}


def answer(log: Path, cutoffs: Sequence[datetime]) -> pd.DataFrame:
    """Return one frame of all customers and cutoffs."""
    events = pd.read_parquet(log)
    events["occurred_at"] = events["occurred_at"].dt.tz_localize(None)
    held = _held(events)
    naive = [each.replace(tzinfo=None) for each in cutoffs]
    customers = pd.unique(events["customer"])
    times = pd.DataFrame(
        {
            "customer": list(customers) * len(naive),
            "time": [each for each in naive for _ in customers],
        }
    )
    whole = pd.concat([_of(held, times, days) for days in WINDOWS], axis=1)
    for kind in KINDS:
        some = whole["count_91d"].where(whole["count_91d"] > 0)
        whole[f"{kind}_share_91d"] = whole[f"{kind}_count_91d"] / some
    return whole


def _held(events: pd.DataFrame) -> ft.EntitySet:
    held = ft.EntitySet("log")
    held.add_dataframe(
        dataframe_name="events",
        dataframe=events.reset_index(names="event"),
        index="event",
        time_index="occurred_at",
        logical_types={"item": "Categorical", "kind": "Categorical", "amount": "Double"},
    )
    held.normalize_dataframe("events", "customers", "customer", make_time_index=False)
    held.add_interesting_values(dataframe_name="events", values={"kind": list(KINDS)})
    return held


def _of(held: ft.EntitySet, times: pd.DataFrame, days: int) -> pd.DataFrame:
    """Return the answers of one training window, and no others."""
    wanted = dict(_wanted(days))
    defined = ft.dfs(
        entityset=held,
        target_dataframe_name="customers",
        agg_primitives=["count", "sum", "mean", "max", "min", "num_unique", _last()],
        where_primitives=["count", "sum", "mean", "max", "min", _last()],
        trans_primitives=[],
        features_only=True,
    )
    kept = [each for each in defined if each.get_name() in wanted]
    made = ft.calculate_feature_matrix(
        kept,
        held,
        cutoff_time=times,
        training_window=ft.Timedelta(days, "d"),
        include_cutoff_time=False,
        cutoff_time_in_index=True,
    )
    answers: pd.DataFrame = made.rename(columns=wanted).astype("float64")
    return answers


def _last() -> ft.primitives.TimeSinceLast:
    return ft.primitives.TimeSinceLast(unit="days")


def _wanted(days: int) -> Iterator[tuple[str, str]]:
    asked = {question.name for question in QUESTIONS}
    for kind in ("", *KINDS):
        where = f" WHERE kind = {kind}" if kind else ""
        for theirs, ours in _NAMES.items():
            name = "_".join(part for part in (kind, ours, f"{days}d") if part)
            if name in asked:
                yield theirs.format(where=where), name


def write(answers: pd.DataFrame, path: Path) -> None:
    """Write the answers."""
    rows = answers.rename_axis(["customer", "time"]).reset_index()
    rows["cutoff"] = [micros(each.tz_localize("UTC")) for each in rows["time"]]
    names = [question.name for question in QUESTIONS]
    rows[["customer", "cutoff", *names]].to_parquet(path)


if __name__ == "__main__":
    main(answer, write, ("featuretools", "pandas"))
