"""The decision that was begun: it is on the disk before its link moves and its line is written.

It goes once the log's head knows the line, so a line that the head does not know yet is a
decision's own only where this file announces it.
"""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path
from typing import Final

from features.errors import StateError
from features.whole import whole_file
from training.production.history import Entry, entry_from_json

INTENT: Final = ".intent.json"


def write_intent(champions: Path, lines: int, decision: Entry) -> None:
    """Write down a decision; it has reached the disk when this returns.

    Parameters
    ----------
    champions : Path
        Folder of the champions.
    lines : int
        How many lines the log has without it.
    decision : Entry
        What is to be done.
    """
    with whole_file(champions / INTENT) as partial:
        partial.write_text(json.dumps({"lines": lines, "entry": asdict(decision)}), "utf-8")


def read_intent(champions: Path) -> tuple[int, Entry] | None:
    """Return how many lines the log had when a decision began that has not ended, and which.

    Raises
    ------
    StateError
        When the file was cut off or altered: it is written whole.
    """
    path = champions / INTENT
    try:
        told = json.loads(path.read_text("utf-8"))
        return int(told["lines"]), entry_from_json(told["entry"])
    except FileNotFoundError:
        return None
    except (ValueError, TypeError, KeyError) as error:
        raise StateError(
            f"{path} is no decision that was begun ({type(error).__name__}: {error}); move it away "
            "and keep it, and see with `foretell models` which version is served"
        ) from None


def drop_intent(champions: Path) -> None:
    """Take the decision away: it ended, or nothing came of it."""
    (champions / INTENT).unlink()
