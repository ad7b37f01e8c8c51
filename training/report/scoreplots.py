"""Figures of the scores of all test rows."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from training.judge.curves import CurvePoint
from training.judge.evaluation import Evaluation
from training.judge.intervals import Interval
from training.judge.reliability import ReliabilityBin
from training.report.drawing import MODEL, MUTED, OTHER, Plot, percent
from training.report.moneyplots import profit_plot
from training.report.numbers import number
from training.report.words import inline, shown

if TYPE_CHECKING:
    from matplotlib.axes import Axes

RELIABILITY: Final = ("Probability", "Rows", "Mean told", "Rate found")
"""Head of the table behind a figure of reliability."""

_HIGH: Final = 0.6
"""Average precision from which on the curve leaves room below it."""


def score_plots(evaluation: Evaluation) -> dict[str, Plot]:
    """Gather the figures of all test rows."""
    top, points = evaluation.deciles[0], evaluation.curve
    tenth = next(each.captured for each in points if each.share >= 0.1)
    widest = max(evaluation.reliability, key=lambda each: abs(each.predicted - each.observed))
    auc, precise, ks = (
        inline(evaluation.metrics[name]) for name in ("roc_auc", "average_precision", "ks")
    )
    widest_at = ks_at(evaluation)
    rate = number(evaluation.base_rate, ".1%")
    counted = f"(n = {evaluation.rows:,}, base rate {rate})"
    head, rows = _curve_table(evaluation)
    made = {
        "reliability": Plot(
            "Reliability",
            f"Probability told against rate found in {len(evaluation.reliability)} bins; the "
            f"widest gap is {number(widest.predicted, '.1%')} told, "
            f"{number(widest.observed, '.1%')} found.",
            "On the dashed line, a probability of 20 % means that 20 in 100 such customers do it.",
            RELIABILITY,
            reliability_rows(evaluation.reliability, evaluation.observed),
            _reliability,
        ),
        "gain": Plot(
            "Gain",
            f"The highest-scored tenth of rows captures {tenth:.0%} of positives {counted}.",
            "It says how many of those who will act are reached by contacting only the top of the "
            "list.",
            ("Contacted", "Rows", "Positives captured"),
            tuple(
                (f"{each.share:.0%}", f"{each.contacts:,.0f}", shown(each.captured, ".1%"))
                for each in evaluation.contacts
            ),
            _gain,
        ),
        "lift": Plot(
            "Lift by decile",
            f"Lift by decile of score: {top.lift:.1f} in the first, "
            f"{evaluation.deciles[-1].lift:.1f} in the last {counted}.",
            "A lift of 3 means that a contact in this tenth meets three times as many positives "
            "as a contact at random.",
            ("Decile", "Rows", "Rate", "Lift", "Captured so far"),
            tuple(
                (
                    str(each.decile),
                    f"{each.rows:,.0f}",
                    shown(rate, ".1%"),
                    f"{each.lift:.2f}",
                    f"{each.captured:.1%}",
                )
                for each, rate in zip(evaluation.deciles, evaluation.decile_rates, strict=True)
            ),
            _lift,
        ),
        "roc": Plot(
            "ROC curve",
            f"ROC curve with an area of {auc}; 0.5 is chance {counted}.",
            "The area is how often a customer who acts is ranked above one who does not.",
            head,
            rows,
            _roc,
        ),
        "precision_recall": Plot(
            "Precision and recall",
            f"Precision against recall; average precision {precise}, base rate "
            f"{number(evaluation.base_rate)}.",
            "Precision is the part of contacts that meet a positive; it falls as more positives "
            "are to be reached.",
            head,
            rows,
            _precision_recall,
        ),
        "ks": Plot(
            "KS: positives and negatives along the list",
            f"Parts of the positives and of the negatives above each place of the list; they are "
            f"furthest apart, KS {ks}, near the highest-scored {widest_at.share:.0%} {counted}.",
            "A cut of the list at the widest gap parts the two outcomes best.",
            ("Rows", "Positives above", "Negatives above", "Gap"),
            tuple(
                tuple(
                    number(value, ".1%")
                    for value in (
                        each.share,
                        each.captured,
                        each.false_positive_rate,
                        each.captured - each.false_positive_rate,
                    )
                )
                for each in _few(evaluation.curve)
            ),
            _ks,
        ),
        "scores": Plot(
            "Scores by outcome",
            "Histogram of probabilities, positives and negatives each as parts of their own rows "
            f"({evaluation.positives:,} and {evaluation.rows - evaluation.positives:,}).",
            "The less the two shapes overlap, the better the scores tell them apart.",
            ("Probability", "Negatives", "Positives"),
            tuple(
                (_span(each.low, each.high), f"{each.negatives:,}", f"{each.positives:,}")
                for each in evaluation.histogram
            ),
            _scores,
        ),
    }
    if any(each.profit for each in evaluation.contacts):
        made["profit"] = profit_plot(evaluation)
    return made


def reliability_rows(
    bins: tuple[ReliabilityBin, ...], rates: tuple[Interval, ...]
) -> tuple[tuple[str, ...], ...]:
    """Write the table behind a figure of reliability; its head is `RELIABILITY`."""
    return tuple(
        (_span(each.low, each.high), f"{each.rows:,}", number(each.predicted), shown(rate))
        for each, rate in zip(bins, rates, strict=True)
    )


def _span(low: float, high: float) -> str:
    return f"{number(low)} to {number(high)}"


def _curve_table(evaluation: Evaluation) -> tuple[tuple[str, ...], tuple[tuple[str, ...], ...]]:
    rows = tuple(
        tuple(
            number(value, ".1%")
            for value in (each.share, each.captured, each.false_positive_rate, each.precision)
        )
        for each in _few(evaluation.curve)
    )
    return ("Rows", "Captured (recall)", "False positive rate", "Precision"), rows


def _few(points: tuple[CurvePoint, ...]) -> list[CurvePoint]:
    """Leave out points: curves hold more of them than a reader of tables wants."""
    return [each for each in points if abs(each.share * 20 - round(each.share * 20)) < 1e-9]


def ks_at(evaluation: Evaluation) -> CurvePoint:
    """Return the point of the curve where positives and negatives are furthest apart."""
    return max(evaluation.curve, key=lambda each: each.captured - each.false_positive_rate)


def _ks(axes: Axes, evaluation: Evaluation) -> None:
    shares, at = [each.share for each in evaluation.curve], ks_at(evaluation)
    captured = [each.captured for each in evaluation.curve]
    false = [each.false_positive_rate for each in evaluation.curve]
    axes.plot(shares, captured, color=MODEL, label="positives")
    axes.plot(shares, false, color=MUTED, label="negatives")
    label = f"KS {evaluation.metrics['ks'].value:.3f}"
    axes.plot([at.share] * 2, [at.false_positive_rate, at.captured], color=OTHER, label=label)
    axes.set(xlim=(0, 1), ylim=(0, 1.01), xlabel="highest-scored rows", ylabel="part above")
    axes.legend(loc="lower right")
    percent(axes)


def _reliability(axes: Axes, evaluation: Evaluation) -> None:
    draw_reliability(axes, evaluation.reliability, evaluation.observed)


def draw_reliability(
    axes: Axes, bins: tuple[ReliabilityBin, ...], rates: tuple[Interval, ...]
) -> None:
    """Draw what was told against what was found, bin by bin."""
    told, found = [each.predicted for each in bins], [each.observed for each in bins]
    # A bin with too few customers has no interval: its bounds are NaN, and max() leaves 0.
    below = [max(0.0, each.value - each.low) for each in rates]
    above = [max(0.0, each.high - each.value) for each in rates]
    end = 1.05 * max(*told, *(value + more for value, more in zip(found, above, strict=True)))
    axes.plot([0, end], [0, end], color=MUTED, linewidth=1, linestyle="--", label="calibrated")
    axes.errorbar(
        told,
        found,
        yerr=[below, above],
        color=MODEL,
        marker="o",
        markersize=4,
        linewidth=1.2,
        elinewidth=1,
        label="model",
    )
    axes.set(xlim=(0, end), ylim=(0, end), xlabel="probability told", ylabel="rate found")
    # Scores that are far too low rise through the corner where the words stand otherwise.
    steep = any(x < 0.5 * end and y > 0.7 * end for x, y in zip(told, found, strict=True))
    axes.legend(loc="lower right" if steep else "upper left")
    percent(axes)


def _gain(axes: Axes, evaluation: Evaluation) -> None:
    shares = [each.share for each in evaluation.curve]
    axes.plot([0, 1], [0, 1], color=MUTED, linewidth=1, linestyle="--", label="at random")
    axes.plot(shares, [each.captured for each in evaluation.curve], color=MODEL, label="model")
    axes.fill_between(
        [0.0, *(each.share for each in evaluation.contacts)],
        [0.0, *(each.captured.low for each in evaluation.contacts)],
        [0.0, *(each.captured.high for each in evaluation.contacts)],
        color=MODEL,
        alpha=0.15,
        linewidth=0,
        label="95 % interval",
    )
    axes.set(xlim=(0, 1), ylim=(0, 1.01), xlabel="highest-scored rows", ylabel="positives captured")
    axes.legend(loc="lower right")
    percent(axes)


def _lift(axes: Axes, evaluation: Evaluation) -> None:
    places = [each.decile for each in evaluation.deciles]
    axes.bar(places, [each.lift for each in evaluation.deciles], color=MODEL, width=0.72)
    base = evaluation.base_rate
    lifts = [
        (each.value / base, each.low / base, each.high / base) for each in evaluation.decile_rates
    ]
    spread = [[max(0.0, v - low) for v, low, _ in lifts], [max(0.0, h - v) for v, _, h in lifts]]
    axes.errorbar(
        places, [each[0] for each in lifts], yerr=spread, fmt="none", ecolor=MUTED, elinewidth=1
    )
    axes.axhline(1, color=OTHER, linewidth=1, linestyle="--")
    axes.annotate("base rate", (10.4, 1), (0, 3), textcoords="offset points", ha="right")
    axes.set(xticks=places, xlabel="decile by score (1 is highest)", ylabel="lift")
    axes.grid(visible=False, axis="x")


def _roc(axes: Axes, evaluation: Evaluation) -> None:
    false = [each.false_positive_rate for each in evaluation.curve]
    axes.plot([0, 1], [0, 1], color=MUTED, linewidth=1, linestyle="--", label="at random")
    label = f"model, AUC {evaluation.metrics['roc_auc'].value:.3f}"
    axes.plot(false, [each.captured for each in evaluation.curve], color=MODEL, label=label)
    axes.set(xlim=(0, 1), ylim=(0, 1.01), xlabel="false positive rate", ylabel="true positive rate")
    axes.legend(loc="lower right")
    percent(axes)


def _precision_recall(axes: Axes, evaluation: Evaluation) -> None:
    points = evaluation.curve
    precise = number(evaluation.metrics["average_precision"].value)
    label = f"model, average precision {precise}"
    axes.plot(
        [each.captured for each in points],
        [each.precision for each in points],
        color=MODEL,
        label=label,
    )
    rate = evaluation.base_rate
    axes.axhline(
        rate, color=MUTED, linewidth=1, linestyle="--", label=f"base rate {number(rate, '.1%')}"
    )
    axes.set(xlim=(0, 1), ylim=(0, 1.01), xlabel="recall", ylabel="precision")
    # A good curve runs along the top, and a rare outcome's along the bottom.
    held = evaluation.metrics["average_precision"].value
    axes.legend(loc="lower left" if held > _HIGH else "upper right")
    percent(axes)


def _scores(axes: Axes, evaluation: Evaluation) -> None:
    """Show each outcome as parts of its own rows, so that a rare one is not flat."""
    bins = evaluation.histogram
    edges = [*(each.low for each in bins), bins[-1].high]
    yes, no = evaluation.positives, evaluation.rows - evaluation.positives
    axes.stairs([each.negatives / no for each in bins], edges, color=MUTED, label="negatives")
    axes.stairs(
        [each.positives / yes for each in bins],
        edges,
        color=MODEL,
        linewidth=1.5,
        label="positives",
    )
    axes.set(xlim=(0, edges[-1]), xlabel="probability told", ylabel="part of each outcome's rows")
    # The legend stands above the shapes: each may rise at either end.
    axes.set_ylim(0, 1.15 * axes.get_ylim()[1])
    axes.legend(loc="upper center", ncols=2)
    percent(axes)
