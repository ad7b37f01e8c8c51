"""Figures of the segments that are calibrated apart."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Final

from training.judge.evaluation import Evaluation
from training.judge.segments import SegmentRow
from training.report.drawing import Plot
from training.report.scoreplots import RELIABILITY, draw_reliability, reliability_rows
from training.report.words import inline

if TYPE_CHECKING:
    from matplotlib.axes import Axes

MOST: Final = 8
"""Segments that are drawn: those with most rows."""


def segment_plots(evaluation: Evaluation) -> dict[str, Plot]:
    """Gather a figure of reliability for each of the largest segments."""
    return {
        f"segment_{rank}": _plot(each)
        for rank, each in enumerate(evaluation.segments[:MOST], start=1)
    }


def _plot(each: SegmentRow) -> Plot:
    return Plot(
        f"Reliability of {each.segment}",
        f"Probability told against rate found in {len(each.reliability)} bins of the "
        f"{each.rows:,} rows of {each.segment}, {each.positives:,} positive; ECE "
        f"{inline(each.ece)}.",
        "It says whether a probability means the same for this segment as for all.",
        RELIABILITY,
        reliability_rows(each.reliability, each.observed),
        partial(_draw, each),
    )


def _draw(each: SegmentRow, axes: Axes, _: Evaluation) -> None:
    draw_reliability(axes, each.reliability, each.observed)
