"""Editions are made once, found again, and let go."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from threading import Event

import numpy as np
import pytest

from features import count
from features.arrays import Ints
from features.boards.places import Places
from features.boards.publish import Edition, Membership
from features.boards.shelf import Shelf
from features.links import Board, People

BOARD = People((count("calls"),))


class Press:
    """Makes editions of 80 bytes and remembers which."""

    def __init__(self) -> None:
        self.made: list[int] = []

    def __call__(self, board: Board, instants: Ints) -> list[Edition]:
        self.made += instants.tolist()
        return [Membership(Places({}, 8), np.zeros(10, np.int64)) for _ in instants]


def test_what_is_kept_is_not_made_again() -> None:
    press = Press()
    shelf = Shelf(press)
    first = shelf.editions(BOARD, np.array([3, 1, 3]))
    again = shelf.editions(People((count("calls"),)), np.array([1, 2]))
    assert press.made == [1, 3, 2]
    assert again[1] is first[1]


def test_those_asked_for_longest_ago_are_let_go() -> None:
    press = Press()
    shelf = Shelf(press, room=240)
    shelf.editions(BOARD, np.array([1, 2, 3]))
    shelf.editions(BOARD, np.array([1]))
    shelf.editions(BOARD, np.array([4]))
    shelf.editions(BOARD, np.array([1, 3, 4]))
    assert press.made == [1, 2, 3, 4]
    shelf.editions(BOARD, np.array([2]))
    assert press.made == [1, 2, 3, 4, 2]


def test_all_that_is_asked_for_at_once_is_kept() -> None:
    press = Press()
    shelf = Shelf(press, room=100)
    for _ in range(2):
        assert len(shelf.editions(BOARD, np.arange(5))) == 5
    assert press.made == [0, 1, 2, 3, 4]


def test_threads_that_ask_at_once_make_an_edition_once() -> None:
    press, started, go_on = Press(), Event(), Event()

    def slowly(board: Board, instants: Ints) -> list[Edition]:
        started.set()
        assert go_on.wait(10)
        return press(board, instants)

    shelf = Shelf(slowly)
    with ThreadPoolExecutor(3) as pool:
        asked = [pool.submit(shelf.editions, BOARD, np.array([7])) for _ in range(3)]
        assert started.wait(10)
        go_on.set()
        found = [each.result(10)[7] for each in asked]
    assert press.made == [7]
    assert found[0] is found[1] is found[2]


def test_what_is_kept_is_found_while_another_is_made() -> None:
    press, started, go_on = Press(), Event(), Event()

    def slowly(board: Board, instants: Ints) -> list[Edition]:
        if instants[0] == 8:
            started.set()
            assert go_on.wait(10)
        return press(board, instants)

    shelf = Shelf(slowly)
    shelf.editions(BOARD, np.array([7]))
    with ThreadPoolExecutor(2) as pool:
        waiting = pool.submit(shelf.editions, BOARD, np.array([8]))
        assert started.wait(10)
        assert pool.submit(shelf.editions, BOARD, np.array([7])).result(5)[7] is not None
        go_on.set()
        waiting.result(10)


def test_an_edition_that_cannot_be_made_is_asked_for_anew() -> None:
    calls: list[int] = []

    def fails_once(board: Board, instants: Ints) -> list[Edition]:
        calls.append(1)
        if len(calls) == 1:
            raise ValueError("no")
        return Press()(board, instants)

    shelf = Shelf(fails_once)
    with pytest.raises(ValueError, match="no"):
        shelf.editions(BOARD, np.array([1]))
    assert len(shelf.editions(BOARD, np.array([1]))) == 1
