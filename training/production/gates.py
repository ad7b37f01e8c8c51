"""The gates of a promotion: each a pure function from what is known to passed or failed."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, Final

from features.prove.proof import Proof
from training.production.alike import alike
from training.production.apart import Seen
from training.production.gate import Gate
from training.production.kept import Kept
from training.production.pairs import Compared
from training.production.psi import by_chance, psi
from training.production.settings import Gates

_MORE: Final = "[rhythm] later; of a ready-made table the shares of [slicing]"
"""What of train.toml makes slices larger."""


@dataclass(frozen=True, eq=False)
class Evidence:
    """All that the gates ask about a version.

    Parameters
    ----------
    evaluation : mapping
        ``evaluation.json`` of its run; empty when it was not kept.
    kept : Kept or None
        Scores of its run.
    champion : int or None
        Version in production.
    compared : Compared or str or None
        Beside the champion; a text says why that cannot be; None without a champion.
    seen : Seen
        Its bundle, as another process found it.
    proof : Proof or None
        Of the project's features.
    trainer, promoter : str
        Accounts.
    project : str
        Folder of the project, for what to do.
    is_given : bool
        Whether its features came ready-made, with nothing behind them to prove.
    """

    evaluation: Mapping[str, Any]
    kept: Kept | None
    champion: int | None
    compared: Compared | str | None
    seen: Seen
    proof: Proof | None
    trainer: str
    promoter: str
    project: str = "PROJECT"
    is_given: bool = False


def judge(known: Evidence, limits: Gates) -> tuple[Gate, ...]:
    """Ask every gate, in the order in which they are shown."""
    return (
        comparison(known, limits),
        calibration(known, limits),
        contract(known),
        proof(known, limits),
        gini(known, limits),
        drift(known, limits),
        alike(known.evaluation.get("fairness", {}), limits.max_gap),
        golden(known),
        latency(known, limits),
        size(known, limits),
        four_eyes(known, limits),
    )


def comparison(known: Evidence, limits: Gates) -> Gate:
    """Ask whether it is better than the champion, or no worse and as well calibrated."""
    if known.champion is None:
        return _against_baselines(known, limits)
    name, found = f"better than version {known.champion}", known.compared
    asked = (
        f"95 % interval of {limits.metric} minus the champion's above 0; or above "
        f"-{limits.margin:g} with ECE at most {limits.calibration_slack:g} above the champion's"
    )
    command = f"foretell compare {known.project} {known.seen.task} --version N"
    if not isinstance(found, Compared):
        remedy = f"`{command}` scores both on the newest rows that neither learnt from"
        return Gate(name, "failed", found or "they share no rows", asked, remedy)
    low, high = found.difference.low, found.difference.high
    figure = (
        f"{found.difference.value:+.4f} ({low:+.4f} to {high:+.4f}), ECE {found.ece:.4f} against "
        f"{found.champion_ece:.4f}, {found.rows:,} {found.how}"
    )
    if found.rows < limits.min_rows:
        remedy = f"{limits.min_rows:,} rows are needed; `{command}` finds more"
        return Gate(name, "failed", figure, asked, remedy)
    if found.alike:
        return Gate(name, "passed", f"scores every row alike; {figure}", asked)
    if low > 0:
        return Gate(name, "passed", figure, asked)
    if not low > -limits.margin:
        return Gate(name, "failed", figure, asked, "train with more rows or better features")
    if found.ece <= found.champion_ece + limits.calibration_slack:
        return Gate(name, "passed", f"no worse: {figure}", asked)
    remedy = "it is no better and calibrated worse: keep the champion"
    return Gate(name, "failed", figure, asked, remedy)


def _against_baselines(known: Evidence, limits: Gates) -> Gate:
    name = "no worse than the baselines"
    asked = f"95 % interval of {limits.metric} minus each baseline's above -{limits.margin:g}"
    differences = known.evaluation.get("differences", {})
    found = {each: told[limits.metric] for each, told in differences.items()}
    if not found:
        return _unkept(name, asked)
    figure = ", ".join(
        f"{each} {told['value']:+.4f} ({_signed(told['low'])} to {_signed(told['high'])})"
        for each, told in found.items()
    )
    worse = [
        each for each, told in found.items() if told["low"] is None or told["low"] <= -limits.margin
    ]
    if not worse:
        return Gate(name, "passed", figure, asked)
    remedy = f"not shown to be no worse than {' and '.join(worse)}: search longer, or serve that"
    return Gate(name, "failed", figure, asked, remedy)


def calibration(known: Evidence, limits: Gates) -> Gate:
    """Ask whether probabilities mean what they say on the test slice."""
    asked = (
        f"ECE at most {limits.max_ece:g}, slope {limits.min_slope:g} to {limits.max_slope:g}, "
        "beyond chance"
    )
    metrics = known.evaluation.get("metrics", {})
    if not {"ece", "calibration_slope"} <= set(metrics):
        return _unkept("calibration", asked)
    ece, slope = metrics["ece"], metrics["calibration_slope"]
    figure = f"ECE {ece['value']:.4f} (from {_plain(ece['low'])}), "
    if slope["value"] is None:
        figure, good = f"{figure}no slope", False
    else:
        span = f"{_plain(slope['low'])} to {_plain(slope['high'])}"
        figure = f"{figure}slope {slope['value']:.3f} ({span})"
        # A small slice strays from 0 and 1 by chance alone; whether it is too small to tell is
        # what the contract says.
        good = _least(ece) <= limits.max_ece
        good = good and _least(slope) <= limits.max_slope and _most(slope) >= limits.min_slope
    remedy = f"calibrate on more, or newer, rows ({_MORE}) and train again"
    return _gate("calibration", good, figure, asked, remedy)


def contract(known: Evidence) -> Gate:
    """Ask what the bundle itself promises of its calibration."""
    asked = "the bundle says: calibrated"
    told = known.seen.contract
    if not told:
        return Gate("calibration contract", "not applicable", "the bundle says nothing", asked)
    good = told == "calibrated"
    remedy = (
        "outcomes were not as told, by more than chance: calibrate on more, or newer, rows "
        f"({_MORE}), or by another kind ([calibration] kind), and train again"
        if told == "drifting"
        else f"too few outcomes to say: test on more rows ({_MORE}), or wait for more to settle"
    )
    return _gate("calibration contract", good, told, asked, remedy)


def proof(known: Evidence, limits: Gates) -> Gate:
    """Ask for the proof that no feature of the bundle sees the future, as they are now."""
    least = limits.min_proof_customers
    asked = f"proven on {least:,} customers or more, and not stale"
    command = f"run `foretell prove {known.project}`"
    if not limits.proof:
        return Gate("point-in-time proof", "not applicable", "switched off", asked)
    if known.is_given:
        figure = "its table came ready-made: nobody can tell when its values were known"
        return Gate("point-in-time proof", "not applicable", figure, asked)
    found = known.proof
    if found is None:
        return Gate("point-in-time proof", "failed", "there is none", asked, command)
    if not found.proven:
        leaks = sorted({each.feature for each in found.culprits})
        figure = f"these see the future: {', '.join(leaks)}"
        return Gate("point-in-time proof", "failed", figure, asked, f"mend them, then {command}")
    if found.stale:
        more = f" and {len(found.stale) - 1} more" if len(found.stale) > 1 else ""
        figure = f"stale: {found.stale[0]}{more}"
        return Gate("point-in-time proof", "failed", figure, asked, command)
    drawn = f"{found.customers:,} customers, {found.made_at[:10]}"
    figure = f"{len(found.features)} features, {found.cases:,} cases of {drawn}"
    if found.customers < least:
        return Gate("point-in-time proof", "failed", figure, asked, command)
    return Gate("point-in-time proof", "passed", figure, asked)


def gini(known: Evidence, limits: Gates) -> Gate:
    """Ask whether it ranks as well in one period of the test slice as in all of it."""
    asked = f"no cutoff or month below {limits.min_gini_share:.0%} of the whole, beyond chance"
    periods = known.evaluation.get("stability", [])
    told = [{"period": each["period"], **each["gini"]} for each in periods if each.get("gini")]
    told = [each for each in told if each["value"] is not None]
    if len(told) < 2:
        figure = "fewer than two periods with enough rows"
        return Gate("stability in time", "not applicable", figure, asked)
    whole = 2 * known.evaluation["metrics"]["roc_auc"]["value"] - 1
    # The worst of all may be a period of few rows, and the next one bad for sure.
    least = limits.min_gini_share * whole
    low = [each for each in told if each["value"] < least and _most(each) < whole]
    worst = min(low or told, key=lambda each: float(each["value"]))
    figure = f"Gini {worst['value']:.3f} in {worst['period']}, {whole:.3f} in all"
    remedy = "find out what changed in that period (report, stability) before it is served"
    return _gate("stability in time", not low, figure, asked, remedy)


def drift(known: Evidence, limits: Gates) -> Gate:
    """Ask whether scores are distributed in the test slice as where they were calibrated."""
    asked = f"PSI at most {limits.max_psi:g} between calibrate and test slice, beyond chance"
    kept = known.kept
    if kept is None or not len(kept.calibrate):
        return _unkept("stability of scores", asked)
    own = kept.scores if kept.served is None else kept.scores[kept.served]
    value, chance = psi(kept.calibrate, own), by_chance(kept.calibrate, own)
    good = value <= max(limits.max_psi, chance)
    figure = f"PSI {value:.3f} ({chance:.3f} by chance)"
    remedy = "a feature drifted (foretell check --against): mend it, or train on newer rows"
    return _gate("stability of scores", good, figure, asked, remedy)


def golden(known: Evidence) -> Gate:
    """Say that the golden rows were scored again; a bundle that fails is never asked further."""
    figure = f"{known.seen.rows:,} rows score the same bits in a process of their own"
    return Gate("golden rows", "passed", figure, "the same bits as when they were written")


def latency(known: Evidence, limits: Gates) -> Gate:
    """Ask how long one row takes."""
    value, asked = known.seen.p99_ms, f"p99 of one row at most {limits.max_p99_ms:g} ms"
    good = value <= limits.max_p99_ms
    remedy = "fewer trees or leaves: rounds, [params] num_leaves"
    return _gate("latency", good, f"{value:.2f} ms", asked, remedy)


def size(known: Evidence, limits: Gates) -> Gate:
    """Ask how large the bundle is."""
    value, asked = known.seen.size, f"at most {limits.max_bytes:,} bytes"
    good = value <= limits.max_bytes
    remedy = "fewer trees or leaves, or fewer levels of categories"
    return _gate("size", good, f"{value:,} bytes", asked, remedy)


def four_eyes(known: Evidence, limits: Gates) -> Gate:
    """Ask that the account that promotes did not train; see `who` on what that proves."""
    asked = "another account promotes than trained (accounts are told apart, not people)"
    if not limits.four_eyes:
        return Gate("four eyes", "not applicable", "not asked for", asked)
    figure = f"trained by {known.trainer or 'nobody on record'}, promoted by {known.promoter}"
    good = bool(known.trainer) and known.trainer != known.promoter
    remedy = "let somebody else promote it, from an account of their own"
    return replace(_gate("four eyes", good, figure, asked, remedy), final=True)


def _gate(name: str, good: bool, figure: str, asked: str, remedy: str) -> Gate:
    return Gate(name, "passed" if good else "failed", figure, asked, "" if good else remedy)


def _unkept(name: str, asked: str) -> Gate:
    remedy = "train again: this version was recorded without it"
    return Gate(name, "failed", "its run does not hold the figures", asked, remedy)


def _least(told: Mapping[str, float | None]) -> float:
    """Return the low end of an interval, or the value where it has none."""
    low = told["value"] if told["low"] is None else told["low"]
    return -math.inf if low is None else low


def _most(told: Mapping[str, float | None]) -> float:
    high = told["value"] if told["high"] is None else told["high"]
    return math.inf if high is None else high


def _plain(value: float | None) -> str:
    return "none" if value is None else f"{value:.3f}"


def _signed(value: float | None) -> str:
    return "none" if value is None else f"{value:+.4f}"
