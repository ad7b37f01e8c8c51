"""How a method is asked: a folder, a task, and the file to write.

Nothing but the standard library and pandas is imported here, so that a peer's environment can read
it.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd

KEYS = ["customer", "cutoff"]


@dataclass(frozen=True)
class Asked:
    """A task of an exported data set.

    Parameters
    ----------
    folder : Path
        As `experiments.bench.accuracy.export` writes it.
    name : str
        Task.
    told : mapping
        Contents of ``dataset.json``.
    """

    folder: Path
    name: str
    told: dict[str, Any]

    @property
    def task(self) -> dict[str, Any]:
        """What is asked."""
        found: dict[str, Any] = self.told["tasks"][self.name]
        return found

    @property
    def windows(self) -> list[float]:
        """Days."""
        found: list[float] = self.told["windows"]
        return found

    def spine(self) -> pd.DataFrame:
        """Return the rows, with the cutoff as a naive time in UTC beside it as ``time``."""
        rows = pd.read_parquet(self.folder / self.name / "spine.parquet")
        rows["time"] = pd.to_datetime(rows["cutoff"], unit="us")
        return rows

    def learnt(self) -> pd.DataFrame:
        """Return the rows that a method needs: all but those that only calibration reads."""
        rows = self.spine()
        return rows[rows["slice"] != "calibrate"].reset_index(drop=True)

    def events(self, table: str) -> pd.DataFrame:
        """Return the events of a table; ``at`` is a naive time in UTC."""
        return pd.read_parquet(self.folder / "events" / f"{table}.parquet")

    def label_events(self, table: str = "") -> pd.DataFrame:
        """Return the events that the label asks for, of its table or of one that is alike."""
        events = self.events(table or self.task["table"])
        for column, values in self.task["where"].items():
            events = events[events[column].isin(values)]
        return events

    def alike(self) -> list[str]:
        """Return the tables that hold every column of the label's condition; none without one."""
        where, tables = set(self.task["where"]), self.told["tables"]
        return [name for name in self.timed() if where and where <= {*tables[name]["categories"]}]

    def timed(self) -> list[str]:
        """Return the tables of events."""
        return [name for name, table in self.told["tables"].items() if not table["static"]]

    def changing(self) -> list[str]:
        """Return the tables of attributes with times: each row a change."""
        return [name for name, table in self.told["tables"].items() if table["changing"]]

    def static(self) -> list[str]:
        """Return the tables of attributes without times."""
        return [name for name, table in self.told["tables"].items() if table["static"]]

    def with_static(self, made: pd.DataFrame) -> pd.DataFrame:
        """Add the attributes without times to a method's columns."""
        for table in self.static():
            made = made.merge(
                self.events(table)
                .add_prefix(f"{table}_")
                .rename(columns={f"{table}_customer": "customer"}),
                on="customer",
                how="left",
            )
        return made


def main(method: Callable[[Asked], pd.DataFrame]) -> None:
    """Run a method, and write its columns by customer and cutoff."""
    parser = argparse.ArgumentParser()
    parser.add_argument("folder", type=Path)
    parser.add_argument("task")
    parser.add_argument("out", type=Path)
    asked = parser.parse_args()
    told = json.loads((asked.folder / "dataset.json").read_text())
    made = method(Asked(asked.folder, asked.task, told))
    made.to_parquet(asked.out, index=False)
