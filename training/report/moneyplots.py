"""The figure of money: what contacting more of the list costs and brings."""

from __future__ import annotations

from typing import TYPE_CHECKING

from training.judge.contacts import best
from training.judge.evaluation import Evaluation
from training.report.drawing import MODEL, MUTED, Plot
from training.report.words import shown

if TYPE_CHECKING:
    from matplotlib.axes import Axes


def profit_plot(evaluation: Evaluation) -> Plot:
    """Show the profit of contacting ever more of the list; a hit must have a value."""
    most = best(evaluation.contacts)
    says = (
        f"Profit is highest, {most.profit.value:,.0f}, when {most.share:.0%} are contacted for "
        f"{most.budget:,.0f}."
        if most and most.profit
        else "No share of the list brings a profit."
    )
    return Plot(
        "Profit against budget",
        says,
        "It says how far down the list a contact still pays, if a contacted positive always brings "
        "its value.",
        ("Contacted", "Rows", "Budget", "Profit"),
        tuple(
            (
                f"{each.share:.0%}",
                f"{each.contacts:,.0f}",
                f"{each.budget or 0:,.0f}",
                shown(each.profit, ",.0f"),
            )
            for each in evaluation.contacts
        ),
        _profit,
    )


def _profit(axes: Axes, evaluation: Evaluation) -> None:
    told = [(each.budget or 0.0, each.profit) for each in evaluation.contacts if each.profit]
    costly = evaluation.contacts[-1].budget
    places = [each for each, _ in told] if costly else [each.share for each in evaluation.contacts]
    axes.axhline(0, color=MUTED, linewidth=1, linestyle="--")
    axes.plot(places, [each.value for _, each in told], color=MODEL)
    axes.fill_between(
        places,
        [each.low for _, each in told],
        [each.high for _, each in told],
        color=MODEL,
        alpha=0.15,
        linewidth=0,
    )
    axes.set(xlabel="budget" if costly else "highest-scored rows", ylabel="profit")
    axes.set_xlim(left=0)
