"""How far boosters are too timid where nothing moves, and which calibrator mends it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Final

import numpy as np

from experiments.bench.record import Figure, write_results
from experiments.bench.timid.rows import WORLDS, prepared
from features.arrays import Floats
from training.calibration.calibrate import calibrate
from training.calibration.settings import AUTO, Calibration
from training.config import Config
from training.judge.reliability import cox, log_odds
from training.learn import learn

HERE: Final = Path(__file__).parent
COUNTS: Final = (8_000, 20_000)
SEEDS: Final = range(40, 46)
"""Others than those that the rule was thought of on."""

KINDS: Final = ("identity", "tempered", "sigmoid", "beta", AUTO)
BINS: Final = 10
TRIALS: Final = 6


def main() -> None:
    """Learn and calibrate in every world; write the figures and print the table."""
    figures: dict[str, Figure] = {}
    everywhere: list[Mapping[str, float]] = []
    for world in WORLDS:
        for count in COUNTS:
            found = [judged(world, count, seed) for seed in SEEDS]
            everywhere += found
            figures |= means(f"{world}.{count}", found)
            print(f"{world} {count:,}", flush=True)
    figures |= means("all", everywhere) | gains(everywhere)
    write_results(HERE, figures, ("lightgbm", "numpy"))
    show(figures)


def judged(world: str, count: int, seed: int) -> dict[str, float]:
    """Return the slope of the truth, and how far each kind is from it on the test rows."""
    config = Config(trials=TRIALS, threads=2, seed=seed)
    made, truth = prepared(world, count, seed, config)
    learned = learn(
        made.rows,
        made.splits[0],
        made.baseline,
        config,
        lambda text: None,
        made.earlier,
        origins=made.origins,
    )
    p = truth[np.asarray(made.rows.vectors.customers)[learned.test]]
    margins = log_odds(learned.uncalibrated)
    found = {"slope": cox(p, margins)[1], "rarer": float(learned.seen.rarer)}
    for kind in KINDS:
        told = calibrate(learned.seen, Calibration(kind), seed).calibrator.apply(margins)
        found |= {f"excess.{kind}": excess(p, told), f"ece.{kind}": error(p, told)}
    return found


def excess(truth: Floats, told: Floats) -> float:
    """Return by how much the expected log loss is above that of the truth, in nats."""
    lost = truth * np.log(truth / told) + (1 - truth) * np.log((1 - truth) / (1 - told))
    return float(lost.mean())


def error(truth: Floats, told: Floats) -> float:
    """Return the calibration error against the truth, in bins of as many rows."""
    bins = np.array_split(np.argsort(told, kind="stable"), BINS)
    return float(np.mean([abs(truth[each].mean() - told[each].mean()) for each in bins]))


def means(name: str, found: Sequence[Mapping[str, float]]) -> dict[str, Figure]:
    """Return the means over some worlds."""
    units = {"slope": "slope", "rarer": "rows", "excess": "nats", "ece": "ECE"}
    return {
        f"{key}.{name}": Figure(float(np.mean([each[key] for each in found])), units[head])
        for key in found[0]
        for head in (key.partition(".")[0],)
    }


def gains(found: Sequence[Mapping[str, float]]) -> dict[str, Figure]:
    """Return what each kind is above identity in the same worlds, with its standard error."""
    told = {}
    for kind in KINDS[1:]:
        for head, unit in (("excess", "nats"), ("ece", "ECE")):
            apart = np.array([each[f"{head}.{kind}"] - each[f"{head}.identity"] for each in found])
            name = f"{head}_above_identity"
            told[f"{name}.{kind}"] = Figure(float(apart.mean()), unit, "0 or less")
            told[f"{name}_se.{kind}"] = Figure(float(apart.std() / len(apart) ** 0.5), unit)
    return told


def show(figures: Mapping[str, Figure]) -> None:
    """Print the table as Markdown: ten thousandths."""
    print("| world | rows | rarer | slope | " + " | ".join(KINDS) + " |")
    print("|---|---|---|---|" + "---|" * len(KINDS))
    for name in [f"{world}.{count}" for world in WORLDS for count in COUNTS] + ["all"]:
        world, _, count = name.partition(".")
        cells = [f"{1e4 * figures[f'ece.{kind}.{name}'].value:.0f}" for kind in KINDS]
        slope, rarer = figures[f"slope.{name}"].value, figures[f"rarer.{name}"].value
        print(f"| {world} | {count} | {rarer:,.0f} | {slope:.2f} | " + " | ".join(cells) + " |")


if __name__ == "__main__":
    main()
