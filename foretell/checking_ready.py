"""What the check command tells of a ready-made table."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

import numpy as np

from foretell.console import show_json, show_table
from foretell.workspace import Loaded

_SHOWN: Final = 5


def show_checked(loaded: Loaded, say: Callable[[str], None], as_json: bool) -> None:
    """Read a ready-made table, hold it against what training needs, and print what it holds.

    Parameters
    ----------
    loaded : Loaded
        The project.
    say : callable
        Told what is being done.
    as_json : bool
        Print JSON instead of tables.
    """
    found = inspect_ready(loaded, say)
    if as_json:
        show_json(found)
        return
    rows = [
        [
            name,
            f"{each['rows']:,}",
            f"{each['positives']:,}",
            f"{each['positives'] / each['rows']:.1%}",
            " to ".join(each["from_to"]),
        ]
        for name, each in found["slices"].items()
    ]
    told = ", ".join(f"{len(names)} {kind}" for kind, names in found["columns"].items() if names)
    title = f"{found['table']}: {found['rows']:,} rows, {found['base_rate']:.1%} positive; {told}"
    show_table(title, ["slice", "rows", "positives", "rate", "when"], rows)
    strongest = [[name, f"{auc:.4f}"] for name, auc in found["alone"].items()]
    show_table("AUC of the strongest columns alone, on training rows", ["column", "AUC"], strongest)


def inspect_ready(loaded: Loaded, say: Callable[[str], None]) -> dict[str, Any]:
    """Return what a ready-made table holds, as plain JSON values.

    Raises
    ------
    ContractError, CohortError
        When no model can be trained on it.
    """
    from training.data import open_data
    from training.folds import describe
    from training.guard import alone
    from training.ready.prepare import prepare_ready

    task = loaded.project.tasks[0]
    config = loaded.config(task.name)
    data = open_data(loaded.project, loaded.sources(), say, config.judging.names)
    rows = data.ready
    assert rows is not None  # noqa: S101  for the type checker
    assert rows.label is not None  # noqa: S101
    say("laying slices and looking for leaks")
    config = data.timed(config)
    prepared = prepare_ready(data.described(loaded.project), task, rows, config)
    made, roles = prepared.rows, prepared.splits[0]
    when = describe(prepared.slices) if prepared.slices else {}
    train = made.take(roles["train"])
    strongest = list(alone(train.vectors.columns, train.label).items())[:_SHOWN]
    return {
        "table": rows.table.name,
        "rows": len(rows),
        "base_rate": float(np.mean(rows.label)),
        "columns": {
            "numbers": list(rows.table.numbers),
            "categories": list(rows.table.categories),
            "since": list(rows.table.since),
        },
        "dropped": {each.name: each.reason for each in prepared.selected.dropped},
        "slices": {
            name: {
                "rows": int(roles[name].sum()),
                "positives": int(made.label[roles[name]].sum()),
                "from_to": [each.removesuffix("T00:00:00Z") for each in _ends(when.get(name, []))],
            }
            for name in ("train", "stop", "calibrate", "test")
        },
        "alone": dict(strongest),
    }


def _ends(when: list[str]) -> list[str]:
    return [when[0], when[-1]] if when else ["by customer"]
