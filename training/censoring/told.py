"""What is told of rows that were interrupted."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any


@dataclass(frozen=True)
class StoodFor:
    """What became of interrupted rows.

    Parameters
    ----------
    rows, interrupted : int
        All rows, and those that were contacted or censored before their answer.
    largest : float
        Largest weight of another row.
    missing : float
        Rows that nobody stands for: nearly all who are like them were interrupted.
    effective : float
        Rows of weight 1 that would be as sure: the squared sum of weights over the sum of their
        squares (Kish, 1965).
    """

    rows: int
    interrupted: int
    largest: float
    missing: float
    effective: float

    @property
    def sentence(self) -> str:
        """The same in words.

        Examples
        --------
        >>> StoodFor(10_000, 1_500, 3.21, 0.0, 8_111.4).sentence
        '1,500 of 10,000 rows were contacted or censored before their answer and teach nothing; \
others like them stand for them, each for 3.2 at most, and are worth 8,111 rows'
        """
        told = (
            f"{self.interrupted:,} of {self.rows:,} rows were contacted or censored before their "
            f"answer and teach nothing; others like them stand for them, each for "
            f"{self.largest:.1f} at most, and are worth {self.effective:,.0f} rows"
        )
        if round(self.missing):
            told += (
                f"; nobody stands for {self.missing:,.0f} rows, since nearly all customers like "
                "them are contacted or censored: of these the model knows little"
            )
        return told

    def to_json(self) -> dict[str, Any]:
        """Return plain JSON values."""
        return asdict(self)
