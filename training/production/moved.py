"""What a promotion or a rollback did."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from training.production.gate import Gate


@dataclass(frozen=True)
class Promotion:
    """What a promotion did.

    Parameters
    ----------
    model : str
        Registered model.
    version, before : int and int or None
        Champion now, and the one before.
    bundle : str
        Digest of the bundle.
    folder : Path
        Where the server finds it.
    gates : tuple of Gate
        What was asked.
    override : str
        Why it was promoted although a gate had failed; empty when none had.
    left : str
        What could not be moved with it, in words; empty when all was.
    """

    model: str
    version: int
    before: int | None
    bundle: str
    folder: Path
    gates: tuple[Gate, ...] = ()
    override: str = ""
    left: str = ""
