"""The figures of a report, each a function of an evaluation."""

from __future__ import annotations

import re
from collections.abc import Mapping
from io import BytesIO, StringIO
from typing import TYPE_CHECKING, Any, Final

from training.judge.evaluate import Evaluation

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

INK: Final = "#25303b"
GRID: Final = "#dbe0e5"
MODEL: Final = "#1f6091"
OTHER: Final = "#c2601f"
MUTED: Final = "#7b8794"

VARIABLES: Final = {INK: "ink", GRID: "grid", MODEL: "model", OTHER: "other", MUTED: "muted"}
"""Colours of the figures, and the CSS variables that stand for them in a page."""

_STYLE: Final = {
    "svg.fonttype": "none",
    "font.family": "DejaVu Sans",
    "font.size": 9.0,
    "axes.edgecolor": GRID,
    "axes.labelcolor": INK,
    "axes.grid": True,
    "axes.axisbelow": True,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "grid.color": GRID,
    "grid.linewidth": 0.6,
    "xtick.color": INK,
    "ytick.color": INK,
    "text.color": INK,
    "legend.frameon": False,
}


def figures(evaluation: Evaluation) -> dict[str, Figure]:
    """Draw every figure.

    Parameters
    ----------
    evaluation : Evaluation
        What to show.

    Returns
    -------
    dict of str to matplotlib Figure
        ``reliability``, ``gain``, ``lift``, ``roc``, ``precision_recall`` and ``scores``, in this
        order; no window is opened and nothing global is changed.
    """
    from matplotlib import rc_context

    drawers = {
        "reliability": _reliability,
        "gain": _gain,
        "lift": _lift,
        "roc": _roc,
        "precision_recall": _precision_recall,
        "scores": _scores,
    }
    with rc_context(_STYLE):  # type: ignore[arg-type]
        return {name: _drawn(draw, evaluation) for name, draw in drawers.items()}


def svg(figure: Figure, name: str, title: str) -> str:
    """Write a figure as an SVG element for a page: the same figure gives the same text.

    Colours become CSS variables of the page, ids are made unique by the name, and the title is
    what a screen reader says.
    """
    from html import escape

    from matplotlib import rc_context

    text = StringIO()
    with rc_context(_STYLE | {"svg.hashsalt": name}):  # type: ignore[arg-type]
        figure.savefig(text, format="svg", metadata={"Date": None, "Creator": None})
    drawn = text.getvalue()
    drawn = drawn[drawn.index("<svg") :]
    drawn = re.sub(r"<metadata>.*?</metadata>\s*", "", drawn, flags=re.DOTALL)
    drawn = re.sub(r'(\bid="|url\(#|xlink:href="#)', rf"\g<1>{name}-", drawn)
    for colour, variable in VARIABLES.items():
        drawn = drawn.replace(colour, f"var(--{variable})")
    drawn = re.sub(r' (width|height)="[\d.]+pt"', "", drawn, count=2)
    return drawn.replace("<svg ", f'<svg role="img" aria-label="{escape(title)}" ', 1)


def png(figure: Figure) -> bytes:
    """Write a figure as PNG, for an experiment tracker."""
    from matplotlib import rc_context

    data = BytesIO()
    with rc_context(_STYLE):  # type: ignore[arg-type]
        figure.savefig(data, format="png", dpi=160, metadata={"Software": None})
    return data.getvalue()


def _drawn(draw: Any, evaluation: Evaluation) -> Figure:
    from matplotlib.figure import Figure

    figure = Figure(figsize=(4.4, 3.1), layout="constrained")
    figure.patch.set_alpha(0)
    axes = figure.add_subplot()
    axes.patch.set_alpha(0)
    draw(axes, evaluation)
    return figure


def _reliability(axes: Axes, evaluation: Evaluation) -> None:
    told = [each.predicted for each in evaluation.reliability]
    found = [each.observed for each in evaluation.reliability]
    # A bin with too few customers has no interval: its bounds are NaN, and max() leaves 0.
    below = [max(0.0, each.value - each.low) for each in evaluation.observed]
    above = [max(0.0, each.high - each.value) for each in evaluation.observed]
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
    axes.legend(loc="upper left")
    _percent(axes)


def _gain(axes: Axes, evaluation: Evaluation) -> None:
    shares = [each.share for each in evaluation.curve]
    axes.plot([0, 1], [0, 1], color=MUTED, linewidth=1, linestyle="--", label="at random")
    axes.plot(shares, [each.captured for each in evaluation.curve], color=MODEL, label="model")
    axes.set(xlim=(0, 1), ylim=(0, 1.01), xlabel="highest-scored rows", ylabel="positives captured")
    axes.legend(loc="lower right")
    _percent(axes)


def _lift(axes: Axes, evaluation: Evaluation) -> None:
    places = [each.decile for each in evaluation.deciles]
    axes.bar(places, [each.lift for each in evaluation.deciles], color=MODEL, width=0.72)
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
    _percent(axes)


def _precision_recall(axes: Axes, evaluation: Evaluation) -> None:
    points = evaluation.curve
    label = f"model, average precision {evaluation.metrics['average_precision'].value:.3f}"
    axes.plot(
        [each.captured for each in points],
        [each.precision for each in points],
        color=MODEL,
        label=label,
    )
    rate = evaluation.base_rate
    axes.axhline(rate, color=MUTED, linewidth=1, linestyle="--", label=f"base rate {rate:.1%}")
    axes.set(xlim=(0, 1), ylim=(0, 1.01), xlabel="recall", ylabel="precision")
    axes.legend(loc="upper right")
    _percent(axes)


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
    axes.set_ylim(bottom=0)
    axes.legend(loc="upper right")
    _percent(axes)


def _percent(axes: Axes) -> None:
    axes.xaxis.set_major_formatter(_written)
    axes.yaxis.set_major_formatter(_written)


def _written(value: float, _place: float) -> str:
    return f"{100 * value:.3g}%"


def describe(evaluation: Evaluation) -> Mapping[str, str]:
    """Say in a sentence what each figure shows, for those who cannot see it.

    Returns
    -------
    dict of str to str
        By the names of `figures`.
    """
    top, points = evaluation.deciles[0], evaluation.curve
    tenth = next(each.captured for each in points if each.share >= 0.1)
    widest = max(evaluation.reliability, key=lambda each: abs(each.predicted - each.observed))
    auc, precise = (evaluation.metrics[name].value for name in ("roc_auc", "average_precision"))
    return {
        "reliability": f"Probability told against rate found in {len(evaluation.reliability)} "
        f"bins; the widest gap is {widest.predicted:.1%} told, {widest.observed:.1%} found.",
        "gain": f"The highest-scored tenth of rows captures {tenth:.0%} of positives.",
        "lift": f"Lift by decile of score: {top.lift:.1f} in the first, "
        f"{evaluation.deciles[-1].lift:.1f} in the last.",
        "roc": f"ROC curve with an area of {auc:.3f}; 0.5 is chance.",
        "precision_recall": f"Precision against recall; average precision {precise:.3f}, "
        f"base rate {evaluation.base_rate:.3f}.",
        "scores": "Histogram of probabilities, positives and negatives each as parts of their own "
        "rows.",
    }
