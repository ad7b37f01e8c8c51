"""What is shown of gates, versions and decisions."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import typer

from foretell.console import show_json, show_table

if TYPE_CHECKING:
    from collections.abc import Sequence

    from training.production.gate import Gate
    from training.production.history import Entry


def show_gates(gates: Sequence[Gate]) -> None:
    """Print what each gate said."""
    if not gates:
        return
    rows = [[each.gate, each.state, each.figure, each.limit, each.remedy] for each in gates]
    show_table("Gates", ["gate", "verdict", "figure", "asked for", "what to do"], rows)


def show_versions(name: str, found: dict[str, dict[str, Any]], as_json: bool) -> None:
    """Print what stands, as `foretell.standing.now` found it."""
    if as_json:
        show_json(found)
        return
    head = ["task", "version", "stands as", "calibration", "promoted", "by"]
    rows = [row for task, each in found.items() for row in _rows(task, each)]
    show_table(f"Models of {name}", head, rows)
    for task, each in found.items():
        if each["note"]:
            typer.echo(f"{task}: {each['note']}")


def _rows(task: str, told: dict[str, Any]) -> list[list[str]]:
    """Return a row for each version of a task that is something, the newest first."""
    roles = ("champion", "challenger", "newest")
    rows = []
    for number in sorted({told[role] for role in roles} - {None}, reverse=True):
        mine = [role for role in roles if told[role] == number]
        crowned = [_minute(told["promoted_at"]), told["promoted_by"]] if "champion" in mine else []
        # What stands may be of another bundle than what is registered now: it comes first.
        promised = told["calibration"][mine[0]]
        rows.append([task, str(number), ", ".join(mine), promised, *(crowned or ["", ""])])
    return rows or [[task, "none", "", "", "", ""]]


def _minute(at: str) -> str:
    return f"{at[:16].replace('T', ' ')}Z"


def show_then(name: str, found: dict[str, Any], as_json: bool) -> None:
    """Print who was in production at an instant, as `foretell.standing.in_production` found it."""
    if as_json:
        show_json(found)
        return
    head = ["task", "version", "bundle", "run", "promoted", "by", "override"]
    rows = [
        [task, *_cells(each)] if each else [task, "none", "", "", "", "", ""]
        for task, each in found["tasks"].items()
    ]
    show_table(f"In production of {name} at {found['at']}", head, rows)


def _cells(each: dict[str, Any]) -> list[str]:
    keys = ("version", "bundle", "run", "at", "by", "override")
    return [str(each[key])[:12] if key in ("bundle", "run") else str(each[key]) for key in keys]


def show_history(name: str, entries: Sequence[Entry], as_json: bool) -> None:
    """Print every decision."""
    from dataclasses import asdict

    if as_json:
        show_json([asdict(each) for each in entries])
        return
    head = ["at", "task", "action", "version", "before", "by", "bundle", "failed gates", "override"]
    rows = [
        [
            each.at,
            each.task,
            each.action,
            str(each.version),
            str(each.before or "none"),
            each.by,
            each.bundle[:12],
            ", ".join(each.failed),
            each.override,
        ]
        for each in entries
    ]
    show_table(f"Decisions about {name}", head, rows)
