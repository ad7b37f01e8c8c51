"""Whether the reasons of a bundle can be given to people: checked on rows, not believed."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Final, TypeAlias

import numpy as np

from features.arrays import Floats
from features.kernel import Vectors
from training.reasons.explain import Explainer
from training.reasons.settings import FORMS, LANGUAGES

LONGEST: Final = 200
"""Characters of one text."""

ADDS_UP: Final = 1e-9
"""Furthest that effects may sum from the margin."""

NOISE: Final = 0.01
"""Part of its training spread by which each number is moved."""

STABLE: Final = 0.8
"""Share of the reasons that must remain when the numbers are moved."""

STABLE_BY_ONE: Final = 0.6
"""The same when counts move by one: one event is news, so fewer need remain, but most of them."""

_MOVED: Final = 0.5
"""Share of the values of an input that hold whole numbers which move by one."""

_DRAWS: Final = 8
_SHOWN: Final = 10


Disturb: TypeAlias = Callable[[Explainer, Floats, np.random.Generator], Floats]
"""From rows, as the model reads them, to the same slightly otherwise."""


@dataclass(frozen=True)
class Lint:
    """What was found.

    Parameters
    ----------
    figures : dict of str to float
        ``rows``, ``inputs``, ``reviewed`` (inputs), ``longest_text``, ``furthest_from_margin``,
        ``overlap_under_noise`` (of numbers, by a part of their spread) and ``overlap_by_one`` (of
        counts, by one).
    faults : tuple of str
        What must be mended; empty when the reasons can be given.
    """

    figures: dict[str, float]
    faults: tuple[str, ...]


def lint(explainer: Explainer, rows: Vectors, seed: int = 7) -> Lint:
    """Check texts, sums, adverse directions, protected attributes and stability.

    Texts of refusals must have been reviewed, in each language, for every input that is scored.

    Parameters
    ----------
    explainer : Explainer
        Of the bundle.
    rows : Vectors
        Rows to try, such as the golden ones; at least one.
    seed : int
        Of the noise.
    """
    matrix = explainer.bundle.matrix(rows)
    effects = explainer.attribute(matrix)
    apart = np.abs(effects.sum(axis=1) - explainer.bundle.margins(rows))
    overlap = _overlaps(explainer, matrix, effects[:, :-1], seed, _shaken)
    by_one = _overlaps(explainer, matrix, effects[:, :-1], seed, _by_one)
    faults = [
        *_text_faults(explainer),
        *_unread(explainer),
        *_protected(explainer),
        *_told(explainer, rows),
    ]
    faults += [
        f"row {row + 1}: effects sum to {apart[row]:.2g} beside the margin, more than {ADDS_UP:g}; "
        "train again"
        for row in np.flatnonzero(~(apart <= ADDS_UP))[:_SHOWN].tolist()
    ]
    faults += _unstable(overlap, STABLE, f"under noise of {NOISE:.0%} of the spread of each number")
    faults += _unstable(by_one, STABLE_BY_ONE, "when half of the counts move by one")
    texts = [
        text for each in explainer.entries for told in each.texts.values() for text in told.values()
    ]
    figures = {
        "rows": float(len(rows)),
        "inputs": float(len(explainer.entries)),
        "reviewed": float(sum(entry.reviewed for entry in explainer.entries)),
        "longest_text": float(max(map(len, texts), default=0)),
        "furthest_from_margin": float(apart.max()),
        "overlap_under_noise": float(overlap.mean()),
        "overlap_by_one": float(by_one.mean()),
    }
    return Lint(figures, tuple(faults))


def _text_faults(explainer: Explainer) -> Iterator[str]:
    for language in LANGUAGES:
        for form in FORMS:
            said = Counter(entry.texts[language].get(form) for entry in explainer.entries)
            for text, times in said.items():
                if text is not None and times > 1:
                    names = [
                        e.name for e in explainer.entries if e.texts[language].get(form) == text
                    ]
                    yield (
                        f"{' and '.join(names)} have one text ({language}, {form}): {text!r}; "
                        "tell them apart in reasons.toml"
                    )
        for entry in explainer.entries:
            for form in ("high", "low", "none"):
                if not entry.texts[language].get(form):
                    yield f"{entry.name} has no text ({language}, {form}); write it in reasons.toml"
            for form, text in entry.texts[language].items():
                if len(text) > LONGEST:
                    yield (
                        f"{entry.name}: {len(text)} characters ({language}, {form}), at most "
                        f"{LONGEST} can be read; shorten it in reasons.toml"
                    )


def _unread(explainer: Explainer) -> Iterator[str]:
    """Tell which texts of refusals nobody has answered for."""
    if not explainer.settings.adverse:
        return
    scored = _scored(explainer)
    unread = [each.name for each in explainer.entries if each.name in scored and not each.reviewed]
    if unread:
        more = f" and {len(unread) - _SHOWN} more" if len(unread) > _SHOWN else ""
        yield (
            f"{len(unread)} of {len(scored)} inputs that are scored have texts that nobody has "
            f"reviewed: {', '.join(unread[:_SHOWN])}{more}; a refusal tells them: let `foretell "
            "reasons` write them into reasons.toml, read them, set reviewed = true, train again"
        )


def _scored(explainer: Explainer) -> set[str]:
    """Return the inputs that some tree asks for."""
    return {
        explainer.entries[place].name for place in np.unique(explainer.attribute.forest.feature)
    }


def _protected(explainer: Explainer) -> Iterator[str]:
    settings = explainer.settings
    if not settings.adverse:
        return
    words = settings.texts.get("words", {})
    named = {column.rpartition(".")[2] for column in settings.protected}
    nouns = {text for name in named for text in (name, *words.get(name, {}).values())}
    for entry in explainer.entries:
        if entry.names(settings.protected):
            yield (
                f"{entry.name} reads what is protected ({', '.join(entry.sources)}), and the model "
                "scores by it; leave the feature out and train again"
            )
            continue
        for language in LANGUAGES:
            for text in entry.texts[language].values():
                for noun in sorted(nouns):
                    if _names(text, noun):
                        yield f"{entry.name} names the protected {noun!r} ({language}): {text!r}"


def _names(text: str, noun: str) -> bool:
    if not noun.isascii():
        return noun in text
    cleaned = "".join(letter if letter.isalnum() else " " for letter in text.lower())
    plain = "".join(letter if letter.isalnum() else " " for letter in noun.lower())
    return f" {plain} " in f" {cleaned} "


def _told(explainer: Explainer, rows: Vectors) -> Iterator[str]:
    settings = explainer.settings
    scored = _scored(explainer)
    for language in LANGUAGES:
        for row, reasons in enumerate(explainer.reasons(rows, 10, language)):
            place = f"row {row + 1} ({language})"
            texts = [each.text for each in reasons]
            for text in {text for text in texts if texts.count(text) > 1}:
                yield f"{place}: two reasons have one text: {text!r}"
            for each in reasons:
                if each.feature not in scored:
                    yield f"{place}: {each.feature} is no input that the model asks for"
                if settings.adverse and each.direction != "raises":
                    yield f"{place}: {each.feature} lowers the score and explains no refusal"
            if settings.adverse and len(reasons) > settings.most:
                yield f"{place}: {len(reasons)} reasons, at most {settings.most} may be given"


def _unstable(overlap: Floats, least: float, under: str) -> Iterator[str]:
    mean = float(overlap.mean())
    if mean < least:
        worst = np.argsort(overlap, kind="stable")[:_SHOWN]
        told = ", ".join(f"row {row + 1} keeps {overlap[row]:.0%}" for row in worst.tolist())
        yield (
            f"reasons keep {mean:.0%} {under}, expected {least:.0%}; fewer or smoother features, "
            f"or more rows a leaf, help: {told}"
        )


def _overlaps(
    explainer: Explainer, matrix: Floats, effects: Floats, seed: int, disturb: Disturb
) -> Floats:
    """Return for each row the mean share of its reasons that remain when it is disturbed."""
    random = np.random.default_rng(seed)
    top = explainer.settings.most
    kept = np.zeros(len(matrix))
    before = [{int(group[0]) for group in row} for row in explainer.chosen(effects, top)]
    for _ in range(_DRAWS):
        moved = disturb(explainer, matrix, random)
        again = explainer.chosen(explainer.attribute(moved)[:, :-1], top)
        for row, chosen in enumerate(again):
            now = {int(group[0]) for group in chosen}
            kept[row] += len(before[row] & now) / len(before[row]) if before[row] else 1.0
    return kept / _DRAWS


def _shaken(explainer: Explainer, matrix: Floats, random: np.random.Generator) -> Floats:
    """Move each number by a small part of its spread; counts do not step by that."""
    told = explainer.bundle.trained.get("reference", {})
    spread = np.zeros(len(explainer.entries))
    for place, entry in enumerate(explainer.entries):
        edges = told.get(entry.name, {}).get("edges") or [0.0]
        spread[place] = edges[-1] - edges[0]
    noise = random.uniform(-NOISE, NOISE, matrix.shape) * spread
    # Zero says that there is nothing: what is nothing stays so.
    return np.where(matrix == 0, matrix, matrix + noise)


def _by_one(explainer: Explainer, matrix: Floats, random: np.random.Generator) -> Floats:
    """Move counts, and other numbers that are whole in every row, by one for half of the values."""
    counts = np.array(
        [
            entry.quantity.kind == "count"
            or (entry.quantity.kind == "number" and _whole(matrix[:, place]))
            for place, entry in enumerate(explainer.entries)
        ],
        dtype=np.bool_,
    )
    steps = random.choice([-1.0, 1.0], matrix.shape) * (random.random(matrix.shape) < _MOVED)
    moved = matrix + steps * counts
    # Nothing becomes one event, and never less than nothing.
    return np.where((matrix >= 0) & (moved < 0), 1.0, moved)


def _whole(values: Floats) -> bool:
    present = values[~np.isnan(values)]
    # Yes and no are two values, and no steps.
    return len(np.unique(present)) > 2 and bool((present == np.round(present)).all())
