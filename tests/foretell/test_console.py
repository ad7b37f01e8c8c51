import re

import pytest
from rich.console import Console

from features.notice import Notice
from foretell import console
from training.search.standing import Said, Standing


def standing(done: int, left: float = 60.0) -> Said:
    return Standing(done, 4, 0, 0.2, 10.0, left).said()


def test_in_a_log_a_search_tells_its_beginning_its_end_and_little_between(
    capsys: pytest.CaptureFixture[str],
) -> None:
    with console.steps("train churn") as say:
        say("building: x")
        for done in range(5):
            say(standing(done, 60.0 - 15 * done))
        say("fitting")
    assert capsys.readouterr().err.splitlines() == [
        "train churn: building",
        "train churn: searching: 0 of 4 trials, lowest log loss 0.2000, 1 min left",
        "train churn: searching: 4 of 4 trials, lowest log loss 0.2000",
        "train churn: fitting",
    ]


def test_in_a_log_a_long_search_tells_every_half_minute(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    clock = iter([100.0, 120.0, 131.0, 140.0])
    monkeypatch.setattr("foretell.console.time.monotonic", lambda: next(clock))
    with console.steps("train") as say:
        for done in range(4):
            say(standing(done))
    told = re.findall(r"(\d) of 4", capsys.readouterr().err)
    assert told == ["0", "2"]


def test_a_notice_is_printed_whole_and_stays(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    words = "'branch' is left out: 300 levels, none of them in 20 rows"
    with console.steps("train churn") as say:
        say(Notice(words))
        say(Notice("'branch' is left out, too"))
        say("building: x")
        say(Notice(words))
        say("building: y")
    assert capsys.readouterr().err.splitlines() == [
        f"train churn: {words}",
        "train churn: 'branch' is left out, too",
        "train churn: building",
        f"train churn: {words}",
    ]
    shown = Console(width=60, force_terminal=True, color_system=None)
    monkeypatch.setattr(console, "progress", lambda: shown)
    with shown.capture() as caught, console.steps("train churn") as say:
        say("building")
        say(Notice(words))
        say("fitting")
    # A step is drawn over by the next one; what is left when the spinner is erased is the notice.
    left = re.sub(r"\x1b\[[0-9?]*[A-Za-z]|\r", "", caught.get())
    assert f"train churn: {words}\n" in left


def test_on_a_terminal_a_search_has_a_bar() -> None:
    def drawn(text: str) -> str:
        shown = Console(width=100, force_terminal=True, color_system=None)
        with shown.capture() as caught:
            shown.print(console._with_bar("train", text))
        return caught.get()

    assert "━" not in drawn("fitting")
    assert drawn(standing(1)).startswith("train: searching: 1 of 4 trials, lowest log loss 0.2000")
    assert drawn(standing(3)).count("━") > drawn(standing(1)).count("━") - 24
    assert "━" in drawn(standing(1))
