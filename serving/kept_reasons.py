"""Reasons that a table of scores holds beside them, as `serving.told` wrote them."""

from __future__ import annotations

import re
from collections.abc import Sequence

import pyarrow as pa

from serving.scorer import Reason


def columns_of_reasons(columns: Sequence[str]) -> list[str]:
    """Return the columns of texts and of effects, first reasons first.

    Examples
    --------
    >>> columns_of_reasons(["customer", "reason_1", "reason_1_effect", "reason_of_call"])
    ['reason_1', 'reason_1_effect']
    """
    texts = sorted(
        (each for each in columns if re.fullmatch(r"reason_[0-9]+", each)),
        key=lambda name: int(name.removeprefix("reason_")),
    )
    return [column for text in texts for column in (text, f"{text}_effect")]


def kept(table: pa.Table) -> list[list[Reason]]:
    """Return the reasons of each row, without those that are empty.

    Parameters
    ----------
    table : pa.Table
        Scores, perhaps with columns of reasons.
    """
    names = columns_of_reasons(table.column_names)
    cells = [table[name].to_pylist() for name in names]
    return [
        [
            Reason("", None, cells[place][row], effect, "raises" if effect > 0 else "lowers")
            for place in range(0, len(names), 2)
            if (effect := cells[place + 1][row]) is not None
        ]
        for row in range(len(table))
    ]
