"""What a gate says, and the error of a promotion that gates refuse."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Literal

from features.errors import ForetellError

State = Literal["passed", "failed", "not applicable"]


@dataclass(frozen=True)
class Gate:
    """What one gate says.

    Parameters
    ----------
    gate : str
        Its name.
    state : {"passed", "failed", "not applicable"}
        The verdict.
    figure, limit : str
        What was found, and what is asked.
    remedy : str
        What to do; empty unless it failed.
    final : bool
        Whether no override lifts it.
    """

    gate: str
    state: State
    figure: str
    limit: str
    remedy: str = ""
    final: bool = False

    def to_json(self) -> dict[str, str]:
        """Return what the log keeps."""
        plain = asdict(self)
        return {name: plain[name] for name in ("gate", "state", "figure", "limit")}


class RefusedError(ForetellError):
    """Gates refuse a promotion; nothing was changed.

    Parameters
    ----------
    what : str
        Version and model, in words.
    gates : sequence of Gate
        All of them.
    overridden : bool
        Whether an override was given, which did not lift a gate that is final.
    """

    def __init__(self, what: str, gates: Sequence[Gate], overridden: bool = False) -> None:
        self.gates = tuple(gates)
        shut = [each for each in gates if each.state == "failed"]
        if overridden:
            shut = [each for each in shut if each.final]
        lines = [
            f"  - {each.gate}: {each.figure}; asked for: {each.limit}; {each.remedy}"
            for each in shut
        ]
        final = any(each.final for each in shut)
        advice = (
            "No override lifts this."
            if final
            else 'Mend it, or promote it anyway with --override "the reason", which is recorded.'
        )
        super().__init__("\n".join([f"{what} is not promoted:", *lines, advice]))
