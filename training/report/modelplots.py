"""Figures of the model itself: data, search, features."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import TYPE_CHECKING, Final

from training.judge.attribution import Dependence
from training.judge.diagnostics import Diagnostics, TrialRow
from training.judge.evaluation import Evaluation
from training.judge.levels import number
from training.report.drawing import GRID, MODEL, MUTED, OTHER, Plot
from training.report.words import counted, short, shown

if TYPE_CHECKING:
    from matplotlib.axes import Axes

MOST_TRIALS: Final = 200
"""Trials of a long search that a table lists, beside those that found something."""


def model_plots(evaluation: Evaluation) -> dict[str, Plot]:
    """Gather the figures that have a number behind them."""
    found = evaluation.diagnostics
    if found is None:
        return {}
    made: dict[str, Plot] = {}
    if found.learning:
        made["learning"] = _learning_plot(found)
    if found.tuning:
        made["tuning"] = _tuning_plot(found)
    if found.attributions:
        made["attribution"] = _attribution_plot(found)
    for rank, each in enumerate(found.dependence, start=1):
        made[f"dependence_{rank}"] = _dependence_plot(each)
    return made


def _learning_plot(found: Diagnostics) -> Plot:
    first, last = found.learning[0], found.learning[-1]
    return Plot(
        "Learning curve",
        f"AUC on the test slice is {first.roc_auc.value:.3f} from {first.customers:,} customers "
        f"and {last.roc_auc.value:.3f} from all {last.customers:,}. Each point but the last, which "
        "is the model itself, was fitted again on so many customers drawn from those before "
        "the test, with the same hyperparameters and rounds; the test slice is only scored.",
        "Where the line still climbs at its end, more customers would help; where it is flat, "
        "better features would.",
        ("Customers learnt from", "Rows", "AUC"),
        tuple(
            (f"{each.customers:,}", f"{each.rows:,}", shown(each.roc_auc))
            for each in found.learning
        ),
        partial(_learning, found),
    )


def _tuning_plot(found: Diagnostics) -> Plot:
    lowest, listed = found.tuning[-1].lowest, told_trials(found.tuning)
    left = len(found.tuning) - len(listed)
    more = f" The table leaves out {left:,} trials that did not lower it." if left else ""
    return Plot(
        "Search",
        f"Log loss of {counted(len(found.tuning), 'trial')} on slices before the test; the "
        f"lowest is {lowest:.4f}, the first {found.tuning[0].loss:.4f}.{more}",
        "When the line of the best has long been flat, a longer search would find little.",
        ("Trial", "Log loss", "Lowest so far", "Rounds"),
        tuple(
            (str(each.trial), f"{each.loss:.4f}", f"{each.lowest:.4f}", f"{each.rounds:,}")
            for each in listed
        ),
        partial(_tuning, found),
    )


def told_trials(tuning: Sequence[TrialRow]) -> list[TrialRow]:
    """Return the trials that a table lists: the first `MOST_TRIALS`, then those that were best."""
    return [
        each
        for place, each in enumerate(tuning)
        if place < MOST_TRIALS or each.loss < tuning[place - 1].lowest
    ]


def _attribution_plot(found: Diagnostics) -> Plot:
    top = found.attributions[0]
    return Plot(
        "What moves scores",
        f"Mean size of contributions over {found.attributed:,} rows of the test slice; the "
        f"largest is that of {top.feature}, {top.size.value:.3f} in log-odds.",
        "The longer the bar, the more the scores depend on this feature; it does not say that "
        "changing it would change what the customer does.",
        ("Feature", "Mean size of contribution, log-odds"),
        tuple((each.feature, shown(each.size)) for each in found.attributions),
        partial(_attribution, found),
        0.8 + 0.2 * len(found.attributions),
    )


def _dependence_plot(each: Dependence) -> Plot:
    high = max(each.points, key=lambda point: point.contribution)
    low = min(each.points, key=lambda point: point.contribution)
    return Plot(
        each.feature,
        f"Contributions of {each.feature} by its value: highest at {high.values} "
        f"({high.contribution:+.3f} log-odds), lowest at {low.values} ({low.contribution:+.3f}).",
        "Above the line, such values raise the score; below it, they lower it; bars hold eight "
        "rows in ten.",
        ("Values", "Mean contribution", "10 % to 90 %", "Rows"),
        tuple(
            (
                point.values,
                f"{point.contribution:+.3f}",
                f"{point.low:+.3f} to {point.high:+.3f}",
                f"{point.rows:,}",
            )
            for point in each.points
        ),
        partial(_dependence, each),
    )


def _learning(found: Diagnostics, axes: Axes, _: Evaluation) -> None:
    places = [each.customers for each in found.learning]
    values = [each.roc_auc.value for each in found.learning]
    spread = [
        [each.roc_auc.value - each.roc_auc.low for each in found.learning],
        [each.roc_auc.high - each.roc_auc.value for each in found.learning],
    ]
    axes.errorbar(
        places,
        values,
        yerr=spread,
        color=MODEL,
        marker="o",
        markersize=4,
        linewidth=1.2,
        elinewidth=1,
    )
    axes.set(xlabel="customers learnt from", ylabel="AUC on the test slice")
    axes.set_xlim(left=0)
    axes.locator_params(axis="x", nbins=5)
    axes.xaxis.set_major_formatter(_thousands)


def _tuning(found: Diagnostics, axes: Axes, _: Evaluation) -> None:
    places = [each.trial for each in found.tuning]
    lowest = [each.lowest for each in found.tuning]
    axes.step(places, lowest, where="post", color=MODEL, linewidth=1.2, label="lowest so far")
    # Marks cost room in the page, and thousands of them would show no more.
    step = 1 + len(places) // 1_000
    losses = [each.loss for each in found.tuning]
    axes.scatter(places[::step], losses[::step], s=14, color=MUTED, label="trial")
    axes.set(xlabel="trial", ylabel="log loss")
    axes.locator_params(axis="x", integer=True)
    axes.legend(loc="best")


def _attribution(found: Diagnostics, axes: Axes, _: Evaluation) -> None:
    names = [short(each.feature, 30) for each in found.attributions]
    sizes = [each.size.value for each in found.attributions]
    spread = [
        [max(0.0, each.size.value - each.size.low) for each in found.attributions],
        [max(0.0, each.size.high - each.size.value) for each in found.attributions],
    ]
    places = range(len(names))
    axes.barh(places, sizes, color=MODEL, height=0.7)
    axes.errorbar(sizes, places, xerr=spread, fmt="none", ecolor=OTHER, elinewidth=1)
    axes.set_yticks(places, names, fontsize=7.5)
    axes.set_ylim(len(names) - 0.4, -0.6)
    axes.set_xlabel("mean size of contribution, log-odds")
    axes.grid(visible=False, axis="y")


def _dependence(each: Dependence, axes: Axes, _: Evaluation) -> None:
    names = [
        short(point.values, 14) if point.middle is None else number(point.middle)
        for point in each.points
    ]
    values = [point.contribution for point in each.points]
    spread = [
        [max(0.0, point.contribution - point.low) for point in each.points],
        [max(0.0, point.high - point.contribution) for point in each.points],
    ]
    numbers = [place for place, point in enumerate(each.points) if point.middle is not None]
    axes.axhline(0, color=MUTED, linewidth=1, linestyle="--")
    axes.plot(numbers, [values[place] for place in numbers], color=GRID, linewidth=1.2)
    axes.errorbar(
        range(len(names)),
        values,
        yerr=spread,
        color=MODEL,
        marker="o",
        markersize=4,
        linestyle="none",
        elinewidth=1,
    )
    axes.set_xticks(range(len(names)), names, rotation=40, ha="right", fontsize=8)
    axes.set(
        ylabel="contribution, log-odds",
        xlabel="value (middle of each part)" if numbers else "value",
    )


def _thousands(value: float, _place: float) -> str:
    return f"{value:,.0f}"
