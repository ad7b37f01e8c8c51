"""Figures of parts of the rows: slices, protected groups, periods."""

from __future__ import annotations

from typing import TYPE_CHECKING

from training.judge.evaluation import Evaluation
from training.judge.fairness import GroupRow
from training.judge.intervals import Interval
from training.report.drawing import INK, MODEL, MUTED, PAPER, Plot, percent
from training.report.words import counted, short, shown

if TYPE_CHECKING:
    from matplotlib.axes import Axes

_RATES = {"selection_rate": "on the list", "tpr": "positives on it", "fpr": "negatives on it"}


def group_plots(evaluation: Evaluation) -> dict[str, Plot]:
    """Gather the figures that have a number behind them."""
    made: dict[str, Plot] = {}
    told = [each for each in evaluation.slices if each.told]
    if told:
        weakest = min(told, key=lambda each: each.roc_auc.value if each.roc_auc else 1.0)
        auc = weakest.roc_auc.value if weakest.roc_auc else float("nan")
        made["slices"] = Plot(
            "AUC by slice",
            f"AUC of {counted(len(told), 'slice')} with 95 % intervals; the lowest is {auc:.3f} "
            f"for {weakest.name} (n = {weakest.rows:,}).",
            "Where the dot lies far to the left, the ranking of these customers deserves less "
            "trust.",
            ("Slice", "AUC", "Rows", "Positives"),
            tuple(
                (
                    each.name,
                    shown(each.roc_auc),
                    f"{each.rows:,}",
                    f"{each.positives:,}",
                )
                for each in told
            ),
            _slices,
            _height(len(told), {each.by for each in told}),
        )
    groups = [each for each in evaluation.fairness.groups if _dotted(each)]
    if groups:
        share = evaluation.fairness.share
        gap = max(evaluation.fairness.gaps, key=lambda each: each.gap.value, default=None)
        widest = (
            f"; the widest gap is {gap.gap.value:.1%} in {_measure(gap.measure)} between "
            f"{gap.highest} and {gap.lowest}"
            if gap
            else ""
        )
        made["fairness"] = Plot(
            "Protected groups",
            f"Rates of {counted(len(groups), 'group')} on a list of the highest-scored {share:.0%} "
            f"of rows{widest}.",
            "Dots below one heading that lie far apart mean that the same list treats these groups "
            "differently.",
            ("Group", "On the list", "Positives on it", "Negatives on it", "Rows"),
            tuple(
                (
                    f"{each.by}: {each.group}",
                    shown(each.selection_rate, ".1%"),
                    shown(each.tpr, ".1%"),
                    shown(each.fpr, ".1%"),
                    f"{each.rows:,}",
                )
                for each in groups
            ),
            _fairness,
            _height(sum(map(_dotted, groups)), {0, 1, 2}),
        )
    periods = [each for each in evaluation.stability if each.gini]
    # One dot is no course of time; `training.report.grouptables.period_words` tells it.
    if len(periods) > 1:
        values = [each.gini.value for each in periods if each.gini]
        made["stability"] = Plot(
            "Gini over time",
            f"Gini of {len(values)} periods of the test slice, from {min(values):.3f} to "
            f"{max(values):.3f}.",
            "A level line means that the ranking keeps its worth from one period to the next.",
            ("Period", "Gini", "Rows", "Positives"),
            tuple(
                (each.period, shown(each.gini), f"{each.rows:,}", f"{each.positives:,}")
                for each in periods
            ),
            _stability,
        )
    return made


def _dotted(row: GroupRow) -> int:
    """Count the rates that a group has."""
    return sum(getattr(row, name) is not None for name in _RATES)


def _measure(name: str) -> str:
    return {**_RATES, "calibration": "calibration"}[name]


def _height(rows: int, headings: set[object] | set[str] | set[int]) -> float:
    return 0.9 + 0.2 * (rows + len(headings))


def _slices(axes: Axes, evaluation: Evaluation) -> None:
    rows: list[tuple[str, str, Interval]] = [
        (each.by, each.level, each.roc_auc) for each in evaluation.slices if each.roc_auc
    ]
    _dots(axes, rows)
    whole = evaluation.metrics["roc_auc"].value
    axes.axvline(whole, color=MUTED, linewidth=1, linestyle="--")
    axes.set_xlabel(f"AUC (all rows: {whole:.3f}, dashed)")


def _fairness(axes: Axes, evaluation: Evaluation) -> None:
    alone = len({each.by for each in evaluation.fairness.groups}) == 1
    rows = [
        (words, each.group if alone else f"{short(each.by, 8)}: {each.group}", value)
        for name, words in _RATES.items()
        for each in evaluation.fairness.groups
        if (value := getattr(each, name)) is not None
    ]
    _dots(axes, rows)
    axes.set_xlabel("part of the group's rows")
    percent(axes, "x")


def _dots(axes: Axes, rows: list[tuple[str, str, Interval]]) -> None:
    """Draw a dot with its interval for each row, below the heading of its group."""
    place, places, labels, last = 0.0, [], [], ""
    for by, level, value in rows:
        if by != last:
            axes.annotate(
                short(by, 34),
                (0, place),
                (0, 0),
                xycoords=("axes fraction", "data"),
                textcoords="offset points",
                va="center",
                color=INK,
                fontweight="bold",
                bbox={"facecolor": PAPER, "edgecolor": "none", "pad": 1.0},
            )
            place, last = place + 1, by
        spread = [[max(0.0, value.value - value.low)], [max(0.0, value.high - value.value)]]
        axes.errorbar(
            [value.value], [place], xerr=spread, color=MODEL, marker="o", markersize=4, elinewidth=1
        )
        places.append(place)
        labels.append(short(level, 22))
        place += 1
    axes.set_yticks(places, labels)
    axes.set_ylim(place - 0.4, -0.7)
    axes.grid(visible=False, axis="y")


def _stability(axes: Axes, evaluation: Evaluation) -> None:
    told = [(each.period, each.gini) for each in evaluation.stability if each.gini]
    places = range(len(told))
    spread = [
        [max(0.0, each.value - each.low) for _, each in told],
        [max(0.0, each.high - each.value) for _, each in told],
    ]
    values = [each.value for _, each in told]
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
    many, step = len(told) > 4, 1 + len(told) // 16
    axes.set_xticks(places[::step], [each for each, _ in told][::step])
    axes.tick_params(axis="x", rotation=40 if many else 0)
    axes.set(ylabel="Gini", xlim=(-0.5, len(told) - 0.5))
    axes.set_ylim(bottom=min(0.0, *(each.low for _, each in told)), top=1)
