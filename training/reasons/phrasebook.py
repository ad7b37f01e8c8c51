"""The words for every input of a model: made from definitions, or written and reviewed."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from features.dictionary import sources_of
from features.feature import Derived, Feature
from features.tables import EventTable, Table
from training.encoding import Encoding
from training.reasons.phrases import braced, family, forms
from training.reasons.quantities import Quantity, quantity_of
from training.reasons.settings import LANGUAGES, Reasons


@dataclass(frozen=True)
class Entry:
    """The words for one input.

    Parameters
    ----------
    name : str
        Feature.
    family : str
        The fact it is about; inputs of one family are one reason of a refusal.
    quantity : Quantity
        What it is measured in.
    middle : float or None
        Median of the training rows, which parts high values from low ones.
    texts : mapping of str to mapping of str to str
        Forms by language.
    reviewed : bool
        Whether somebody has read and kept these texts.
    sources : tuple of str
        Columns that it reads, as ``table.column``.
    dynamic : bool
        Whether it is made of events, and not of what the customer is.
    """

    name: str
    family: str
    quantity: Quantity
    middle: float | None
    texts: Mapping[str, Mapping[str, str]]
    reviewed: bool
    sources: tuple[str, ...]
    dynamic: bool

    def say(self, value: float | str | None, language: str, places: int | None = None) -> str:
        """Put a value into words; ``places`` as for `Quantity.shown`."""
        texts = self.texts[language]
        if value is None:
            return texts["none"].format(value="")
        shown = self.quantity.shown(value, language, places)
        return texts[self._form(value, texts)].format(value=shown)

    def names(self, columns: Sequence[str]) -> bool:
        """Tell whether it is, or reads, one of some features or columns."""
        read = {self.name, *self.sources, *(each.rpartition(".")[2] for each in self.sources)}
        return bool(read & set(columns))

    def _form(self, value: float | str, texts: Mapping[str, str]) -> str:
        if isinstance(value, str):
            return "high"
        if value == 0 and "zero" in texts:
            return "zero"
        return "low" if self.middle is not None and value <= self.middle else "high"


def phrasebook(
    features: Sequence[Feature],
    tables: Sequence[Table],
    encodings: Sequence[Encoding],
    reference: Mapping[str, Any],
    settings: Reasons,
) -> dict[str, Entry]:
    """Return the words for every feature, by name.

    Parameters
    ----------
    features : sequence of Feature
        Features that a model may read.
    tables : sequence of Table
        Their tables.
    encodings : sequence of Encoding
        Target rates among the inputs.
    reference : mapping
        What each feature looked like in training; see `training.bundle.reference`.
    settings : Reasons
        With the texts of the project.
    """
    by_name = {table.name: table for table in tables}
    words = settings.texts.get("words", {})
    written = settings.texts.get("features", {})
    made = {
        feature.name: _entry(feature, by_name, words, reference.get(feature.name, {}))
        for feature in features
    }
    known = {feature.name: feature for feature in features}
    for each in encodings:
        of = known[each.source]
        said = forms(of, Quantity("share"), "zh", words)["high"].partition("：")[0]
        zh = dict.fromkeys(("high", "low"), f"同类客户以往的比例（{said}）：{{value}}")
        what = braced(of.description)
        en = dict.fromkeys(zh, f"Past rate of customers alike ({what}): {{value}}")
        texts = {
            "en": {**en, "none": f"Past rate of customers alike ({what}): not known"},
            "zh": {**zh, "none": f"同类客户以往的比例（{said}）：未知"},
        }
        told = reference.get(each.name, {})
        sources = tuple(sources_of(of))
        made[each.name] = Entry(
            each.name, f"rate by {family(of)}", Quantity("share"), _middle(told), texts, False,
            sources, False,
        )  # fmt: skip
    return {name: _overlaid(entry, written.get(name, {})) for name, entry in made.items()}


def _entry(
    feature: Feature, tables: Mapping[str, Table], words: Any, told: Mapping[str, Any]
) -> Entry:
    quantity = quantity_of(feature, tables)
    return Entry(
        name=feature.name,
        family=family(feature),
        quantity=quantity,
        middle=_middle(told),
        texts={language: forms(feature, quantity, language, words) for language in LANGUAGES},
        reviewed=False,
        sources=tuple(sources_of(feature)),
        dynamic=all(isinstance(tables[name], EventTable) for name in _tables(feature)),
    )


def _overlaid(entry: Entry, written: Mapping[str, Any]) -> Entry:
    """Lay reviewed texts over those that were made; what is not reviewed is not used."""
    if not written.get("reviewed", False):
        return entry
    texts = {
        language: {**entry.texts[language], **written.get(language, {})} for language in LANGUAGES
    }
    # A form that nobody wrote is one that nobody has read.
    whole = all(
        set(entry.texts[language]) <= set(written.get(language, {})) for language in LANGUAGES
    )
    return Entry(
        entry.name,
        written.get("family", entry.family),
        entry.quantity,
        entry.middle,
        texts,
        whole,
        entry.sources,
        entry.dynamic,
    )


def _middle(told: Mapping[str, Any]) -> float | None:
    edges = told.get("edges") or []
    return float(edges[len(edges) // 2]) if edges else None


def _tables(feature: Feature) -> Iterator[str]:
    if isinstance(feature, Derived):
        for each in feature.inputs:
            yield from _tables(each)
    else:
        yield feature.table
