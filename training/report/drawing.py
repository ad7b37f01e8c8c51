"""How figures are drawn: their style, and their forms as SVG for a page and PNG for a record."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from io import BytesIO, StringIO
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Final
from warnings import catch_warnings, filterwarnings

from training.judge.evaluation import Evaluation

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

PAPER: Final = "#ffffff"
INK: Final = "#25303b"
GRID: Final = "#dbe0e5"
MODEL: Final = "#1f6091"
OTHER: Final = "#c2601f"
MUTED: Final = "#7b8794"

VARIABLES: Final = {
    PAPER: "paper",
    INK: "ink",
    GRID: "grid",
    MODEL: "model",
    OTHER: "other",
    MUTED: "muted",
}
"""Colours of the figures, and the CSS variables that stand for them in a page."""

STYLE: Final = {
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
    # Names of features and levels are text, whatever signs they hold.
    "text.parse_math": False,
}


@dataclass(frozen=True)
class Plot:
    """A figure with the words and the numbers that go with it.

    Parameters
    ----------
    title : str
        Heading.
    says : str
        What is to be seen in it, with its numbers, for those who cannot see it.
    means : str
        What it means for who uses the scores, in one sentence.
    head, rows : tuples of str
        The table behind it.
    draw : callable
        Draws it.
    height : float
        Inches; the width is 4.4.
    """

    title: str
    says: str
    means: str
    head: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    draw: Callable[[Axes, Evaluation], None]
    height: float = 3.1


def drawn(plot: Plot, evaluation: Evaluation) -> Figure:
    """Draw a figure; no window is opened and nothing global is changed."""
    from matplotlib.figure import Figure

    with _style():
        figure = Figure(figsize=(4.4, plot.height), layout="constrained")
        figure.patch.set_alpha(0)
        axes = figure.add_subplot()
        axes.patch.set_alpha(0)
        plot.draw(axes, evaluation)
    return figure


def svg(figure: Figure, name: str, title: str) -> str:
    """Write a figure as an SVG element for a page: the same figure gives the same text.

    Colours become CSS variables of the page, ids are made unique by the name, and the title is
    what a screen reader says.
    """
    from html import escape

    text = StringIO()
    with _style({"svg.hashsalt": name}):
        figure.savefig(text, format="svg", metadata={"Date": None, "Creator": None})
    made = text.getvalue()
    made = made[made.index("<svg") :]
    made = re.sub(r"<metadata>.*?</metadata>\s*", "", made, flags=re.DOTALL)
    made = re.sub(r'(\bid="|url\(#|xlink:href="#)', rf"\g<1>{name}-", made)
    for colour, variable in VARIABLES.items():
        made = made.replace(colour, f"var(--{variable})")
    made = re.sub(r' (width|height)="[\d.]+pt"', "", made, count=2)
    return made.replace("<svg ", f'<svg role="img" aria-label="{escape(title)}" ', 1)


def alone(element: str) -> bytes:
    """Make the SVG element of a page a file of its own, with its colours written out."""
    for colour, variable in VARIABLES.items():
        element = element.replace(f"var(--{variable})", colour)
    return element.encode()


def png(figure: Figure) -> bytes:
    """Write a figure as PNG, for an experiment tracker."""
    data = BytesIO()
    with _style():
        figure.savefig(data, format="png", dpi=120, metadata={"Software": None})
    return data.getvalue()


@contextmanager
def _style(more: Mapping[str, str] = MappingProxyType({})) -> Iterator[None]:
    """Draw in the style of the page; letters that its font lacks are still text in an SVG."""
    from matplotlib import rc_context

    style: Any = {**STYLE, **more}
    with rc_context(style), catch_warnings():
        filterwarnings("ignore", message="Glyph .* missing from font", category=UserWarning)
        yield


def percent(axes: Axes, *sides: str) -> None:
    """Write the numbers of axes, ``x`` and ``y``, as parts of a hundred."""
    for side in sides or ("x", "y"):
        getattr(axes, f"{side}axis").set_major_formatter(_written)


def _written(value: float, _place: float) -> str:
    return f"{100 * value:.3g}%"
