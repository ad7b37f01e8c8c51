"""The gate of fairness: are groups of protected attributes treated alike, as far as can be told."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

from training.production.gate import Gate, State

_NAMED: Final = 3
"""Groups that are named where more were left out; the report has all."""


def alike(found: Mapping[str, Any], most: float) -> Gate:
    """Ask whether groups of protected attributes are treated alike.

    Parameters
    ----------
    found : mapping
        ``fairness`` of an evaluation; empty when it has none.
    most : float
        Largest gap that passes, whatever chance says.

    Returns
    -------
    Gate
        Failed, too, when nothing at all can be compared for an attribute that is named. A group
        that a measure left out is told and fails nothing.

    Examples
    --------
    >>> alike({"groups": [{"by": "age"}]}, 0.1).figure
    'no two groups of age are large enough to be compared in any measure'
    """
    asked = f"no gap above {most:g}, beyond chance"
    groups, gaps = found.get("groups", []), found.get("gaps", [])
    named = dict.fromkeys(each["by"] for each in (*groups, *gaps))
    if not named:
        return Gate("fairness", "not applicable", "no protected attribute is configured", asked)
    # A gap of too few customers has no interval, so nothing is known of it.
    told = [each for each in gaps if each["gap"]["low"] is not None]
    wide = [each for each in told if each["gap"]["value"] > most and each["gap"]["low"] > 0]
    silent = [by for by in named if by not in {each["by"] for each in told}]
    figures, remedies = [], []
    if told:
        worst = max(wide or told, key=lambda each: float(each["gap"]["value"]))
        figures.append(
            f"{worst['measure']} by {worst['by']}: {worst['highest']} {worst['gap']['value']:.3f} "
            f"above {worst['lowest']}"
        )
    if silent:
        figures.append(
            f"no two groups of {' and '.join(silent)} are large enough to be compared in any "
            "measure"
        )
        remedies.append("judge more rows, or merge its levels")
    if wide:
        remedies.append(
            "see fairness in the report: drop what stands for the attribute, or say why it is just"
        )
    figures += _small([each for each in groups if each["by"] not in silent])
    state: State = "failed" if remedies else "passed"
    return Gate("fairness", state, "; ".join(figures), asked, "; ".join(remedies))


def _small(groups: Sequence[Mapping[str, Any]]) -> list[str]:
    """Name the groups that measures left out; older evaluations do not say which they were."""
    few = [
        f"{each['by']} {each['group']} ({', '.join(left)})"
        for each in groups
        if (left := each.get("left_out", {}))
    ]
    if not few:
        return []
    more = f" and {len(few) - _NAMED} more" if len(few) > _NAMED else ""
    return [f"too small to be compared: {', '.join(few[:_NAMED])}{more}"]
