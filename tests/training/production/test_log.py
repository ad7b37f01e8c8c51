"""The log is only added to, and tells what was done to it."""

import errno
import json
import os
import pwd
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from features.errors import StateError
from training.production import log
from training.production.history import Entry, entry
from training.production.intent import INTENT, drop_intent, write_intent
from training.production.log import HEAD, HISTORY, append, read_history, settle
from training.production.who import whoami

OLD = (
    '{"task": "churn", "action": "promote", "version": 1, "before": null, "bundle": "ab", '
    '"at": "2026-01-05T10:00:00Z", "by": "ann"}\n'
)


def filled(folder: Path, lines: int = 3) -> Path:
    for version in range(1, lines + 1):
        append(folder, entry("churn", "promote", version, version - 1 or None, f"b{version}"))
    return folder / HISTORY


def test_entries_are_added_to_the_end_and_chained(tmp_path: Path) -> None:
    assert read_history(tmp_path) == ()
    gates = ({"gate": "size", "state": "failed", "figure": "9", "limit": "8"},)
    first = entry("churn", "promote", 1, None, "ab", run="r1", override="needed", gates=gates)
    append(tmp_path, first)
    path = tmp_path / HISTORY
    before, place = path.read_bytes(), path.stat().st_ino
    second = entry("churn", "rollback", 2, 1, "cd")
    append(tmp_path, second)
    assert read_history(tmp_path) == (first, second)
    # Added to, not written anew.
    assert path.stat().st_ino == place
    assert path.read_bytes().startswith(before)
    assert first.failed == ("size",)
    assert first.at.endswith("Z")
    values = [json.loads(line) for line in path.read_text().splitlines()]
    assert [each["number"] for each in values] == [1, 2]
    assert {each.name for each in tmp_path.iterdir()} == {HISTORY, HEAD}


def test_a_log_of_an_older_version_is_read_and_gone_on_with(tmp_path: Path) -> None:
    path = tmp_path / HISTORY
    path.write_text(OLD + OLD.replace(": 1,", ": 2,"))
    assert [each.version for each in read_history(tmp_path)] == [1, 2]
    append(tmp_path, entry("churn", "promote", 3, 2, "ef"))
    assert [each.version for each in read_history(tmp_path)] == [1, 2, 3]
    path.write_text(path.read_text().replace("ann", "bob", 1))
    with pytest.raises(StateError, match="a line before line 3 was changed; restore the file"):
        read_history(tmp_path)


def changed(lines: list[str], place: int, old: str, new: str) -> list[str]:
    # With its quotes: a hash may hold the same two characters.
    assert f'"{old}"' in lines[place]
    return [*lines[:place], lines[place].replace(f'"{old}"', f'"{new}"'), *lines[place + 1 :]]


@pytest.mark.parametrize(
    ("tamper", "message"),
    [
        (lambda lines: changed(lines, 0, "b1", "b9"), "line 1 was changed"),
        (lambda lines: changed(lines, 1, "b2", "b9"), "line 2 was changed"),
        (lambda lines: changed(lines, 2, "b3", "b9"), "line 3 was changed"),
        (lambda lines: lines[1:], "line 1 was removed"),
        (lambda lines: [lines[0], lines[2]], "line 2 was removed"),
        (lambda lines: [*lines[:1], *lines[3:]], "lines 2 to 3 were removed"),
        (lambda lines: lines[:3], "line 4 was removed: there were 4 lines"),
        (lambda lines: [], "line 1 was removed: there were 4 lines"),
        (lambda lines: [lines[0], *lines], "line 2 was put in, or changed"),
        (lambda lines: [lines[0], OLD, *lines[1:]], "line 2 was put in, or changed"),
        (lambda lines: [lines[0], "{\n", *lines[1:]], "line 2 is no promotion: Expecting"),
        (lambda lines: [lines[0], "3\n", *lines[1:]], "line 2 is no promotion: it holds 3"),
    ],
)
def test_what_was_done_to_the_log_is_named(
    tmp_path: Path, tamper: Callable[[list[str]], list[str]], message: str
) -> None:
    path = filled(tmp_path, 4)
    path.write_text("".join(tamper(path.read_text().splitlines(keepends=True))))
    with pytest.raises(StateError, match=message) as caught:
        read_history(tmp_path)
    assert f"move it and {HEAD} away and keep them" in str(caught.value)
    held = path.read_bytes()
    with pytest.raises(StateError, match=message):
        append(tmp_path, entry("churn", "promote", 9, None, "zz"))
    assert path.read_bytes() == held


def headless(folder: Path, more: Entry) -> None:
    """Add a line as whoever is killed before its head is written, or who can only write the log."""
    head = folder / HEAD
    told = head.read_text() if head.exists() else None
    append(folder, more)
    if told is None:
        head.unlink()
    else:
        head.write_text(told)


FORGED = entry("churn", "promote", 8, None, "zz")


