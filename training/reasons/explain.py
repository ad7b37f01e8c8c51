"""From effects to reasons: which facts moved a score, said in plain words."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Final, Literal

import numpy as np

from features.arrays import Floats, Ints
from features.errors import DefinitionError
from features.kernel import Vectors
from training.bundle.value import Bundle
from training.reasons.attribute import Attributor
from training.reasons.phrasebook import Entry, phrasebook
from training.reasons.settings import LANGUAGES, Reasons

_LEAST: Final = 0.01
"""Effect in log-odds, a hundredth of the odds, below which nothing is a reason of a refusal."""

_SHARE: Final = 0.05
"""Of the strongest: what moves a score by less is no principal reason of a refusal."""


@dataclass(frozen=True)
class Reason:
    """What one feature, or one fact that several features tell, did to one score.

    Parameters
    ----------
    feature : str
        Name of the feature; of several, the one with the strongest effect.
    value : float, str or None
        Its value; None when there is none.
    text : str
        The same in plain words.
    effect : float
        Change of the margin in log-odds, of all features of the reason together.
    direction : {"raises", "lowers"}
        What that does to the score.
    features : tuple of str
        Every feature of the reason.
    reviewed : bool
        Whether somebody has read and kept the words.
    """

    feature: str
    value: float | str | None
    text: str
    effect: float
    direction: Literal["raises", "lowers"]
    features: tuple[str, ...] = ()
    reviewed: bool = False


@dataclass(frozen=True, eq=False)
class Explainer:
    """What gives the reasons of a bundle's scores.

    Parameters
    ----------
    bundle : Bundle
        A verified bundle.
    """

    bundle: Bundle

    @cached_property
    def settings(self) -> Reasons:
        """What the reasons are for."""
        return Reasons.from_json(self.bundle.reasons)

    @cached_property
    def attribute(self) -> Attributor:
        """What splits margins."""
        return Attributor(self.bundle.forest)

    @cached_property
    def entries(self) -> tuple[Entry, ...]:
        """The words for each column of the schema, in its order."""
        bundle = self.bundle
        told = bundle.trained.get("reference", {})
        book = phrasebook(
            tuple(bundle.catalogue), bundle.tables, bundle.encodings, told, self.settings
        )
        return tuple(book[name] for name in bundle.schema.names)

    @cached_property
    def groups(self) -> tuple[Ints, ...]:
        """Columns of each fact: one for each column, or of a family those that may be named."""
        if not self.settings.adverse:
            return tuple(np.array([place]) for place in range(len(self.entries)))
        found: dict[str, list[int]] = {}
        for place, entry in enumerate(self.entries):
            found.setdefault(entry.family, []).append(place)
        # Where one column of a family is protected, the whole fact is left unsaid.
        return tuple(
            np.array(places)
            for places in found.values()
            if not any(self.entries[place].names(self.settings.protected) for place in places)
        )

    def reasons(self, vectors: Vectors, top: int = 3, language: str = "en") -> list[list[Reason]]:
        """Name what moved each score most.

        Parameters
        ----------
        vectors : Vectors
            Rows.
        top : int
            Reasons a row, at most; those of a refusal are never more than its settings allow.
            What has no effect is never named, and in a refusal neither is what lowers the score,
            nor what raises it by less than a hundredth of the odds or a twentieth of the strongest:
            rather fewer reasons than one that is none.
        language : {"en", "zh"}
            Of the texts.

        Returns
        -------
        list of list of Reason
            Strongest first; equal effects in the order of the schema.

        Raises
        ------
        DefinitionError
            When the language is unknown.
        """
        if language not in LANGUAGES:
            known = " or ".join(map(repr, LANGUAGES))
            raise DefinitionError("reasons", [f"language must be {known}, got {language!r}"])
        if not top or not len(vectors):
            return [[] for _ in range(len(vectors))]
        vectors = self.bundle.inputs(vectors)
        effects = self.attribute(self.bundle.schema.matrix(vectors))[:, :-1]
        most = min(top, self.settings.most) if self.settings.adverse else top
        found = []
        # Twice as many, as facts that read alike become one.
        for row, chosen in enumerate(self.chosen(effects, 2 * most)):
            told = [self._reason(vectors, row, effects[row], group, language) for group in chosen]
            found.append(_distinct(told)[:most])
        return found

    def chosen(self, effects: Floats, top: int) -> Iterator[list[Ints]]:
        """Choose the facts to name from the (r, columns) effects of some rows."""
        adverse = self.settings.adverse
        sums = np.array([effects[:, group].sum(axis=1) for group in self.groups]).T
        for row in sums.reshape(len(effects), len(self.groups)):
            order = np.argsort(-row if adverse else -np.abs(row), kind="stable")[:top]
            least = max(_LEAST, _SHARE * row.max(initial=0.0)) if adverse else 0.0
            yield [
                self.groups[at] for at in order if (row[at] >= least if adverse else row[at] != 0)
            ]

    def _reason(
        self, vectors: Vectors, row: int, effects: Floats, group: Ints, language: str
    ) -> Reason:
        whole = float(effects[group].sum())
        spoken = int(group[np.argmax(effects[group] * np.sign(whole))])
        entry = self.entries[spoken]
        came = vectors.columns[entry.name][row]
        value = came if isinstance(came, str | None) else number(float(came))
        return Reason(
            feature=entry.name,
            value=value,
            text=entry.say(value, language),
            effect=whole,
            direction="raises" if whole > 0 else "lowers",
            features=tuple(self.entries[place].name for place in group if effects[place]),
            reviewed=entry.reviewed,
        )


def _distinct(reasons: Sequence[Reason]) -> list[Reason]:
    """Join reasons that read alike, such as no purchase ever and none to count days from."""
    by_text: dict[str, list[Reason]] = {}
    for each in reasons:
        by_text.setdefault(each.text, []).append(each)
    joined = [_joined(alike) for alike in by_text.values()]
    return sorted((each for each in joined if each.effect), key=lambda each: -abs(each.effect))


def _joined(alike: Sequence[Reason]) -> Reason:
    if len(alike) == 1:
        return alike[0]
    effect = sum(each.effect for each in alike)
    return replace(
        alike[0],
        effect=effect,
        direction="raises" if effect > 0 else "lowers",
        features=tuple(name for each in alike for name in each.features),
        reviewed=all(each.reviewed for each in alike),
    )


def number(value: float) -> float | None:
    """Return a value, or None for null."""
    return None if np.isnan(value) else value
