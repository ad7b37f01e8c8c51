"""The log is only added to, and tells what was done to it."""

import errno
import json
import os
import pwd
from collections.abc import Callable
from pathlib import Path

import pytest

from features.errors import StateError
from training.production.history import entry
from training.production.log import HEAD, HISTORY, append, read_history
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


def test_lines_put_in_after_the_last_are_told(tmp_path: Path) -> None:
    path = filled(tmp_path, 4)
    head = (tmp_path / HEAD).read_text()
    append(tmp_path, entry("churn", "promote", 8, None, "zz"))
    (tmp_path / HEAD).write_text(head)
    # One may have been written just before a kill.
    assert len(read_history(tmp_path)) == 5
    append(tmp_path, entry("churn", "promote", 9, None, "zz"))
    (tmp_path / HEAD).write_text(head)
    with pytest.raises(StateError, match=r"line 5 was put in: there were 4 lines"):
        read_history(tmp_path)
    assert path.exists()


@pytest.mark.parametrize("line", ['{"task": "churn"}', '{"task": 3, "action": "promote"}'])
def test_a_line_that_is_no_promotion_is_told(tmp_path: Path, line: str) -> None:
    (tmp_path / HISTORY).write_text(f"{OLD}{line}\n")
    with pytest.raises(StateError, match=r"promotions\.jsonl: line 2 is no promotion"):
        read_history(tmp_path)


def test_a_head_that_is_gone_or_spoilt_is_told(tmp_path: Path) -> None:
    filled(tmp_path)
    (tmp_path / HEAD).write_text("{}")
    with pytest.raises(StateError, match="cannot be read: KeyError"):
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
    # Killed between the line and the head: the line is there, and counts.
    head = (tmp_path / HEAD).read_text()
    append(tmp_path, entry("churn", "promote", 4, 3, "b4"))
    (tmp_path / HEAD).write_text(head)
    assert [each.version for each in read_history(tmp_path)] == [1, 2, 3, 4]


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
