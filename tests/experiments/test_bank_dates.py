"""Years of dates that were told without them."""

from datetime import date

import pytest

from experiments.bank.dates import dated


def test_a_month_that_goes_back_begins_a_year() -> None:
    rows = [("may", 5), ("may", 5), ("dec", 31), ("jan", 2), ("nov", 1), ("feb", 28)]
    assert dated(rows, 2008) == [
        date(2008, 5, 5),
        date(2008, 5, 5),
        date(2008, 12, 31),
        date(2009, 1, 2),
        date(2009, 11, 1),
        date(2010, 2, 28),
    ]


@pytest.mark.parametrize(
    ("rows", "words"),
    [
        ([("may", 5), ("mai", 6)], "row 2: expected a month such as 'may', came 'mai'"),
        ([("feb", 29)], "row 1: feb 2009 has no day 29"),
        ([("may", 5), ("may", 4)], "row 2: 2009-05-04 comes after 2009-05-05; the rows must"),
    ],
)
def test_what_cannot_be_dated_is_refused(rows: list[tuple[str, int]], words: str) -> None:
    with pytest.raises(ValueError, match=words):
        dated(rows, 2009)
