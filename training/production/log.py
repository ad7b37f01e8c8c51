"""The log of a project's champions: one line of JSON for each decision, beside the champions.

Lines are only ever added. Each carries its number and the SHA-256 of all that stands before it, and
a small file beside the log holds the hash of the whole, so a line that was changed, removed or put
in is found and named. A kill may come between the two: a line after those that file knows of is
believed where the decision that was begun (`training.production.intent`) is that very line, and
refused else. It shows tampering; it does not prevent it: whoever may write the folder can
write all files anew, so a copy of the newest hash belongs elsewhere where that matters.
"""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, Final

from features.errors import StateError
from features.whole import flush, whole_file
from training.production.history import Entry, entry_from_json
from training.production.intent import read_intent

HISTORY: Final = "promotions.jsonl"
HEAD: Final = ".promotions.head"
"""File that holds how many lines the log has, and their hash."""


@dataclass(frozen=True)
class Log:
    """The log as it was read.

    Parameters
    ----------
    entries : tuple of Entry
        Oldest first.
    digest : str
        SHA-256 of its whole lines.
    size : int
        Bytes of its whole lines; what follows was cut off while it was written.
    owing : bool
        Whether its head does not know the last line yet, which the intent announces.
    """

    entries: tuple[Entry, ...] = ()
    digest: str = field(default_factory=lambda: hashlib.sha256(b"").hexdigest())
    size: int = 0
    owing: bool = False


def read_history(champions: Path) -> tuple[Entry, ...]:
    """Read every decision about a project's champions, oldest first.

    Parameters
    ----------
    champions : Path
        Folder of the champions.

    Returns
    -------
    tuple of Entry
        Empty when nothing was promoted yet.

    Raises
    ------
    StateError
        When a line is no entry, or a line was changed, removed or put in.
    """
    return read_log(champions).entries


def read_log(champions: Path) -> Log:
    """Read the log and check its chain; see `read_history`."""
    path = champions / HISTORY
    while True:
        head = _head(champions)
        entries, lines, digests, chained = _chain(path)
        if head is not None and head[0] > len(entries):
            raise _damaged(path, f"line {len(entries) + 1} was removed: there were {head[0]} lines")
        if head is not None and head[1] != digests[head[0]]:
            raise _damaged(path, f"line {head[0]} was changed")
        known = len(entries) - chained if head is None else head[0]
        owing = len(entries) > known and _announced(
            champions, lines[known], known + 1, digests[known]
        )
        believed = known + owing
        if len(entries) == believed:
            return Log(tuple(entries), digests[-1], sum(map(len, lines)), owing)
        # Whoever reads waits for nobody: a decision may have ended since the head was read.
        if _head(champions) == head:
            break
    if head is None:
        raise _damaged(path, f"{HEAD} was removed, which says how many lines there were")
    raise _damaged(
        path,
        f"line {believed + 1} was put in: there were {believed} lines, and no decision that was "
        "begun is that line",
    )


def append(champions: Path, more: Entry) -> None:
    """Add an entry to the end; it has reached the disk when this returns.

    Raises
    ------
    StateError
        When the log is damaged; nothing is added to it then.
    """
    log, path = read_log(champions), champions / HISTORY
    number = len(log.entries) + 1
    line = _line(more, number, log.digest)
    before = path.read_bytes()[: log.size] if path.exists() else b""
    handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o644)
    try:
        # A line that was cut off while it was written was never told of.
        os.ftruncate(handle, log.size)
        left = memoryview(line)
        while left:  # A disk that fills up takes a part, and refuses the rest.
            left = left[os.write(handle, left) :]
        os.fsync(handle)
    except OSError as error:
        raise StateError(
            f"{path} cannot be added to: {error.strerror}; make room or mend its rights, and run "
            "the same command again"
        ) from error
    finally:
        os.close(handle)
    flush(champions)
    _write_head(champions, number, hashlib.sha256(before + line).hexdigest())


def settle(champions: Path) -> None:
    """Let the head know the last line of the log, which an intent announced.

    Raises
    ------
    StateError
        When the log is damaged.
    """
    log = read_log(champions)
    if log.owing:
        _write_head(champions, len(log.entries), log.digest)


def _write_head(champions: Path, lines: int, digest: str) -> None:
    with whole_file(champions / HEAD) as partial:
        partial.write_text(json.dumps({"lines": lines, "sha256": digest}) + "\n", encoding="utf-8")


def _head(champions: Path) -> tuple[int, str] | None:
    path = champions / HEAD
    try:
        told = json.loads(path.read_text(encoding="utf-8"))
        lines, digest = int(told["lines"]), str(told["sha256"])
        if lines < 0:
            raise ValueError(f"{lines} lines")
        return lines, digest
    except FileNotFoundError:
        return None
    except (KeyError, TypeError, ValueError) as error:
        raise _damaged(champions / HISTORY, f"{HEAD} cannot be read: {error!r}") from None


def _line(decision: Entry, number: int, previous: str) -> bytes:
    return f"{json.dumps({**asdict(decision), 'number': number, 'previous': previous})}\n".encode()


def _announced(champions: Path, line: bytes, number: int, previous: str) -> bool:
    """Tell whether a line is what the decision that was begun would have written, byte for byte."""
    pending = read_intent(champions)
    return (
        pending is not None
        and pending[0] == number - 1
        and _line(pending[1], number, previous) == line
    )


def _chain(path: Path) -> tuple[list[Entry], list[bytes], list[str], int]:
    """Return entries, lines, the hash before each line and of all, and how many are chained."""
    content = path.read_bytes() if path.exists() else b""
    lines = content[: content.rfind(b"\n") + 1].splitlines(keepends=True)
    running, entries, chained = hashlib.sha256(), list[Entry](), 0
    digests = [running.hexdigest()]
    for number, line in enumerate(lines, start=1):
        value = _value(path, number, line)
        if "number" in value or "previous" in value or chained:
            _require_link(path, number, value, digests[-1], chained)
            chained += 1
        plain = {key: each for key, each in value.items() if key not in ("number", "previous")}
        try:
            entries.append(entry_from_json(plain))
        except TypeError as error:
            raise _damaged(path, f"line {number} is no promotion: {error}") from None
        running.update(line)
        digests.append(running.hexdigest())
    return entries, lines, digests, chained


def _value(path: Path, number: int, line: bytes) -> dict[str, Any]:
    try:
        value = json.loads(line)
    except ValueError as error:
        raise _damaged(path, f"line {number} is no promotion: {error}") from None
    if not isinstance(value, dict):
        raise _damaged(path, f"line {number} is no promotion: it holds {value!r}")
    return value


def _require_link(
    path: Path, number: int, value: Mapping[str, Any], previous: str, chained: int
) -> None:
    told = value.get("number")
    if not isinstance(told, int) or told < number:
        raise _damaged(path, f"line {number} was put in, or changed")
    if told > number:
        gone = f"line {number} was" if told == number + 1 else f"lines {number} to {told - 1} were"
        raise _damaged(path, f"{gone} removed")
    if value.get("previous") != previous:
        changed = f"line {number - 1}" if chained else f"a line before line {number}"
        raise _damaged(path, f"{changed if number > 1 else 'line 1'} was changed")


def _damaged(path: Path, what: str) -> StateError:
    return StateError(
        f"{path}: {what}; restore the file from a copy, or, to begin a new log, move it and {HEAD} "
        "away and keep them"
    )
