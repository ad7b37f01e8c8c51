"""What later outcomes said of a champion's probabilities: a contract that follows its own."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

from features.errors import BundleError
from features.whole import whole_file
from training.beside import later_file
from training.bundle.value import Bundle
from training.calibration.contract import Contract


def record(champions: Path, bundle: Bundle, contract: Contract) -> Path:
    """Keep what was found of a bundle, for every score that it gives from now on.

    Parameters
    ----------
    champions : Path
        Folder of a project's champions.
    bundle : Bundle
        The one that was held against outcomes.
    contract : Contract
        From `training.calibration.certify.judge_again`.

    Returns
    -------
    Path
        The file; another model of the task has another one.
    """
    file = later_file(champions, bundle.digest)
    file.parent.mkdir(exist_ok=True)
    with whole_file(file) as partial:
        partial.write_text(json.dumps(contract.to_json(), indent=1) + "\n", encoding="utf-8")
    return file


def as_found(champions: Path, bundle: Bundle) -> Bundle:
    """Return a bundle with the contract that was found last, or as it is.

    Raises
    ------
    BundleError
        When the file holds no contract.
    """
    file = later_file(champions, bundle.digest)
    if not file.is_file():
        return bundle
    try:
        told = json.loads(file.read_text(encoding="utf-8"))
        if not isinstance(told, dict):
            raise TypeError(f"expected an object, came {told!r:.80}")
        found = Contract.from_json(told)
    except (OSError, ValueError, TypeError, BundleError) as fault:
        raise BundleError(
            f"{file} should hold a calibration contract: {fault}; remove it, or let `foretell "
            "calibration --record` write it anew"
        ) from fault
    return replace(bundle, contract=found)
