"""The file in which people review what is said of each feature: ``reasons.toml``."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any

from training.reasons.phrasebook import Entry
from training.reasons.settings import LANGUAGES

_HEAD = """\
# What is said of each feature when it moved a score, in English and Chinese.
# high: a value above the middle of the training rows; low: up to it; zero: nothing; none: unknown.
# {value} stands for the value with its unit. Change what reads badly and set reviewed = true: only
# reviewed texts are used, and `foretell reasons` writes all others anew. Features of one family are
# one reason of a refusal. Words name tables and columns, and are used in every text that is made.
"""


def reasons_toml(
    entries: Mapping[str, Entry], nouns: Iterator[str], texts: Mapping[str, Any]
) -> str:
    """Write the texts of all features; what was reviewed before stays as it was.

    Parameters
    ----------
    entries : mapping of str to Entry
        Words by feature, the reviewed ones among them.
    nouns : iterable of str
        Names of tables and columns.
    texts : mapping
        What the file held before, see `training.reasons.settings.read_texts`.
    """
    words, known = texts.get("words", {}), texts.get("features", {})
    lines = [_HEAD, "[words]"]
    for noun in dict.fromkeys([*words, *nouns]):
        told = words.get(noun) or {"en": noun.replace("_", " ")}
        pairs = ", ".join(f"{language} = {_quoted(text)}" for language, text in told.items())
        lines.append(f"{_quoted(noun)} = {{ {pairs} }}")
    for name in dict.fromkeys([*entries, *known]):
        was = known.get(name, {})
        if was.get("reviewed") or name not in entries:
            lines += _table(name, was)
            continue
        entry = entries[name]
        told = {language: entry.texts[language] for language in LANGUAGES}
        lines += _table(name, {"reviewed": False, "family": entry.family, **told})
    return "\n".join(lines) + "\n"


def _table(name: str, told: Mapping[str, Any]) -> Iterator[str]:
    yield f"\n[features.{_quoted(name)}]"
    yield f"reviewed = {str(bool(told.get('reviewed'))).lower()}"
    if "family" in told:
        yield f"family = {_quoted(told['family'])}"
    for language in LANGUAGES:
        for form, text in told.get(language, {}).items():
            yield f"{language}.{form} = {_quoted(text)}"


def _quoted(text: str) -> str:
    return json.dumps(text, ensure_ascii=False)
