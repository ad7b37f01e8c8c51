"""pandas: the log read once, then a mask and a group-by for each window and each cutoff."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime
from pathlib import Path

import pandas as pd

from experiments.bench.features.questions import KINDS, QUESTIONS, WINDOWS, micros
from experiments.bench.features.side import main

_NAMES = {"size": "count", "sum": "total", "mean": "mean", "max": "largest", "min": "smallest"}
_FEW = {"size": "count", "sum": "total"}


def answer(log: Path, cutoffs: Sequence[datetime]) -> list[tuple[datetime, pd.DataFrame]]:
    """Return a frame for each cutoff."""
    events = pd.read_parquet(log)
    events["item"] = events["item"].str.slice(5).astype("int16")
    events["kind"] = pd.Categorical(events["kind"], categories=list(KINDS))
    return [(each, _at(events, pd.Timestamp(each))) for each in cutoffs]


def _at(events: pd.DataFrame, cutoff: pd.Timestamp) -> pd.DataFrame:
    times = events["occurred_at"]
    seen = events[(times < cutoff) & (times >= cutoff - pd.Timedelta(days=365))]
    found = pd.concat([*_windows(seen, cutoff), *_kinds(seen, cutoff)], axis=1)
    zero = [each.name for each in QUESTIONS if each.aggregate in ("count", "total", "distinct")]
    found[zero] = found[zero].fillna(0)
    for kind in KINDS:
        found[f"{kind}_share_91d"] = found[f"{kind}_count_91d"] / found["count_91d"].where(
            found["count_91d"] > 0
        )
    return found


def _windows(seen: pd.DataFrame, cutoff: pd.Timestamp) -> Iterator[pd.DataFrame]:
    for days in WINDOWS:
        recent = seen[seen["occurred_at"] >= cutoff - pd.Timedelta(days=days)]
        tallies = recent.groupby("customer")["amount"].agg([*_NAMES]).rename(columns=_NAMES)
        once = recent[["customer", "item"]].drop_duplicates()
        tallies["distinct"] = once.groupby("customer").size()
        yield tallies.add_suffix(f"_{days}d")


def _kinds(seen: pd.DataFrame, cutoff: pd.Timestamp) -> Iterator[pd.DataFrame]:
    keys = ["customer", "kind"]
    for days in (28, 91):
        recent = seen[seen["occurred_at"] >= cutoff - pd.Timedelta(days=days)]
        asked = _NAMES if days == 91 else _FEW
        cells = recent.groupby(keys, observed=True)["amount"].agg([*asked]).rename(columns=asked)
        yield _wide(cells, f"{days}d")
    last = seen.groupby(keys, observed=True)["occurred_at"].max()
    yield _wide(_days(last, cutoff).to_frame("days_since"), "365d")
    ever = seen.groupby("customer")["occurred_at"].max()
    yield _days(ever, cutoff).to_frame("days_since_365d")


def _days(last: pd.Series[pd.Timestamp], cutoff: pd.Timestamp) -> pd.Series[float]:
    return (cutoff - last) / pd.Timedelta(days=1)


def _wide(cells: pd.DataFrame, suffix: str) -> pd.DataFrame:
    apart = {name: cells[name].unstack("kind") for name in cells.columns}
    return pd.concat(
        [
            wide.set_axis([f"{kind}_{name}_{suffix}" for kind in wide.columns], axis=1)
            for name, wide in apart.items()
        ],
        axis=1,
    )


def write(answers: Sequence[tuple[datetime, pd.DataFrame]], path: Path) -> None:
    """Write the answers."""
    names = [question.name for question in QUESTIONS]
    framed = [frame[names].assign(cutoff=micros(cutoff)) for cutoff, frame in answers]
    pd.concat(framed).reset_index().to_parquet(path)


if __name__ == "__main__":
    main(answer, write, ("pandas",))
