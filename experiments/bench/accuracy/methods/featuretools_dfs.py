"""Featuretools: deep feature synthesis at every cutoff, once for each training window.

The events that the label asks for are an interesting value, so that counts, sums and recency are
also made of them alone.
"""

from __future__ import annotations

import featuretools as ft
import pandas as pd

from experiments.bench.accuracy.methods.told import KEYS, Asked, main

AMOUNTS = ["count", "sum", "mean", "std", "max", "min", "num_unique"]
SINCE = [
    ft.primitives.TimeSinceLast(unit="days"),
    ft.primitives.TimeSinceFirst(unit="days"),
    "avg_time_between",
]


def features(asked: Asked) -> pd.DataFrame:
    """Return the features of every row."""
    rows = asked.learnt()
    held = _held(asked)
    times = rows[["customer", "time"]]
    made = [_of(held, times, days, asked.changing()) for days in (*asked.windows, None)]
    whole = pd.concat(made, axis=1).loc[pd.MultiIndex.from_frame(times)]
    whole.columns = [f"f{place}" for place in range(whole.shape[1])]
    texts = whole.select_dtypes(["category", "object", "string"]).columns
    whole = whole.astype(dict.fromkeys(texts, object))
    return pd.concat([rows[KEYS], whole.reset_index(drop=True)], axis=1)


def _held(asked: Asked) -> ft.EntitySet:
    held = ft.EntitySet("data")
    customers = asked.spine()[["customer"]].drop_duplicates()
    for table in asked.static():
        customers = customers.merge(asked.events(table), on="customer", how="left")
    held.add_dataframe(dataframe_name="customers", dataframe=customers, index="customer")
    for table in asked.timed():
        told = asked.told["tables"][table]
        events = asked.events(table)
        held.add_dataframe(
            dataframe_name=table,
            dataframe=events[events["customer"].isin(customers["customer"])].reset_index(
                names=f"{table}_row"
            ),
            index=f"{table}_row",
            time_index="at",
            logical_types={
                **dict.fromkeys(told["categories"], "Categorical"),
                **dict.fromkeys(told["measures"], "Double"),
            },
        )
        held.add_relationship("customers", "customer", table, "customer")
    for table in asked.alike():
        held.add_interesting_values(dataframe_name=table, values=asked.task["where"])
    return held


def _of(
    held: ft.EntitySet, times: pd.DataFrame, days: float | None, changing: list[str]
) -> pd.DataFrame:
    whole = days is None
    made, _ = ft.dfs(
        entityset=held,
        target_dataframe_name="customers",
        cutoff_time=times,
        cutoff_time_in_index=True,
        include_cutoff_time=False,
        training_window=None if whole else ft.Timedelta(days, "d"),
        # Its loops over customers in Python are asked once: a window adds nothing to them.
        agg_primitives=[*AMOUNTS, *(["last", *SINCE] if whole else [])],
        where_primitives=["count", "sum", *(SINCE if whole else [])],
        trans_primitives=[],
        primitive_options={"last": {"include_dataframes": changing}} if whole else None,
    )
    # Attributes are the same in every window.
    static = [name for name in made.columns if days is not None and "(" not in name]
    answers: pd.DataFrame = made.drop(columns=static)
    return answers


if __name__ == "__main__":
    main(features)
