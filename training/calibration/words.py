"""A calibration in words, for reports."""

from __future__ import annotations

from training.calibration.calibrate import Calibrated
from training.calibration.contract import Contract


def told(calibrated: Calibrated, contract: Contract | None) -> str:
    """Say in a few sentences which calibrators a model has, and what they promise.

    Examples
    --------
    >>> from training.calibration.calibrator import Calibrator
    >>> from training.calibration.choose import Choice
    >>> told(Calibrated(Calibrator("identity"), Choice("identity", "as the settings say")), None)
    'identity, as the settings say.'
    """
    said = [f"{calibrated.calibrator.kind}, {calibrated.choice.why}."]
    if calibrated.segments is not None:
        own = ", ".join(calibrated.segments.own) or "none"
        said.append(f"By {calibrated.segments.by}; with a calibrator of their own: {own}.")
    if contract is not None:
        said.append(f"On the test slice, whose outcomes end {contract.until[:10]}:")
        said.append(f"{contract.overall.state}.")
        for state in ("drifting", "uncertified"):
            named = [str(each.segment) for each in contract.segments if each.state == state]
            if named:
                said.append(f"{state.capitalize()}: {', '.join(named)}.")
    return " ".join(said)
