"""The page about features, its last part: what `Catalogue.suggest` makes, and what it does not."""

from __future__ import annotations

from collections.abc import Iterable
from textwrap import fill
from typing import Final

from features.aggregators import AGGREGATES
from features.catalogue import Catalogue
from features.tables import AttributeTable, EventTable

_TEXT: Final = """\
## A catalogue that writes itself

`Catalogue.suggest(tables, windows)` reads names and types, and makes what needs no more:

- of each event table its rhythm (recency, tenure, cadence, longest pause, irregularity, lateness,
  weeks in a row), and in each window counts, active days and trend; acceleration and the comparison
  with the longest window; four lags of the shortest window; weekday and hour that are usual, the
  share of the weekend, the entropy of weekdays; P(alive) and expected purchases;
- of each measure the sum, mean, largest value and trend of each window; smallest value, spread and
  slope in the longest; the last value, and that over the mean;
- of the first measure, taken to be what customers spend: scores of recency, frequency and spend,
  the value class, and expected spend;
- of each category the number of levels and of new ones, their entropy and concentration;
- of each pair of event tables the ratio of their counts;
- of each attribute its last known value; with times also the days since the last change, the number
  of changes, and the first value of measures;
- with `focus=[(purchases, {"line": "COFFEE"})]` rhythm, amounts and share of those events;
- with `others=True` what is known of others, and with `contacts=[(calls, "callee")]` what is known
  of the customers whom a category names.

It leaves to you what needs the meaning of a column, or a choice: which levels matter (`usual`,
`share`, `shares`, `multi_hot`, `target_rate`), months and seasons (`@month`), which number is a
balance (`days_below_zero`), a limit (`utilisation`) or a lateness (`delinquency`), conditions
(`where=`), the comparison with everyone (`groups(None, ...)`), and what differs little from what
it makes. Each is a line: `Catalogue.suggest(tables) + [usual(visits, "branch", 91)]`. Of what a
table can be asked it reads
{made}.
It leaves out
{left}.

Features that learn (bands, P(alive), expected purchases and spend) are fitted on events before the
earliest cutoff of a training run, or of kept vectors, and carry what they learnt in their
definition. `multi_hot(purchases, "department", k=8, days=91)` learns which levels most customers
have, and becomes a plain feature for each of them and one for all others, with the level in its
name and words. In training, features that are constant, too often null, or unstable over time are
left out (of texts, the levels are compared), and so are those that say what another says (numbers
of the same order, texts with the same levels under any names) or are sums of multiples of at most
five others; the report names each with the figure that decided.
"""


def of_suggest(table: EventTable) -> str:
    """Return the part as Markdown.

    Parameters
    ----------
    table : EventTable
        Table with a measure and a category, of which a catalogue is suggested.
    """
    homes = AttributeTable("homes", "id", "at", measures={"rooms": "int"}, categories=["town"])
    made = {each.aggregate.name for each in Catalogue.suggest([table, homes]).tallies()}
    asked = [name for name, each in AGGREGATES.items() if each.column != "board"]
    return _TEXT.replace("{made}", _words(each for each in asked if each in made)).replace(
        "{left}", _words(each for each in asked if each not in made)
    )


def _words(names: Iterable[str]) -> str:
    return fill(", ".join(f"`{each}`" for each in names), 100, break_on_hyphens=False)
