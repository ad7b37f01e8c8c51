"""All figures of a report in their order, and the forms in which they are kept."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Final

from training.judge.evaluation import Evaluation
from training.report.drawing import Plot, alone, drawn, png, svg
from training.report.groupplots import group_plots
from training.report.modelplots import model_plots
from training.report.scoreplots import score_plots
from training.report.segmentplots import segment_plots

if TYPE_CHECKING:
    from matplotlib.figure import Figure

__all__ = ["describe", "elements", "figures", "kept", "plots", "png", "svg"]

SCORES: Final = (
    "reliability",
    "gain",
    "lift",
    "roc",
    "precision_recall",
    "ks",
    "scores",
    "profit",
)
"""Figures of the scores of all test rows."""


def plots(evaluation: Evaluation) -> dict[str, Plot]:
    """Gather the figures of a report with their words and tables, in their order."""
    return {
        **score_plots(evaluation),
        **segment_plots(evaluation),
        **group_plots(evaluation),
        **model_plots(evaluation),
    }


def figures(evaluation: Evaluation) -> dict[str, Figure]:
    """Draw every figure that has numbers behind it.

    Parameters
    ----------
    evaluation : Evaluation
        What to show.

    Returns
    -------
    dict of str to matplotlib Figure
        First those of `SCORES`; no window is opened and nothing global is changed.
    """
    return {name: drawn(each, evaluation) for name, each in plots(evaluation).items()}


def elements(evaluation: Evaluation, drawn: Mapping[str, Figure]) -> dict[str, str]:
    """Write every figure as an SVG element for a page."""
    told = describe(evaluation)
    return {name: svg(each, name, told[name]) for name, each in drawn.items()}


def kept(drawn: Mapping[str, Figure], written: Mapping[str, str]) -> dict[str, bytes]:
    """Return the figures as files for an experiment tracker, by name.

    Figures of the scores are PNG; the others are the SVG of the page, which costs nothing more.
    """
    return {
        f"{name}.png" if name in SCORES else f"{name}.svg": png(each)
        if name in SCORES
        else alone(written[name])
        for name, each in drawn.items()
    }


def describe(evaluation: Evaluation) -> Mapping[str, str]:
    """Say in a sentence what each figure shows, for those who cannot see it.

    Returns
    -------
    dict of str to str
        By the names of `figures`.
    """
    return {name: each.says for name, each in plots(evaluation).items()}