def test_a_line_that_no_decision_announced_is_told(tmp_path: Path) -> None:
    path = filled(tmp_path, 4)
    headless(tmp_path, FORGED)
    held = path.read_bytes()
    told = "line 5 was put in: there were 4 lines, and no decision that was begun is that line; res"
    with pytest.raises(StateError, match=told):
        read_history(tmp_path)
    # Another decision that was begun does not vouch for it, nor this one at another place.
    for lines, begun in (
        (4, replace(FORGED, version=9)),
        (4, replace(FORGED, by="eve")),
        (3, FORGED),
    ):
        write_intent(tmp_path, lines, begun)
        for asked in (read_history, settle, lambda folder: append(folder, FORGED)):
            with pytest.raises(StateError, match=told):
                asked(tmp_path)
    assert path.read_bytes() == held


def test_a_line_after_the_one_that_was_announced_is_told(tmp_path: Path) -> None:
    path = filled(tmp_path, 4)
    fifth = entry("churn", "promote", 5, 4, "b5")
    write_intent(tmp_path, 4, fifth)
    head = (tmp_path / HEAD).read_text()
    append(tmp_path, fifth)
    append(tmp_path, FORGED)
    (tmp_path / HEAD).write_text(head)
    with pytest.raises(StateError, match="line 6 was put in: there were 5 lines"):
        read_history(tmp_path)
    # In other bytes it is another line, whatever it says.
    lines = path.read_text().splitlines(keepends=True)
    path.write_text("".join([*lines[:4], lines[4].replace(", ", ",  ", 1)]))
    with pytest.raises(StateError, match="line 5 was put in: there were 4 lines"):
        read_history(tmp_path)


def test_a_first_line_that_no_decision_announced_is_told(tmp_path: Path) -> None:
    headless(tmp_path, FORGED)
    with pytest.raises(StateError, match="was removed, which says how many lines there were"):
        read_history(tmp_path)
    write_intent(tmp_path, 0, FORGED)
    assert read_history(tmp_path) == (FORGED,)


def test_a_log_that_is_added_to_while_it_is_read_is_read_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    filled(tmp_path, 2)
    read, begun = log._chain, [3, 4]

    def slow(path: Path) -> object:
        # Two whole decisions end between the reading of the head and that of the lines.
        versions, begun[:] = tuple(begun), []
        for version in versions:
            append(tmp_path, entry("churn", "promote", version, None, f"b{version}"))
        return read(path)

    monkeypatch.setattr("training.production.log._chain", slow)
    assert [each.version for each in read_history(tmp_path)] == [1, 2, 3, 4]


@pytest.mark.parametrize("line", ['{"task": "churn"}', '{"task": 3, "action": "promote"}'])
def test_a_line_that_is_no_promotion_is_told(tmp_path: Path, line: str) -> None:
    (tmp_path / HISTORY).write_text(f"{OLD}{line}\n")
    with pytest.raises(StateError, match=r"promotions\.jsonl: line 2 is no promotion"):
        read_history(tmp_path)


def test_a_head_that_is_gone_or_spoilt_is_told(tmp_path: Path) -> None:
    filled(tmp_path)
    for content, words in (("{}", "KeyError"), ('{"lines": -1, "sha256": ""}', "ValueError")):
        (tmp_path / HEAD).write_text(content)
        with pytest.raises(StateError, match=f"cannot be read: {words}"):
            read_history(tmp_path)
    (tmp_path / HEAD).unlink()
    with pytest.raises(StateError, match="was removed, which says how many lines there were"):
        read_history(tmp_path)


def test_whoever_is_killed_while_writing_leaves_the_lines_before(tmp_path: Path) -> None:
    path = filled(tmp_path, 2)
    with path.open("a") as stream:
        stream.write('{"task": "chu')
    assert [each.version for each in read_history(tmp_path)] == [1, 2]
    append(tmp_path, entry("churn", "promote", 3, 2, "b3"))
    assert [each.version for each in read_history(tmp_path)] == [1, 2, 3]
    # Killed between the line and the head: the line is there, and counts, as it was announced.
    fourth = entry("churn", "promote", 4, 3, "b4", override="é", gates=({"gate": "size"},))
    write_intent(tmp_path, 3, fourth)
    headless(tmp_path, fourth)
    assert [each.version for each in read_history(tmp_path)] == [1, 2, 3, 4]
    settle(tmp_path)
    drop_intent(tmp_path)
    assert [each.version for each in read_history(tmp_path)] == [1, 2, 3, 4]
    assert not (tmp_path / INTENT).exists()


def test_a_disk_that_fills_up_leaves_the_lines_before(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    filled(tmp_path, 2)
    room, write = [40], os.write

    def narrow(handle: int, content: bytes) -> int:
        if not room[0]:
            raise OSError(errno.ENOSPC, "No space left on device")
        taken = write(handle, bytes(content)[: room[0]])
        room[0] -= taken
        return taken

    with monkeypatch.context() as patched:
        patched.setattr("os.write", narrow)
        with pytest.raises(StateError, match="cannot be added to: No space left on device; make"):
            append(tmp_path, entry("churn", "promote", 3, 2, "b3"))
    assert [each.version for each in read_history(tmp_path)] == [1, 2]
    append(tmp_path, entry("churn", "promote", 4, 2, "b4"))
    assert [each.version for each in read_history(tmp_path)] == [1, 2, 4]


def test_who_asks_is_the_account_and_not_what_the_environment_says(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("LOGNAME", "somebody-else")
    assert whoami() == pwd.getpwuid(os.getuid()).pw_name
    monkeypatch.setattr("os.getuid", lambda: 987_654)
    assert whoami() == "uid 987654"
