"""A small world of people who call one another about things: drawn tables, and a slow reference."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import pyarrow as pa

from features import AttributeTable, EventTable
from features.instants import DAY, instant

START: Final = instant("2024-01-01")
CALLS: Final = EventTable(
    "calls",
    customer="caller",
    occurred_at="at",
    known_at="known",
    measures={"seconds": "int"},
    categories=["callee", "topic"],
)
CIRCLES: Final = AttributeTable(
    "circles", customer="person", occurred_at="since", known_at="known", categories=["circle"]
)


@dataclass(frozen=True)
class Call:
    """One call."""

    caller: int
    at: int
    known: int
    seconds: int | None
    callee: str | None
    topic: str | None


@dataclass(frozen=True)
class Change:
    """One change of somebody's circle."""

    person: int
    since: int
    known: int
    circle: str | None


@dataclass(frozen=True)
class Network:
    """Rows of both tables."""

    calls: Sequence[Call]
    changes: Sequence[Change]

    def sources(self) -> dict[str, pa.Table]:
        """Return the tables."""
        return {
            "calls": pa.table(
                {
                    "caller": pa.array([each.caller for each in self.calls], pa.int64()),
                    "at": _times(each.at for each in self.calls),
                    "known": _times(each.known for each in self.calls),
                    "seconds": pa.array([each.seconds for each in self.calls], pa.int64()),
                    "callee": pa.array([each.callee for each in self.calls], pa.string()),
                    "topic": pa.array([each.topic for each in self.calls], pa.string()),
                }
            ),
            "circles": pa.table(
                {
                    "person": pa.array([each.person for each in self.changes], pa.int64()),
                    "since": _times(each.since for each in self.changes),
                    "known": _times(each.known for each in self.changes),
                    "circle": pa.array([each.circle for each in self.changes], pa.string()),
                }
            ),
        }

    @property
    def people(self) -> list[int]:
        """Everybody who has a row."""
        return sorted({*(e.caller for e in self.calls), *(e.person for e in self.changes)})

    def calls_of(self, person: int, moment: int, days: float) -> list[Call]:
        """Return what somebody's calls of some days are, as known before a moment."""
        return [
            each
            for each in self.calls
            if each.caller == person and _seen(each.at, each.known, moment, days)
        ]

    def circle_of(self, person: int, moment: int) -> str | None:
        """Return somebody's circle as known before a moment."""
        seen = [
            each
            for each in self.changes
            if each.person == person and _seen(each.since, each.known, moment)
        ]
        # Rows of one instant are in the order of knowing, then of what they say.
        seen.sort(key=lambda each: (each.since, each.known, each.circle or ""))
        return seen[-1].circle if seen else None

    def topic(self, topic: str | None, moment: int, days: float) -> list[Call]:
        """Return the calls about a topic, of everybody."""
        return [
            each
            for each in self.calls
            if each.topic == topic and _seen(each.at, each.known, moment, days)
        ]

    def answers(self, person: int, callee: str | None, moment: int, days: float) -> int:
        """Count the calls in return."""
        back = [each for each in self.calls if str(each.caller) == callee]
        return sum(
            each.callee == str(person) and _seen(each.at, each.known, moment, days) for each in back
        )


def drawn(seed: int, people: int = 12, calls: int = 240) -> Network:
    """Draw a network: late knowledge, absent cells, strangers, people without calls."""
    random = np.random.default_rng(seed)

    def times() -> tuple[int, int]:
        # Whole days are common, so that events meet cutoffs and boards.
        day = int(random.integers(0, 120)) * DAY
        at = START + day + int(random.choice(np.array([0, 0, random.integers(0, DAY)])))
        return at, at + int(
            random.choice(np.array([0, 0, 0, 1, DAY, random.integers(0, 20 * DAY)]))
        )

    def some(values: Sequence[Any], absent: float = 0.1) -> Any:
        return None if random.random() < absent else values[int(random.integers(len(values)))]

    callees = [str(each) for each in range(people + 3)]
    made = [
        Call(
            int(random.integers(people - 2)),
            *times(),
            some([*range(90)]),
            some(callees),
            some("abcd"),
        )
        for _ in range(calls)
    ]
    changes = [
        Change(int(random.integers(people)), *times(), some(["x", "y", "z"]))
        for _ in range(2 * people)
    ]
    return Network(made, changes)


def mean_of(values: Iterable[float | None]) -> float:
    """Average what is not absent; NaN of nothing."""
    held = [value for value in values if value is not None]
    return sum(held) / len(held) if held else float("nan")


def counted(values: Iterable[object]) -> int:
    """Count distinct values that are not absent."""
    return len(Counter(value for value in values if value is not None))


Reference = Callable[[Network, int, int], float]
"""From a network, a person and a cutoff to the value of a feature."""


def _seen(at: int, known: int, moment: int, days: float | None = None) -> bool:
    return max(at, known) < moment and (days is None or at >= moment - days * DAY)


def _times(moments: Iterable[int]) -> pa.Array:
    return pa.array([*moments], pa.timestamp("us", tz="UTC"))
